import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HealthServer, startHealthServer } from '../../../src/worker/health/healthServer';
import { type ReadinessReport } from '../../../src/worker/health/readiness';
import { fleetDocument } from '../../support/fleetDocument';
import { farcopyProgram, run } from '../../support/program';

const ready: ReadinessReport = { ready: true, stage: 'running', drainsUntil: null, checks: [] };
let report: ReadinessReport = ready;
let hasStarted = true;
let server: HealthServer;

beforeAll(async () => {
  server = await startHealthServer(
    { host: '127.0.0.1', port: 0 },
    { readiness: () => report, hasStarted: () => hasStarted, metrics: () => Promise.resolve('farcopy_x 1\n') },
  );
});
afterAll(() => server.close());
afterEach(() => {
  report = ready;
});

const ask = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);

/** Whatever comes back of these bytes until the server closes the connection. */
async function say(...parts: string[]): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname);
  let heard = '';
  socket.setEncoding('utf8').on('data', (part: string) => (heard += part));
  // What is closed while one still writes is as good as closed.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return heard;
}

describe('the server of health', () => {
  it.each([
    ['/livez', 'text/plain; charset=utf-8', 'alive\n'],
    ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', 'farcopy_x 1\n'],
    ['/metrics?name[]=x', 'text/plain; version=0.0.4; charset=utf-8', 'farcopy_x 1\n'],
  ])('answers %s', async (path, type, body) => {
    const response = await ask(path);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, type, body]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('says in its status whether the worker is ready, and in its body what it sees', async () => {
    expect((await ask('/readyz')).status).toBe(200);
    report = { ...ready, ready: false, stage: 'draining' };
    const response = await ask('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual(report);
    expect((await ask('/livez')).status).toBe(200);
  });

  it('says whether the worker was ever ready, whatever it is now', async () => {
    report = { ...ready, ready: false };
    expect((await ask('/startupz')).status).toBe(200);
    hasStarted = false;
    expect((await ask('/startupz')).status).toBe(503);
    hasStarted = true;
  });

  it('answers HEAD as GET, without the body', async () => {
    const response = await ask('/livez', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '6', '']);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '//livez', 404],
    ['GET', '/__proto__', 404],
    ['POST', '/livez', 405],
    ['DELETE', '/metrics', 405],
    ['OPTIONS', '/readyz', 405],
    ['POST', '/other', 404],
  ])('refuses %s %s', async (method, path, status) => {
    const response = await ask(path, { method, ...(method === 'POST' ? { body: 'x'.repeat(1_000_000) } : {}) });
    expect(response.status).toBe(status);
    if (status === 405) expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('repeats nothing of a request, whatever host and path it names', async () => {
    const heard = await say(
      'GET http://evil.example/<script> HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(heard).toMatch(/^HTTP\/1\.1 404 /);
    expect(heard).not.toMatch(/evil|script/);
  });

  it('refuses headers that do not end', async () => {
    expect(await say(`GET /livez HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('waits for no one who says half a request', async () => {
    expect(await say('GET /livez HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  }, 15_000);

  it('listens on IPv6', async () => {
    const six = await startHealthServer(
      { host: '::1', port: 0 },
      { readiness: () => ready, hasStarted: () => true, metrics: () => Promise.resolve('') },
    );
    try {
      expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
      expect((await fetch(`${six.url}/livez`)).status).toBe(200);
    } finally {
      await six.close();
    }
  });
});

it('a worker whose address is taken says so, and has asked nothing of Temporal', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-health-'));
  try {
    const file = join(folder, 'fleet.yaml');
    await writeFile(file, JSON.stringify(fleetDocument('panda', ['999999999999'])));
    const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const { code, stderr } = await run(
      process.execPath,
      [farcopyProgram(), 'worker', '--health-address', address, '--fleet', file],
      // Nobody answers there.
      { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1', FARCOPY_EXTERNAL_ID: 'x' },
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(new RegExp(`address already in use ${address}\\n.*--health-address`)) as string,
    });
  } finally {
    taken.close();
    await rm(folder, { recursive: true });
  }
});
