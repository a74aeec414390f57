import { spawn } from 'node:child_process';

/** What one linter says. */
export interface Verdict {
  readonly linter: string;
  /** What it has looked at, for people: `10 templates`. */
  readonly of: string;
  /** What is wrong; what is explained where it stands is not among it. */
  readonly findings: readonly string[];
  /** How many findings are explained. */
  readonly explained: number;
}

/**
 * What a linter prints to stdout, whatever its exit code: most of them tell by it that they have found something.
 *
 * @throws Error when it cannot be started, or prints nothing and fails.
 */
export function printed(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 || stdout.trim() !== '') resolve(stdout);
      else reject(new Error(`${command} ended with exit code ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}
