import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { CodecDoor } from '../../../src/payloads';
import { type CodecServer, longestBody, startCodecServer } from '../../../src/payloads/codecServer';
import { DataKeys } from '../../../src/payloads/dataKeys';
import { EncryptingCodec } from '../../../src/payloads/payloadCodec';
import { PayloadError } from '../../../src/payloads/payloadError';
import { payloadsInJson, payloadsOfJson } from '../../../src/payloads/payloadsInJson';
import { FakeKeyService } from '../../fakes/keyService';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const token = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const ui = 'http://127.0.0.1:8233';
const secret = 'panda-cluster-1';
const kms = new FakeKeyService();
const codec = new EncryptingCodec({ writing: key, reading: [key] }, 'default', new DataKeys(kms));
const log: string[] = [];
const running: CodecServer[] = [];
let encrypted: string;
let url: string;

async function start(encodes: boolean, by: PayloadCodec = codec): Promise<string> {
  const server = await startCodecServer({
    codec: by,
    namespace: 'default',
    door: new CodecDoor(token),
    origin: ui,
    encodes,
    host: '127.0.0.1',
    port: 0,
    log: (line) => log.push(line),
  });
  running.push(server);
  return server.url;
}

beforeAll(async () => {
  url = await start(false);
  encrypted = payloadsInJson(await codec.encode([defaultPayloadConverter.toPayload(secret)]));
});

afterEach(() => {
  kms.trouble = null;
});

afterAll(() => Promise.all(running.map((server) => server.close())));

const authorized = { authorization: `Bearer ${token}` };
const post = (path: string, body: string, headers: Record<string, string> = authorized, to = url) =>
  fetch(`${to}${path}`, { method: 'POST', body, headers });
const valuesOf = async (response: Response) =>
  payloadsOfJson(await response.text()).map((payload: Payload) => defaultPayloadConverter.fromPayload(payload));

