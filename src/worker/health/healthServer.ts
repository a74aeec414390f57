import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { messageOf } from '../../core/failure';
import { type ReadinessReport } from './readiness';

export interface HealthAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface HealthAnswers {
  readonly readiness: () => ReadinessReport;
  /** Whether it was ever ready. */
  readonly hasStarted: () => boolean;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
}

export interface HealthServer {
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Who asks for this has little to say, and says it at once. */
const patience = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 } as const;
const mostConnections = 64;
const longestHeaders = 8 * 1024;

const text = 'text/plain; charset=utf-8';
const prometheusText = 'text/plain; version=0.0.4; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `/livez`, `/startupz`, `/readyz` and `/metrics` to whoever reaches the address. Nothing of a request goes into an answer.
 *
 * @throws Error of Node's, with its `code`, when the address cannot be listened on.
 */
export async function startHealthServer({ host, port }: HealthAddress, answers: HealthAnswers): Promise<HealthServer> {
  const paths: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    // The event loop has answered: whatever else is wrong, to kill this process would mend nothing.
    '/livez': () => ({ status: 200, type: text, body: 'alive\n' }),
    // For those who kill what is not healthy, and let nothing take its place before it is.
    '/startupz': () =>
      answers.hasStarted()
        ? { status: 200, type: text, body: 'started\n' }
        : { status: 503, type: text, body: 'not ready yet\n' },
    '/readyz': () => {
      const report = answers.readiness();
      return {
        status: report.ready ? 200 : 503,
        type: 'application/json',
        body: `${JSON.stringify(report, null, 2)}\n`,
      };
    },
    '/metrics': async () => ({ status: 200, type: prometheusText, body: await answers.metrics() }),
  };
  const server = createServer({ ...patience, maxHeaderSize: longestHeaders }, (request, response) => {
    void answer(paths, request, response);
  });
  server.maxConnections = mostConnections;
  server.listen(port, host);
  await once(server, 'listening');
  const { port: given, address, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${given}`,
    close: async () => {
      const end = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await end;
    },
  };
}

async function answer(
  paths: Readonly<Record<string, () => Answer | Promise<Answer>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await answerTo(paths, request);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  // What was not read of a body is not waited for.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(
  paths: Readonly<Record<string, () => Answer | Promise<Answer>>>,
  { method, url = '' }: IncomingMessage,
): Promise<Answer> {
  const [path = ''] = url.split('?', 1);
  const answering = Object.hasOwn(paths, path) ? paths[path] : undefined;
  if (answering === undefined) return { status: 404, type: text, body: `there are ${Object.keys(paths).join(', ')}\n` };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: text, body: 'get it\n' };
  try {
    return await answering();
  } catch (error) {
    return { status: 500, type: text, body: `unexpected: ${messageOf(error)}\n` };
  }
}
