import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** Of this request, counted from 0, the work is done; the answer is a 503, or none comes. */
export interface Loss {
  readonly call: number;
  readonly answer: 503 | null;
}

/** Stands before the GCS emulator, counts what is asked of it, and loses an answer where told to. */
export class GcsProxy {
  private asked: string[] = [];
  private loses: Loss | null = null;
  private struck: string | null = null;

  private constructor(
    private readonly target: URL,
    readonly endpoint: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(target: string): Promise<GcsProxy> {
    const server = createServer((incoming, response) => proxy.pass(incoming, response));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const proxy = new GcsProxy(new URL(target), `http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    });
    return proxy;
  }

  /** Counts from the beginning. */
  begin(loses: Loss | null): void {
    this.asked = [];
    this.loses = loses;
    this.struck = null;
  }

  /** `POST /upload/storage/v1/b/panda-backups/o`, in their order. */
  get calls(): readonly string[] {
    return this.asked;
  }

  /** The request whose answer was lost. */
  get lost(): string | null {
    return this.struck;
  }

  private pass(incoming: IncomingMessage, response: ServerResponse): void {
    const what = `${incoming.method} ${(incoming.url ?? '').split('?')[0]}`;
    const loss = this.asked.length === this.loses?.call ? this.loses : null;
    this.asked.push(what);
    const { hostname, port, host } = this.target;
    const headers = { ...incoming.headers, host };
    const onward = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers, agent: false },
      (answer) => {
        if (loss !== null) {
          this.struck = what;
          answer.resume();
          if (loss.answer !== null) answer.once('end', () => response.writeHead(503, { 'content-length': 0 }).end());
          return;
        }
        const { location } = answer.headers;
        const moved = location?.replace(this.target.origin, this.endpoint);
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...(moved && { location: moved }) });
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    // Whoever is killed in mid-upload has not uploaded.
    incoming.once('close', () => {
      if (!incoming.complete) onward.destroy();
    });
    incoming.pipe(onward);
  }
}
