import { classifyAwsError, isThrottling } from './aws/classifyAwsError';
import { failureTypes } from '../core/failure';

/**
 * How one try of a call to AWS came out. `throttled`: too many at once. `denied`: a permission, a key or credentials are wrong.
 * `unavailable`: a 5xx, or no answer. `refused`: any other 4xx, of which many are everyday ("there is no such snapshot"). `aborted`: by us.
 */
export const callOutcomes = ['done', 'throttled', 'denied', 'unavailable', 'refused', 'aborted'] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** One try of a call to AWS that has ended. */
export interface EndedCall {
  /** As the SDK calls it, in lower case: `s3`, `kms`. */
  readonly service: string;
  /** As AWS calls it: `DescribeKey`. */
  readonly operation: string;
  readonly region: string;
  readonly outcome: CallOutcome;
}

export type CallListener = (call: EndedCall) => void;

/** The part of a client of the SDK that takes middleware around each try. */
interface Observable {
  readonly middlewareStack: {
    add(
      middleware: (next: Next, context: Context) => Next,
      options: { step: 'finalizeRequest'; priority: 'low'; name: string },
    ): void;
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's middleware is typed by each client's own inputs
type Next = (args: any) => Promise<any>;
interface Context {
  readonly clientName?: string;
  readonly commandName?: string;
}

/** Tells each try of each call of a client, behind the SDK's own retries: what it tries again in silence is told too. */
export function tellCalls(client: object, region: string, listener: CallListener): void {
  (client as Observable).middlewareStack.add(
    (next, { clientName = '', commandName = '' }) => {
      const service = clientName.replace(/Client$/, '').toLowerCase();
      const operation = commandName.replace(/Command$/, '');
      const tell = (outcome: CallOutcome) => listener({ service, operation, region, outcome });
      return async (args: unknown) => {
        try {
          const answer = (await next(args)) as unknown;
          tell('done');
          return answer;
        } catch (error) {
          tell(outcomeOf(error));
          throw error;
        }
      };
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tellCalls' },
  );
}

function outcomeOf(error: unknown): CallOutcome {
  if ((error as { name?: unknown } | null)?.name === 'AbortError') return 'aborted';
  if (isThrottling(error)) return 'throttled';
  // KMS means a key that is missing by a code that S3 answers for any object.
  const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  if (httpStatusCode === 404) return 'refused';
  switch (classifyAwsError(error).type) {
    case failureTypes.configuration:
      return 'denied';
    case failureTypes.transient:
      return 'unavailable';
    default:
      return 'refused';
  }
}
