import { type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { LocalHttp } from './localHttp';

/** What came by HTTP. */
export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with what has come: answers, cuts the connection, or says nothing at all. */
export type Reaction =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
  | 'cut'
  | 'hang';

/** A receiver of webhooks that listens on this machine, and keeps what comes. */
export class HttpReceiver {
  readonly requests: Request[] = [];
  react: (request: Request) => Reaction = () => ({ status: 202 });
  private readonly server = new LocalHttp((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const came = { path: request.url ?? '', headers: request.headers, body };
      this.requests.push(came);
      const reaction = this.react(came);
      if (reaction === 'cut') request.socket.destroy();
      else if (reaction !== 'hang') response.writeHead(reaction.status, reaction.headers).end(reaction.text);
    });
  });

  static async start(): Promise<HttpReceiver> {
    const receiver = new HttpReceiver();
    await receiver.server.listen();
    return receiver;
  }

  get url(): string {
    return this.server.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** A mail that a server has taken. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** With its headers. */
  readonly text: string;
}

/** A real mail server that listens on this machine, and keeps what it takes. */
export class MailServer {
  readonly mails: Mail[] = [];
  /** What an address is refused with, by the address. */
  readonly refusals = new Map<string, number>();
  /** Cuts the connection once it has taken a mail, instead of saying so. */
  isCutting = false;
  private readonly server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.server = new SMTPServer({
      authOptional: true,
      logger: false,
      ...options,
      onRcptTo: ({ address }, _session, callback) => {
        const code = this.refusals.get(address);
        callback(code === undefined ? null : Object.assign(new Error(`not now, ${address}`), { responseCode: code }));
      },
      onData: (stream, { envelope }, callback) => {
        let text = '';
        stream.on('data', (piece: Buffer) => (text += piece.toString()));
        stream.on('end', () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          this.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text });
          if (this.isCutting) for (const connection of this.server.connections) connection.close();
          else callback(null);
        });
      },
    });
    // A client that trusts nobody, or is cut off, is no fault of the server's.
    this.server.on('error', () => undefined);
  }

  static async start(options: SMTPServerOptions = { disabledCommands: ['STARTTLS'] }): Promise<MailServer> {
    const started = new MailServer(options);
    await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}
