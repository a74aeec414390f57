import { type Command, CommanderError } from 'commander';
import { outputOf, type GlobalOptions } from './commandContext';
import { CommandFailure } from './commandFailure';
import { exitCodes } from './exitCodes';
import { failureReport } from './failureReport';
import { processTerminal, type Terminal } from './terminal';
import { usageFailure } from './usage/usageFailure';

/**
 * Runs a command line to its end, and reports what went wrong: one line of what, where and what to do on stderr; with
 * `--json` also as the one document on stdout.
 *
 * @param words the arguments, without `node` and the script
 * @returns the exit code where running failed, else null: the command has told its own
 */
export async function runProgram(
  program: Command,
  words: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number | null> {
  try {
    await program.parseAsync([...words], { from: 'user' });
    return null;
  } catch (error) {
    // Help and version were asked for; help without being asked, on stderr, means that a command is missing.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const helped = error instanceof CommanderError && error.code === 'commander.help';
    const { exitCode, message, hint, issues } = failureReport(
      helped
        ? new CommandFailure('a command is missing', exitCodes.usage, '`farcopy --help` names them')
        : error instanceof CommanderError
          ? usageFailure(program, words, error)
          : error,
    );
    // What could not be parsed may lie before the option.
    const options = { ...program.opts<GlobalOptions>(), ...(words.includes('--json') ? { json: true } : {}) };
    const out = outputOf(terminal, options);
    if (!helped) out.note(`farcopy: ${message}${hint === undefined ? '' : `\n  ${hint}`}`);
    if (options.verbose === true && error instanceof Error) out.note(traceOf(error));
    out.document(false, {
      error: { exitCode, message, hint: hint ?? null, ...(issues === undefined ? {} : { issues }) },
    });
    return exitCode;
  }
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${traceOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
