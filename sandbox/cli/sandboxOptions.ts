import { InvalidArgumentError } from 'commander';
import { UnreachableError } from '../../src/client/unreachableError';
import { findRunningSandbox, type RunningSandbox } from './runningSandbox';
import { shellQuoted } from './sandboxEnvironment';
import { readSeeded, type Seeded } from './seedSandbox';
import { defaultStateDirectory, type StateDirectory, stateDirectory } from './stateDirectory';

/** What every `farcopy sandbox` command takes. */
export interface SandboxOptions {
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** Where the sandbox is meant to be. */
export function stateOf({ stateDir }: SandboxOptions): StateDirectory {
  return stateDirectory(stateDir ?? defaultStateDirectory(process.env));
}

/** What to add to a command for people so that it finds the same state directory. */
export function stateOption({ stateDir }: SandboxOptions): string {
  return stateDir === undefined ? '' : ` --state-dir ${shellQuoted(stateDirectory(stateDir).path)}`;
}

/** @throws UnreachableError where no sandbox runs. */
export async function runningSandbox(
  options: SandboxOptions,
): Promise<{ state: StateDirectory; sandbox: RunningSandbox; seeded: Seeded }> {
  const state = stateOf(options);
  const sandbox = await findRunningSandbox(state);
  const seeded = sandbox === null ? null : await readSeeded(state);
  if (sandbox === null || seeded === null)
    throw new UnreachableError(
      `no sandbox runs with its state in ${state.path}`,
      `\`farcopy sandbox up${stateOption(options)}\` starts one`,
    );
  return { state, sandbox, seeded };
}

/** Parses `--time-scale`. */
export function timeScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === '' || !(scale > 0) || scale > 100)
    throw new InvalidArgumentError('It is a number above 0, at most 100: 0.01 makes an hour last 36 seconds.');
  return scale;
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

export function tellProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
