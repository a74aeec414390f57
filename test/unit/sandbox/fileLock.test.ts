import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../../sandbox/provision/fileLock';
import { temporaryFolder } from './fakeServer';

let folder: string;
let lock: string;

beforeEach(() => {
  folder = temporaryFolder();
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writeLock = (pid: number, host = hostname()) => writeFileSync(lock, JSON.stringify({ pid, host, id: 'x' }));
const deadPid = () => spawnSync('true').pid;

test('is free again afterwards, also when the work fails', async () => {
  await expect(withFileLock(lock, {}, async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(existsSync(lock)).toBe(false);
  await expect(withFileLock(lock, {}, async () => 'done')).resolves.toBe('done');
  expect(existsSync(lock)).toBe(false);
});

test('lets one at a time in', async () => {
  let inside = 0;
  let most = 0;
  const enter = () =>
    withFileLock(lock, {}, async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    });
  await Promise.all([enter(), enter(), enter()]);
  expect(most).toBe(1);
});

test('of a dead process is taken over', async () => {
  writeLock(deadPid());
  await expect(withFileLock(lock, {}, async () => readFileSync(lock, 'utf8'))).resolves.toMatch(`"pid":${process.pid}`);
});

test('of a dead process that nobody has reaped is taken over', async () => {
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60']);
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  writeLock(Number(pid));
  await expect(withFileLock(lock, {}, async () => 'done')).resolves.toBe('done');
  parent.kill();
});

test('with our own pid, but from another life, is taken over', async () => {
  writeLock(process.pid);
  await expect(withFileLock(lock, {}, async () => 'done')).resolves.toBe('done');
});

test('older than any build is taken over although its pid is in use again', async () => {
  writeLock(process.ppid);
  utimesSync(lock, new Date(0), new Date(0));
  await expect(withFileLock(lock, {}, async () => 'done')).resolves.toBe('done');
});

test.each([
  ['a live process', () => writeLock(process.ppid)],
  ['a process of another machine', () => writeLock(deadPid(), 'another-machine')],
  ['a process that has not yet written its name', () => writeFileSync(lock, '')],
])('of %s is waited for, until aborted', async (_, write) => {
  write();
  const stop = new AbortController();
  const work = jest.fn();
  const waiting = withFileLock(lock, { signal: stop.signal, onWait: () => stop.abort() }, work);
  await expect(waiting).rejects.toThrow('aborted');
  expect(work).not.toHaveBeenCalled();
  expect(existsSync(lock)).toBe(true);
});

test('is entered as soon as the holder leaves', async () => {
  writeLock(process.ppid);
  await expect(withFileLock(lock, { onWait: () => rmSync(lock) }, async () => 'done')).resolves.toBe('done');
});
