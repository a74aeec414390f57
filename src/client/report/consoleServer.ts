import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { messageOf } from '../../core/failure';
import { contentPolicy } from './html/page';

export interface ConsoleOptions {
  /** 0: any free one. */
  readonly port: number;
  /** A page that is older is made anew, once somebody asks. */
  readonly everySeconds: number;
  /** Makes the page as it is now. */
  readonly page: () => Promise<string>;
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

/** Serves one page. The clouds are looked at only while somebody watches, and by one look at a time. */
export async function startConsole({ port, everySeconds, page, now, log }: ConsoleOptions): Promise<ConsoleServer> {
  let last: { readonly text: string; readonly at: number } | null = null;
  let looking: Promise<void> | null = null;

  const look = async () => {
    try {
      const text = await page();
      last = { text, at: now() };
    } finally {
      looking = null;
    }
  };

  /** The page, as old as it is: whoever watches waits for the first one alone. */
  const current = async (): Promise<string> => {
    const isOld = last === null || now() - last.at > everySeconds * 1000;
    if (isOld) looking ??= look();
    if (last === null) await looking;
    else looking?.catch((error: unknown) => log(`the page could not be made anew: ${messageOf(error)}`));
    return last?.text ?? '';
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
    if (request.url !== '/') return refuse(404, 'there is / alone');
    try {
      const text = await current();
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(text);
    } catch (error) {
      log(`the page could not be made: ${messageOf(error)}`);
      refuse(500, 'the page could not be made: the console says why');
    }
  };

  const server = createServer(patience, (request, response) => void answer(request, response));
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
