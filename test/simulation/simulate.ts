import { spawnSync } from 'node:child_process';
import path from 'node:path';

const folder = path.resolve(__dirname, '../../dist/simulation');

/** Runs the command as CI has built it, or that of the `year`, and returns the JSON that it prints last. */
export function simulate<T>(...args: readonly string[]): T {
  const [first, ...others] = args;
  const command = first === 'year' ? ['year/main.js', ...others] : ['main.js', ...args];
  const [program = '', ...given] = command;
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, program), ...given, '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}
