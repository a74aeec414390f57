import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerSandboxCommands } from '../../../sandbox/cli/register';
import { stateDirectory } from '../../../sandbox/cli/stateDirectory';
import { createProgram, runProgram } from '../../../src/client/cli';

describe('farcopy sandbox seed, where the emulator refuses the seed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'farcopy-seed-'));
  const file = path.join(folder, 'seed.json');
  const state = stateDirectory(path.join(folder, 'state'));
  const why = 'aurora-cluster/999999999999/eu-west-1/panda-1 cannot be planted: it has no such engine';
  let emulator: jest.SpyInstance;

  beforeAll(() =>
    writeFileSync(file, '{"accounts": [{"account_id": "999999999999", "resources": {"aurora": ["panda-1"]}}]}'),
  );
  beforeEach(() => {
    emulator = jest.spyOn(globalThis, 'fetch');
    emulator.mockImplementation(async () => new Response(JSON.stringify({ error: why }), { status: 400 }));
  });
  afterEach(() => emulator.mockRestore());
  afterAll(() => rmSync(folder, { recursive: true }));

  async function seed(...words: string[]) {
    const said = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text) });
    const terminal = {
      ...{ stdout: stream('stdout'), stderr: stream('stderr'), environment: {} },
      ...{ now: () => 0, onInterrupt: () => () => undefined },
    };
    const program = createProgram({ terminal });
    registerSandboxCommands(program);
    const where = ['--state-dir', state.path, '--aws-endpoint', 'http://127.0.0.1:4566'];
    const exitCode = await runProgram(program, ['sandbox', 'seed', file, ...where, ...words], terminal);
    return { exitCode, ...said };
  }

  test('it ends as bad input, with the words of the emulator, and what to do', async () => {
    const { exitCode, stdout, stderr } = await seed();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(`farcopy: ${why}\n  mend that entry of the seed, and seed it again\n`);
  });

  test('a program is told the same', async () => {
    const { exitCode, stdout } = await seed('--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { exitCode: 2, message: why } });
  });

  test('no file says that it was seeded', async () => {
    await seed();
    expect([state.seededFile, state.fleetFile].filter((one) => existsSync(one))).toEqual([]);
  });
});
