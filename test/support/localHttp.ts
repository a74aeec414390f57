import http, { type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A server of HTTP that listens on this machine, on a port of its own. */
export class LocalHttp {
  private readonly server: http.Server;

  constructor(onRequest: RequestListener) {
    this.server = http.createServer(onRequest);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