describe('a codec server', () => {
  it.each(['/decode', '/default/decode'])('decrypts for who has the token: %s', async (path) => {
    const response = await post(path, encrypted, { ...authorized, 'x-namespace': 'default' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await valuesOf(response)).toEqual([secret]);
  });

  it('lets payloads in the clear pass, which are there from before the codec', async () => {
    const clear = payloadsInJson([defaultPayloadConverter.toPayload('clear')]);
    expect(await valuesOf(await post('/decode', clear))).toEqual(['clear']);
  });

  it.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${token.replace('a', 'b')}` }],
    ['a part of the token', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['the token as a cookie', { cookie: `farcopy-codec=${token}` }],
  ])('tells nothing to who has %s, and reads nothing of him', async (_, headers) => {
    const response = await post('/decode', encrypted, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.text()).not.toContain(secret);
  });

  it('answers the Temporal UI that it was told of, in the way of browsers', async () => {
    const headers = { origin: ui, 'access-control-request-method': 'POST' };
    const preflight = await fetch(`${url}/decode`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(ui);
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-namespace');
    const response = await post('/decode', encrypted, { ...authorized, origin: ui });
    expect(response.headers.get('access-control-allow-origin')).toBe(ui);
    expect(await valuesOf(response)).toEqual([secret]);
  });

  it('answers no page of others, whoever sits before it', async () => {
    const response = await post('/decode', encrypted, { ...authorized, origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets a browser in by a cookie that is given for the token, and is not the token', async () => {
    expect((await fetch(url)).headers.get('content-security-policy')).toContain("default-src 'none'");
    const wrong = await post('/', 'token=guess', {});
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const given = (await post('/', `token=${token}`, {})).headers.get('set-cookie') ?? '';
    expect(given).toMatch(/HttpOnly; SameSite=Strict/);
    expect(given).not.toContain(token);
    const [cookie = ''] = given.split(';');
    expect(await valuesOf(await post('/decode', encrypted, { origin: ui, cookie: `a=b; ${cookie}` }))).toEqual([
      secret,
    ]);
  });

  it('is of one namespace', async () => {
    for (const [path, headers] of [
      ['/decode', { ...authorized, 'x-namespace': 'other' }],
      ['/other/decode', authorized],
    ] as const) {
      const response = await post(path, encrypted, headers);
      expect([response.status, await response.text()]).toEqual([403, 'this codec is of namespace default\n']);
    }
  });

  it('encrypts only where it was allowed to', async () => {
    const clear = payloadsInJson([defaultPayloadConverter.toPayload(secret)]);
    const refused = await post('/encode', clear);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('--allow-encode')]);
    const allowed = await post('/encode', clear, authorized, await start(true));
    const text = await allowed.text();
    expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
    const read = await codec.decode(payloadsOfJson(text));
    expect(read.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([secret]);
  });

  it.each([
    ['a body that is no JSON', 'x', 400],
    ['a body without payloads', '{}', 400],
    ['null', 'null', 400],
    ['payloads that are no objects', '{"payloads":["x"]}', 400],
    ['metadata that is no base64', '{"payloads":[{"metadata":{"encoding":"binary/encrypted"},"data":"*"}]}', 400],
    ['a body that is too long', ' '.repeat(longestBody + 1), 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await post('/decode', body)).status).toBe(status);
  });

  it('refuses a body that is too long and does not say so', async () => {
    const parts = new ReadableStream({
      start(controller) {
        for (let i = 0; i <= 8; i += 1) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const sent = { method: 'POST', body: parts, headers: authorized, duplex: 'half' } as RequestInit;
    const status = await fetch(`${url}/decode`, sent).then(
      (response) => response.status,
      // It hangs up while there is still something to send.
      () => 413,
    );
    expect(status).toBe(413);
  });

  it('knows no other path and no other method', async () => {
    expect((await post('/', 'x'.repeat(5000), authorized)).status).toBe(413);
    expect((await post('/etc/passwd', encrypted)).status).toBe(404);
    expect((await fetch(`${url}/decode`, { headers: authorized })).status).toBe(405);
  });

  it('says which key is not its own, and that KMS is away', async () => {
    const foreign = new EncryptingCodec({ writing: `${key}2`, reading: [] }, 'default', new DataKeys(kms));
    const theirs = payloadsInJson(await foreign.encode([defaultPayloadConverter.toPayload(secret)]));
    const refused = await post('/decode', theirs);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(`${key}2`)]);
    kms.trouble = new PayloadError('unreachable', `key ${key} cannot be used now`, 'wait');
    const fresh = new EncryptingCodec({ writing: key, reading: [key] }, 'default', new DataKeys(new FakeKeyService()));
    const unknown = payloadsInJson(await fresh.encode([defaultPayloadConverter.toPayload(secret)]));
    expect((await post('/decode', unknown)).status).toBe(503);
  });

  it('logs who asked for what, and neither a token nor a payload', async () => {
    log.length = 0;
    await post('/decode', encrypted);
    await post('/decode', encrypted, { authorization: 'Bearer guess-of-a-token' });
    expect(log).toEqual([
      'POST /decode of 127.0.0.1: decoded 1 payloads',
      expect.stringContaining('POST /decode of 127.0.0.1: 401 the token is missing or wrong'),
    ]);
    expect(log.join('\n')).not.toMatch(/guess-of|panda|a1b2/);
  });

  it('ends what it has begun when it is stopped, and takes no more', async () => {
    let begun = (): void => undefined;
    let goOn = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const mayEnd = new Promise<void>((resolve) => (goOn = resolve));
    const decode = async (payloads: Payload[]) => {
      begun();
      await mayEnd;
      return codec.decode(payloads);
    };
    const stopping = await start(false, { encode: decode, decode });
    const asked = post('/decode', encrypted, authorized, stopping);
    await hasBegun;
    const closed = running.pop()?.close();
    await expect(post('/decode', encrypted, authorized, stopping)).rejects.toThrow('fetch failed');
    goOn();
    expect(await valuesOf(await asked)).toEqual([secret]);
    await closed;
  });
});
