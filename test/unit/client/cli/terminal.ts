import { createProgram, type Host, runProgram, type Terminal } from '../../../../src/client/cli';

/** What one run of the command line said and how it ended. */
export interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export const epoch = Date.parse('2026-11-21T02:00:00Z');

/** Runs a command line in this process, on a terminal that only remembers. */
export function run(...words: string[]): Promise<Run> {
  return runWith({}, ...words);
}

/** The same of a program that knows other kinds. */
export async function runWith({ kinds }: Pick<Partial<Host>, 'kinds'>, ...words: string[]): Promise<Run> {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text) });
  const terminal: Terminal = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    environment: {},
    now: () => epoch,
    onInterrupt: () => () => undefined,
  };
  let own: number | undefined;
  const program = createProgram({ kinds, terminal, ended: (exitCode) => void (own = exitCode) });
  const failed = await runProgram(program, words, terminal);
  return { exitCode: failed ?? own, ...said };
}
