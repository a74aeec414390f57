import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/failure';
import { contentPolicy, type Showing, stillPath } from './html/page';

export interface ConsoleOptions {
  /** 0: any free one. */
  readonly port: number;
  /** A page whose making began longer ago is made anew, once somebody asks. */
  readonly everySeconds: number;
  /** Whoever finds the page old waits so long for the new one, and sees the old one then. Default: 20. */
  readonly waitSeconds?: number;
  /** Looks at everything as it is now, and writes the page of it as often as it is asked for. */
  readonly page: () => Promise<(showing: Showing) => string>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told what went wrong. */
  readonly log: (line: string) => void;
}

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Only programs of this machine reach it. Whoever else is to see it needs a proxy that asks who they are. */
const loopback = '127.0.0.1';
const patience = { headersTimeout: 10_000, requestTimeout: 30_000 } as const;
const mostConnections = 100;
const defaultWaitSeconds = 20;

/** Waits for it, and no longer than so many seconds. */
async function orLater(end: Promise<void>, seconds: number): Promise<void> {
  const over = new AbortController();
  const late = delay(seconds * 1000, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  await Promise.race([end, late]);
  over.abort();
}

/** Serves one page. The clouds are looked at only while somebody watches, and by one look at a time. */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { port, everySeconds, waitSeconds = defaultWaitSeconds, page, now, log } = options;
  let last: { readonly write: (showing: Showing) => string; readonly at: number } | null = null;
  let begunAt = -Infinity;
  let failedAt: number | null = null;
  let looking: Promise<void> | null = null;

  const look = async () => {
    const at = now();
    begunAt = at;
    try {
      last = { write: await page(), at };
      failedAt = null;
    } catch (error) {
      // Nobody would wait for the next one otherwise.
      begunAt = -Infinity;
      failedAt = now();
      log(`the page could not be made: ${messageOf(error)}`);
    }
  };

  /** The page as it is now, or of before where the new one takes long or cannot be made; null: there is none yet. */
  const current = async (refreshSeconds: number | null): Promise<string | null> => {
    if (now() - begunAt >= everySeconds * 1000) looking ??= look().finally(() => (looking = null));
    if (last === null) await looking;
    else if (looking !== null) await orLater(looking, waitSeconds);
    return last?.write({ refreshSeconds, ageSeconds: (now() - last.at) / 1000, failedAt }) ?? null;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Content-Security-Policy', `${contentPolicy}; frame-ancestors 'none'`);
    const refuse = (status: number, why: string) =>
      void response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
    // A page of another name that has this address, as its owner can arrange, would read what is here.
    const [name] = (request.headers.host ?? '').split(':');
    if (name !== loopback && name !== 'localhost') return refuse(403, 'ask for 127.0.0.1 or localhost');
    if (request.method !== 'GET') return refuse(405, 'there is nothing but to look');
    const isStill = request.url === stillPath;
    if (request.url !== '/' && !isStill) return refuse(404, `there are / and ${stillPath}`);
    // A refresh in the page itself could not be stopped by people with a screen reader. A page that could not be made is asked for again as well.
    if (!isStill) response.setHeader('Refresh', everySeconds);
    const text = await current(isStill ? null : everySeconds);
    if (text === null) return refuse(500, 'the page could not be made: the console says why');
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(text);
  };

  const server = createServer(patience, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(`the page could not be written: ${messageOf(error)}`);
      response.destroy();
    });
  });
  server.maxConnections = mostConnections;
  server.listen(port, loopback);
  await once(server, 'listening');
  return {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      const end = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await end;
    },
  };
}
