import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolderForAll } from '../../../sandbox/servers/temporaryFolderForAll';
import { temporaryFolder } from './fakeServer';

let closed: string;

beforeEach(() => {
  closed = temporaryFolder();
  mkdirSync(join(closed, 'inside'));
  chmodSync(join(closed, 'inside'), 0o755);
});
afterEach(() => rmSync(closed, { recursive: true, force: true }));

test('what root keeps for itself is not where another user’s PostgreSQL could work', () => {
  expect(temporaryFolderForAll(closed, true)).toBe('/tmp');
  expect(temporaryFolderForAll(join(closed, 'inside'), true)).toBe('/tmp');
});

test('a user’s own folder is good for what the user runs', () => {
  expect(temporaryFolderForAll(closed, false)).toBe(closed);
});

test('root’s folder is used where all may enter it', () => {
  chmodSync(closed, 0o711);
  expect(temporaryFolderForAll(join(closed, 'inside'), true)).toBe(join(closed, 'inside'));
});
