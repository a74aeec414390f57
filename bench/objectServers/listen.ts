import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo } from 'node:net';

/** On 127.0.0.1 and a free port. */
export async function listen(
  tls: { readonly key: string; readonly cert: string } | undefined,
  listener: RequestListener,
): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const options = { keepAlive: true, noDelay: true, keepAliveTimeout: 60_000, highWaterMark: 1024 * 1024 };
  const server: Server =
    tls === undefined ? createHttpServer(options, listener) : createHttpsServer({ ...options, ...tls }, listener);
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
