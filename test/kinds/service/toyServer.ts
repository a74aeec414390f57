import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Scope } from '../../../src/core/catalogue/copy';

/** What a service refuses, in its own words. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Input = Readonly<Record<string, unknown>>;
export type Action = (caller: Scope, input: Input, now: number) => unknown;

/** One call that a service has had. */
export interface ServedCall {
  readonly action: string;
  readonly caller: Scope;
  /** Null where its answer was lost. */
  readonly status: number | null;
}

/**
 * A service on 127.0.0.1 that worker processes and commands share: actions by their names, and what goes wrong with them.
 * Times are of one clock, which the test chooses.
 */
export class ToyServer {
  readonly calls: ServedCall[] = [];
  private readonly lost = new Map<string, number>();
  private readonly refusals: { action: string; account: string | null; error: ServiceError; times: number }[] = [];

  private constructor(
    private readonly server: Server,
    readonly now: () => number | Promise<number>,
  ) {}

  static async start(
    actions: Readonly<Record<string, Action>>,
    now: () => number | Promise<number> = Date.now,
  ): Promise<ToyServer> {
    const server = createServer((request, response) => void toy.serve(actions, request, response));
    const toy = new ToyServer(server, now);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return toy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next calls of an action are done, and their answers lost. */
  loseAnswers(action: string, times: number): void {
    this.lost.set(action, (this.lost.get(action) ?? 0) + times);
  }

  /** How many of them have not been lost yet. */
  answersToLose(action: string): number {
    return this.lost.get(action) ?? 0;
  }

  /** An account, or null for all, is refused an action. */
  refuse(action: string, account: string | null, error: ServiceError, times = Infinity): void {
    this.refusals.push({ action, account, error, times });
  }

  heal(): void {
    this.lost.clear();
    this.refusals.length = 0;
  }

  count(action: string, status?: number): number {
    return this.calls.filter((call) => call.action === action && (status ?? call.status) === call.status).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(
    actions: Readonly<Record<string, Action>>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const action = (request.url ?? '').slice(1);
    const { caller, input } = (await json(request)) as { caller: Scope; input: Input };
    const now = await this.now();
    let status = 200;
    let body: object;
    try {
      this.refuseIfToldTo(action, caller);
      const run = actions[action];
      if (run === undefined) throw new ServiceError(400, 'UnknownAction', `there is no action ${action}`);
      body = { at: now, result: (await run(caller, input, now)) ?? null };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      ({ status } = error);
      body = { at: now, code: error.code, message: error.message };
    }
    const left = this.lost.get(action) ?? 0;
    if (left > 0 && status === 200) {
      this.lost.set(action, left - 1);
      this.calls.push({ action, caller, status: null });
      response.destroy();
      return;
    }
    this.calls.push({ action, caller, status });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private refuseIfToldTo(action: string, { account }: Scope): void {
    const refusal = this.refusals.find(
      (one) => one.action === action && (one.account ?? account) === account && one.times > 0,
    );
    if (refusal === undefined) return;
    refusal.times -= 1;
    throw refusal.error;
  }
}

/** What a role of an account may not do. */
export function accessDenied(action: string): ServiceError {
  return new ServiceError(403, 'AccessDenied', `not authorized to perform ${action}`);
}
