import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { packageFile } from '../../sandbox/provision/packageFile';

/** How a command ended and what it said. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The compiled `farcopy`. @throws Error when it was not built. */
export function farcopyProgram(): string {
  const program = packageFile('dist', 'bin', 'farcopy.js');
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\` first`);
  return program;
}

/** Whatever was run by {@link run} in this test file, and what it said. */
export const commandsThatEnded: (CommandEnd & { readonly words: readonly string[] })[] = [];

/** Runs a program to its end, whatever its exit code. */
export async function run(
  command: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<CommandEnd> {
  const end = await ended(command, words, environment);
  commandsThatEnded.push({ words, ...end });
  return end;
}

function ended(command: string, words: readonly string[], environment: NodeJS.ProcessEnv): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    execFile(command, words, { env: environment }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`${command} did not end by itself`, { cause: error }));
    });
  });
}
