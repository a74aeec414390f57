import { type ExitCode } from './exitCodes';

/** Ends a command with a message and an exit code of its own choice. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    readonly exitCode: ExitCode,
    /** What to do about it. */
    readonly hint?: string,
  ) {
    super(message);
  }
}
