import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type PayloadCodec } from '@temporalio/common';
import { messageOf } from '../core/failure';
import { type CodecDoor } from './codecDoor';
import { doorPage } from './doorPage';
import { PayloadError } from './payloadError';
import { payloadsInJson, payloadsOfJson } from './payloadsInJson';
import { Refusal } from './refusal';

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  readonly namespace: string;
  readonly door: CodecDoor;
  /** The Temporal UI that may ask from a browser: `http://127.0.0.1:8233`; null: none. */
  readonly origin: string | null;
  /** Whether it encrypts what it is given, too. */
  readonly encodes: boolean;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Told each answer in a line, which holds nothing of the payloads. */
  readonly log: (line: string) => void;
}

export interface CodecServer {
  readonly url: string;
  /** Takes no more requests; those under way get ten seconds. */
  close(): Promise<void>;
}

/** Temporal takes messages of 4 MiB, which base64 makes a third longer. */
export const longestBody = 8 * 1024 * 1024;
const longestForm = 4096;

const patience = { headersTimeout: 10_000, requestTimeout: 30_000 } as const;
const closeWithinMs = 10_000;
const mostConnections = 100;

/** What the UI sends besides a body (https://docs.temporal.io/codec-server). */
const allowedHeaders = 'Authorization, Content-Type, X-Namespace';

/**
 * Serves Temporal's codec protocol: the UI and the `temporal` command post payloads to `/decode` and show what comes back. Nothing is
 * read before the token is proven.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const server = createServer(patience, (request, response) => void answer(options, request, response));
  server.maxConnections = mostConnections;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port, address, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), closeWithinMs);
  await end;
  clearTimeout(late);
}

async function answer(options: CodecServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Once it is answered, a request may have no socket.
  const who = request.socket.remoteAddress ?? 'nobody';
  let told: string;
  try {
    told = await work(options, request, response);
  } catch (error) {
    const { status, message } = refusalOf(error);
    told = `${status} ${message}`;
    if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    // What was not read of a body is not waited for.
    if (!request.complete) response.setHeader('Connection', 'close');
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
  }
  options.log(`${request.method} ${request.url} of ${who}: ${told}`);
}

/** Answers, or throws a {@link Refusal}; returns what was done. */
async function work(options: CodecServerOptions, request: IncomingMessage, response: ServerResponse): Promise<string> {
  const { pathname } = new URL(request.url ?? '/', 'http://codec');
  if (pathname === '/') return openDoor(options.door, request, response);
  const { what, namespace = request.headers['x-namespace'] } = routeOf(pathname);
  allowOrigin(options, request, response);
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Methods', 'POST');
    response.setHeader('Access-Control-Allow-Headers', allowedHeaders);
    response.writeHead(204).end();
    return 'allowed';
  }
  if (request.method !== 'POST') throw new Refusal(405, `post to ${pathname}`);
  if (!options.door.opensTo(request.headers))
    throw new Refusal(401, 'the token is missing or wrong: Authorization: Bearer …');
  if (namespace !== undefined && namespace !== options.namespace)
    throw new Refusal(403, `this codec is of namespace ${options.namespace}`);
  if (what === 'encode' && !options.encodes)
    throw new Refusal(403, 'this codec only decodes; start it with --allow-encode');
  const payloads = payloadsOfJson(await bodyOf(request, longestBody));
  const answered = payloadsInJson(await options.codec[what](payloads));
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(answered);
  return `${what}d ${payloads.length} payloads`;
}

/** `/decode`, or `/{namespace}/decode`, which the `temporal` command can make. */
function routeOf(pathname: string): { readonly what: 'decode' | 'encode'; readonly namespace?: string } {
  const [, namespace, what] = /^(?:\/([^/]+))?\/(decode|encode)$/.exec(pathname) ?? [];
  if (what !== 'decode' && what !== 'encode') throw new Refusal(404, 'there are /decode and /encode');
  return { what, ...(namespace === undefined ? {} : { namespace: decoded(namespace) }) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(404, 'there are /decode and /encode');
  }
}

/** A browser names where a page came from; commands name nothing. */
function allowOrigin({ origin }: CodecServerOptions, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  const from = request.headers.origin;
  if (from === undefined) return;
  if (from !== origin) throw new Refusal(403, `pages of ${from} may not ask; --origin names the UI that may`);
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
}

/** A page on which a person gives the token once, since the UI can send a cookie, and no token of others. */
async function openDoor(door: CodecDoor, request: IncomingMessage, response: ServerResponse): Promise<string> {
  response.setHeader('Content-Security-Policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  const page = (status: number, text: string) =>
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(doorPage(text));
  if (request.method === 'GET') {
    page(200, 'Give the token of this codec once, and the Temporal UI can show payloads.');
    return 'asked for the token';
  }
  if (request.method !== 'POST') throw new Refusal(405, 'get or post /');
  const token = new URLSearchParams(await bodyOf(request, longestForm)).get('token') ?? '';
  if (!door.isToken(token)) {
    page(401, 'That is not the token.');
    return 'wrong token';
  }
  response.setHeader('Set-Cookie', door.cookie);
  page(200, 'The Temporal UI can show payloads now. Close this page.');
  return 'gave a cookie';
}

async function bodyOf(request: IncomingMessage, longest: number): Promise<string> {
  const tooLong = () => new Refusal(413, `a body may have ${longest} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > longest) throw tooLong();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > longest) throw tooLong();
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refusal) return error;
  if (!(error instanceof PayloadError)) return { status: 500, message: `unexpected: ${messageOf(error)}` };
  const { trouble, message } = error;
  return { status: trouble === 'refused' || trouble === 'unreachable' ? 503 : 400, message };
}
