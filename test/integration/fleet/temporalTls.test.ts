import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  connect as connectHttp2,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect as connectPlain, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { provision } from '../../../sandbox/provision';
import { startTemporalServer, type TemporalServer } from '../../../sandbox/servers';
import { connectTemporal } from '../../../src/client/connectTemporal';
import { type TemporalConfig } from '../../../src/client/temporalConfig';
import { UnreachableError } from '../../../src/client/unreachableError';
import { clientCertificates, localCertificate } from '../../support/localCertificate';

type Tls = NonNullable<TemporalConfig['connectionOptions']['tls']>;

const ca = { serverRootCACertificate: Buffer.from(localCertificate.cert) };
const pairOf = (crt: string) => ({
  clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(clientCertificates.key) },
});

let folder: string;
let temporal: TemporalServer;
let demanding: Server;
let keyed: Http2SecureServer;
const sessions: Http2Session[] = [];

const portOf = (server: Server | Http2SecureServer) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const servers = await provision(['temporal-cli']);
  folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const logFile = join(folder, 'temporal.log');
  temporal = await startTemporalServer({ path: servers['temporal-cli'].path, headless: true, logFile });
  const [host = '', port] = temporal.address.split(':');
  demanding = createServer(
    { ...localCertificate, ca: localCertificate.cert, requestCert: true, ALPNProtocols: ['h2'] },
    (socket) => {
      const onward = connectPlain(Number(port), host);
      socket.pipe(onward).pipe(socket);
      for (const one of [socket, onward]) one.on('error', () => [socket, onward].forEach((each) => each.destroy()));
    },
  ).listen(0, '127.0.0.1');
  keyed = createSecureServer(localCertificate)
    .on('session', (session) => sessions.push(session))
    .on('stream', (stream, headers) => answerWhoHasTheKey(stream, headers, `http://${temporal.address}`))
    .listen(0, '127.0.0.1');
  await Promise.all([demanding, keyed].map((server) => once(server, 'listening')));
}, 120_000);

afterAll(async () => {
  sessions.forEach((session) => session.destroy());
  demanding?.close();
  keyed?.close();
  await temporal?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Lets calls with the one API key through to Temporal, as Temporal Cloud does, and refuses all others. */
function answerWhoHasTheKey(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: string): void {
  if (headers.authorization !== 'Bearer the-key') {
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': '16',
        'grpc-message': 'Request unauthorized.',
      },
      { endStream: true },
    );
    return;
  }
  const session = connectHttp2(upstream);
  const onward = session.request({ ...headers, ':authority': undefined, ':scheme': 'http' });
  onward.on('response', (answer) => stream.respond(answer, { waitForTrailers: true }));
  let trailers: IncomingHttpHeaders = {};
  onward.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('close', () => session.close());
  stream.pipe(onward).pipe(stream);
}

/** What a person reads who connects like this; null where it works. */
async function told(port: number, tls?: Tls, apiKey?: string): Promise<readonly [string, string] | null> {
  const connectionOptions = {
    address: `127.0.0.1:${port}`,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
  try {
    const { client, close } = await connectTemporal({ connectionOptions, namespace: 'default' });
    await client.connection.workflowService.describeNamespace({ namespace: 'default' });
    await close();
    return null;
  } catch (error) {
    if (error instanceof UnreachableError) return [error.message, error.hint];
    throw error;
  }
}

type Told = Awaited<ReturnType<typeof told>>;

/** All at once, since those who are met with silence wait for ten seconds. */
async function allTold(cases: Readonly<Record<string, Promise<Told>>>): Promise<Readonly<Record<string, Told>>> {
  const answers = Object.entries(cases).map(async ([name, answer]) => [name, await answer] as const);
  return Object.fromEntries(await Promise.all(answers));
}

const naming = (text: string) => expect.stringContaining(text) as unknown;

test('a server that demands certificates lets the one of its CA in, and all others read what to set', async () => {
  const port = portOf(demanding);
  const plainPort = Number(temporal.address.split(':')[1]);
  const { valid, ...others } = await allTold({
    valid: told(port, { ...ca, ...pairOf(clientCertificates.valid) }),
    none: told(port, ca),
    withoutTls: told(port),
    foreign: told(port, { ...ca, ...pairOf(clientCertificates.foreign) }),
    expired: told(port, { ...ca, ...pairOf(clientCertificates.expired) }),
    untrusted: told(port, pairOf(clientCertificates.valid)),
    otherName: told(port, { ...ca, ...pairOf(clientCertificates.valid), serverNameOverride: 'elsewhere.example' }),
    plainServer: told(plainPort, ca),
  });
  expect(valid).toBeNull();
  expect(others).toEqual({
    none: [naming('demands a client certificate (mutual TLS)'), naming('TEMPORAL_TLS_CLIENT_CERT_PATH')],
    withoutTls: [naming('demands a client certificate (mutual TLS)'), naming('TEMPORAL_TLS_CLIENT_CERT_PATH')],
    foreign: [naming('closes the connection once it has seen'), naming('TEMPORAL_TLS_CLIENT_CERT_PATH')],
    expired: [expect.stringMatching(/is valid from Jan .* 2020/), naming('new one')],
    untrusted: [naming('of a CA that is not trusted'), naming('TEMPORAL_TLS_SERVER_CA_CERT_PATH')],
    otherName: [naming('for another name'), naming('TEMPORAL_TLS_SERVER_NAME')],
    plainServer: [naming('speaks no TLS'), naming('TEMPORAL_TLS=false')],
  });
});

test('a server that demands an API key lets the right one in, and tells none from one that is refused', async () => {
  const port = portOf(keyed);
  const { right, ...others } = await allTold({
    right: told(port, ca, 'the-key'),
    none: told(port, ca),
    wrong: told(port, ca, 'another'),
    plain: told(port),
  });
  expect(right).toBeNull();
  expect(others).toEqual({
    none: [naming('lets nobody in without credentials: Request unauthorized.'), naming('TEMPORAL_API_KEY')],
    wrong: [naming('refuses the API key'), naming('not expired')],
    plain: [naming('speaks TLS only'), naming('TEMPORAL_TLS=true')],
  });
  expect(JSON.stringify(others)).not.toContain('another');
});
