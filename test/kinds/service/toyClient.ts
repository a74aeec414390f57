import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Scope } from '../../../src/core/catalogue/copy';
import { type FailureType, failureTypes } from '../../../src/core/failure';

/** What the codes of a service mean. */
export type ErrorTable = Readonly<Record<string, FailureType>>;

export interface Answer<T> {
  readonly result: T;
  /** The service's clock, epoch milliseconds. */
  readonly at: number;
}

/** Codes that every toy service has. */
const common: ErrorTable = {
  AccessDenied: failureTypes.configuration,
  NotFound: failureTypes.notFound,
  Throttled: failureTypes.transient,
  Unavailable: failureTypes.transient,
};

/** Calls a toy service, whose address a variable of the environment has; throws failures of core/failure.ts only. */
export class ToyClient {
  constructor(
    private readonly variable: string,
    private readonly errors: ErrorTable,
  ) {}

  async ask<T>(action: string, caller: Scope, input: object, signal?: AbortSignal): Promise<Answer<T>> {
    const where = `${action} (${caller.account}/${caller.region})`;
    const url = process.env[this.variable];
    if (url === undefined) throw applicationFailure(failureTypes.configuration, `${this.variable} is not set`);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/${action}`, {
        method: 'POST',
        body: JSON.stringify({ caller, input }),
        signal: signal ?? null,
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw applicationFailure(failureTypes.transient, `${where}: no answer`, { cause: error as Error });
    }
    const answer = JSON.parse(text) as Answer<T> & { code: string; message: string };
    if (response.ok) return answer;
    const type = this.errors[answer.code] ?? common[answer.code] ?? failureTypes.refused;
    throw applicationFailure(type, `${where}: ${answer.code}: ${answer.message}`);
  }
}
