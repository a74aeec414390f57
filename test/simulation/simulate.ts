import { spawnSync } from 'node:child_process';
import path from 'node:path';

const main = path.resolve(__dirname, '../../dist/simulation/main.js');

/** Runs the command as CI has built it, and returns the JSON that it prints last. */
export function simulate<T>(...args: readonly string[]): T {
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}
