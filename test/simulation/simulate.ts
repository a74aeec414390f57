import { spawnSync } from 'node:child_process';
import path from 'node:path';

const main = path.resolve(__dirname, '../../dist/simulation/main.js');

/** Runs the command as CI has built it, and returns what it prints as JSON. */
export function simulate<T>(...args: readonly string[]): T {
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}
