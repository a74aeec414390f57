import { type AssumedRole } from './assumedRole';
import { classifyAwsError } from './classifyAwsError';

/** The part that all clients of the SDK share. */
export interface Client {
  readonly middlewareStack: {
    add(middleware: (next: Next) => Next, options: { step: 'initialize'; priority: 'high'; name: string }): void;
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's middleware is typed by each client's own inputs
type Next = (args: any) => Promise<any>;

/**
 * A session may end before its time (a revoked one, a clock that is off). A request refused for that is sent once more
 * with a new one.
 */
export function assumeAgainWhenExpired<C extends Client>(client: C, role: AssumedRole): C {
  client.middlewareStack.add(
    (next: Next) => async (args: unknown) => {
      const { accessKeyId } = await role.credentials();
      try {
        return (await next(args)) as unknown;
      } catch (error) {
        if (!isExpired(error)) throw error;
        role.drop(accessKeyId);
        return (await next(args)) as unknown;
      }
    },
    { step: 'initialize', priority: 'high', name: 'assumeAgainWhenExpired' },
  );
  return client;
}

/** S3 answers HEAD without a body, and so without a code: then 400 may mean that, and hardly means anything else. */
function isExpired(error: unknown): boolean {
  const { code } = classifyAwsError(error);
  const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return /^ExpiredToken/.test(code) || (httpStatusCode === 400 && /^(400|Unknown|UnknownError)$/.test(code));
}
