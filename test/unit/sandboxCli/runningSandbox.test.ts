import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findRunningSandbox } from '../../../sandbox/cli/runningSandbox';
import { stateDirectory } from '../../../sandbox/cli/stateDirectory';

describe('looking for a running sandbox', () => {
  const state = stateDirectory(mkdtempSync(path.join(tmpdir(), 'farcopy-state-')));
  const written = (pid: number) =>
    writeFileSync(state.sandboxFile, JSON.stringify({ pid, control: { port: 1, token: 'x' } }));
  const gone = 2 ** 30;
  let asked: jest.SpyInstance;

  beforeEach(() => (asked = jest.spyOn(globalThis, 'fetch')));
  afterEach(() => asked.mockRestore());
  afterAll(() => rmSync(state.path, { recursive: true }));

  test('a supervisor that is there but silent is told of, so that nobody forgets what it runs', async () => {
    written(process.pid);
    asked.mockRejectedValue(new DOMException('too late', 'TimeoutError'));
    await expect(findRunningSandbox(state)).rejects.toThrow(`process ${process.pid}, does not answer`);
  });

  test.each<[string, number, () => void]>([
    ['its process is gone', gone, () => asked.mockRejectedValue(new DOMException('too late', 'TimeoutError'))],
    ['nobody listens there any more', process.pid, () => asked.mockRejectedValue(new TypeError('fetch failed'))],
    ['someone else answers', process.pid, () => asked.mockResolvedValue(new Response('', { status: 403 }))],
  ])('none runs where %s', async (_why, pid, happens) => {
    written(pid);
    happens();
    expect(await findRunningSandbox(state)).toBeNull();
  });
});
