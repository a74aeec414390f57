import { classifyAwsError, isThrottling } from './aws/classifyAwsError';
import { failureTypes } from '../core/failure';

/**
 * How one try of a call to a cloud came out. `throttled`: too many at once. `denied`: a permission, a key or credentials are wrong.
 * `unavailable`: a 5xx, or no answer. `refused`: any other 4xx, of which many are everyday ("there is no such snapshot"). `aborted`: by us.
 */
export const callOutcomes = ['done', 'throttled', 'denied', 'unavailable', 'refused', 'aborted'] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** One try of a call to a cloud that has ended. */
export interface EndedCall {
  readonly cloud: 'aws' | 'gcp';
  /** As the SDK of AWS calls it, in lower case: `s3`, `kms`; of GCP `storage`. */
  readonly service: string;
  /** As AWS calls it: `DescribeKey`; of GCP the permission that it needs: `storage.objects.list`. */
  readonly operation: string;
  /** Empty of GCP. */
  readonly region: string;
  readonly outcome: CallOutcome;
  /** Epoch milliseconds. */
  readonly begun: number;
  readonly ended: number;
  /** Null: there was no answer. */
  readonly httpStatus: number | null;
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
      return async (args: unknown) => {
        const begun = Date.now();
        const tell = (outcome: CallOutcome, httpStatus: number | null) =>
          listener({ cloud: 'aws', service, operation, region, outcome, begun, ended: Date.now(), httpStatus });
        try {
          const answer = (await next(args)) as unknown;
          tell('done', statusOf((answer as { readonly output?: unknown }).output));
          return answer;
        } catch (error) {
          tell(outcomeOf(error), statusOf(error));
          throw error;
        }
      };
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tellCalls' },
  );
}

/** Of an answer, or of an error that is one. */
function statusOf(told: unknown): number | null {
  const { httpStatusCode } =
    (told as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata ?? {};
  return httpStatusCode ?? null;
}

function outcomeOf(error: unknown): CallOutcome {
  if ((error as { name?: unknown } | null)?.name === 'AbortError') return 'aborted';
  if (isThrottling(error)) return 'throttled';
  // KMS means a key that is missing by a code that S3 answers for any object.
  if (statusOf(error) === 404) return 'refused';
  switch (classifyAwsError(error).type) {
    case failureTypes.configuration:
      return 'denied';
    case failureTypes.transient:
      return 'unavailable';
    default:
      return 'refused';
  }
}
