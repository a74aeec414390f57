import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const script = path.resolve(__dirname, '../../../deploy/healthcheck.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-healthcheck-'));
afterAll(() => rmSync(folder, { recursive: true }));

let answer = 200;
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(answer).end();
});
let address = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `0.0.0.0:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => asked.splice(0));

/** What Docker sees of a container that runs this command. */
async function healthOf(words: readonly string[], at = address, asking = '/readyz'): Promise<number | null> {
  const program = path.join(folder, 'cmdline');
  writeFileSync(program, [...words, ''].join('\0'));
  const check = spawn(process.execPath, [script, asking, program], {
    env: { ...process.env, FARCOPY_HEALTH_ADDRESS: at },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(check, 'exit')) as [number | null];
  return code;
}

const worker = ['node', '/opt/farcopy/dist/bin/farcopy.js', 'worker', '--queues', 'transfer'];

test.each([
  { readiness: 200, health: 0 },
  { readiness: 503, health: 1 },
])('a worker whose /readyz answers $readiness is told by $health', async ({ readiness, health }) => {
  answer = readiness;
  expect(await healthOf(worker)).toBe(health);
  expect(asked).toEqual(['/readyz']);
});

test('a worker that does not answer is not healthy', async () => {
  expect(await healthOf(worker, '127.0.0.1:1')).toBe(1);
});

test.each([
  { how: 'as two words', option: () => ['--health-address', address] },
  { how: 'as one', option: () => [`--health-address=${address}`] },
])('a worker that is told its address by a flag, $how, is asked there', async ({ option }) => {
  answer = 200;
  expect(await healthOf([...worker, ...option()], '127.0.0.1:1')).toBe(0);
  expect(asked).toEqual(['/readyz']);
});

test('whoever ends what is not healthy asks whether a worker has started', async () => {
  answer = 200;
  expect(await healthOf(worker, address, '/startupz')).toBe(0);
  expect(asked).toEqual(['/startupz']);
});

test('a command that serves no health is asked nothing', async () => {
  expect(await healthOf(['node', '/opt/farcopy/dist/bin/farcopy.js', 'backup', '--all'], '127.0.0.1:1')).toBe(0);
  expect(asked).toEqual([]);
});
