import { startGuarded } from '../servers/guardedProcess';
import { logTail } from './logTail';
import { type RecipeContext } from './serverRecipe';

/** One command of a build, or what is done between two of them. */
export type BuildStep = CommandStep | CodeStep;

export interface CommandStep {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** Variables to set for this command. */
  set?: Readonly<Record<string, string>>;
}

export interface CodeStep {
  /** @throws Error when what was built so far is not what was meant. */
  run(): Promise<void>;
}

/**
 * Runs one step; a command's output goes to the log. A command ends with this process and with the signal.
 *
 * @throws Error with the command, how it ended and the tail of its log; the signal's reason when aborted.
 */
export async function runStep(step: BuildStep, { environment, logFile, signal }: RecipeContext): Promise<void> {
  signal?.throwIfAborted();
  if ('run' in step) return step.run();
  const running = await startGuarded({
    command: step.command,
    args: step.args,
    cwd: step.cwd,
    env: { ...environment, ...step.set },
    logFile,
    graceSeconds: 2,
  });
  const abort = () => void running.stop();
  signal?.addEventListener('abort', abort);
  const end = await running.ended;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (end.code === 0) return;
  const how = end.code === null ? `was ended by ${end.signal}` : `failed with exit code ${end.code}`;
  throw new Error(`\`${commandLine(step)}\` ${how}. Its log, ${logFile}, ends with:\n${indent(logTail(logFile))}`);
}

/** The step as a person would type it into a POSIX shell. */
export function commandLine({ command, args, cwd, set = {} }: CommandStep): string {
  const variables = Object.entries(set).map(([name, value]) => `${name}=${quote(value)}`);
  const line = [...variables, ...[command, ...args].map(quote)].join(' ');
  return cwd === undefined ? line : `(cd ${quote(cwd)} && ${line})`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  | ');
}
