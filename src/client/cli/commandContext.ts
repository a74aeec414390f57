import { existsSync } from 'node:fs';
import { type Command } from 'commander';
import { type Client } from '@temporalio/client';
import { describeIssue, type Fleet, loadFleet } from '../../config';
import { connectTemporal, type TemporalConnection } from '../connectTemporal';
import { type FleetClouds, openClouds } from '../fleet/fleetClouds';
import { CommandFailure } from './commandFailure';
import { type ExitCode, exitCodes } from './exitCodes';
import { Output } from './output';
import { type Terminal } from './terminal';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly fleet: string;
  readonly overlay?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly utc?: boolean;
  readonly verbose?: boolean;
}

/** What a command works with: what is asked for is made then, and closed when the command has ended. */
export class CommandContext {
  readonly out: Output;
  private readonly abort = new AbortController();
  private loaded: Fleet | undefined;
  private connection: Promise<TemporalConnection> | undefined;
  private opened: FleetClouds | undefined;

  constructor(
    readonly terminal: Terminal,
    readonly options: GlobalOptions,
  ) {
    this.out = outputOf(terminal, options);
  }

  /** Aborted when the person has enough. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  interrupt(): void {
    this.abort.abort(interrupted());
  }

  /** The fleet file; its warnings are told once. */
  get fleet(): Fleet {
    if (this.loaded === undefined) {
      const { fleet: file } = this.options;
      if (!existsSync(file))
        throw new CommandFailure(
          `${file === '' ? 'an empty name' : file}: there is no such fleet file`,
          exitCodes.usage,
          'name it by --fleet or FARCOPY_FLEET; `farcopy init` writes an example',
        );
      this.loaded = loadFleet(this.options.fleet, { overlay: this.options.overlay });
      for (const warning of this.loaded.warnings) this.out.note(`warning: ${describeIssue(warning)}`);
    }
    return this.loaded;
  }

  async temporal(): Promise<Client> {
    this.connection ??= connectTemporal();
    return (await this.connection).client;
  }

  get clouds(): FleetClouds {
    return (this.opened ??= openClouds(this.fleet));
  }

  async close(): Promise<void> {
    this.opened?.close();
    const connection = await this.connection?.catch(() => undefined);
    await connection?.close();
  }
}

/** Words for when nothing but the options is known yet. */
export function outputOf(terminal: Terminal, { json = false, color, utc = false }: GlobalOptions): Output {
  return new Output(terminal, { json, color, utc });
}

export type CommandWork<Options, Args extends readonly unknown[]> = (
  context: CommandContext,
  options: Options,
  ...args: Args
) => Promise<ExitCode> | ExitCode;

/** Tells how a command ended, for whoever runs the program. */
export type Ended = (exitCode: ExitCode) => void;

/**
 * Makes commander's action of a command's work. Ctrl-C ends the work at once; with `endsItself` the work ends itself when its
 * signal is aborted, and Ctrl-C a second time ends it then.
 */
export function actionOf<Options, Args extends readonly unknown[]>(
  terminal: Terminal,
  ended: Ended,
  work: CommandWork<Options, Args>,
  { endsItself = false }: { readonly endsItself?: boolean } = {},
): (...args: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.pop() as Command;
    const options = given.pop() as Options;
    const context = new CommandContext(terminal, command.optsWithGlobals<GlobalOptions>());
    let giveUp = (_reason: Error): void => undefined;
    const givenUp = new Promise<never>((_resolve, reject) => (giveUp = reject));
    const stopListening = terminal.onInterrupt(() => {
      if (!endsItself || context.signal.aborted) giveUp(interrupted());
      context.interrupt();
    });
    try {
      ended(await Promise.race([Promise.resolve(work(context, options, ...(given as unknown as Args))), givenUp]));
    } finally {
      stopListening();
      await context.close();
    }
  };
}

function interrupted(): CommandFailure {
  return new CommandFailure('interrupted', exitCodes.interrupted);
}
