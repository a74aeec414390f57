import { type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

/**
 * The client's own way to try calls again, until the connection is closed: a call that waits for its next try is not made then. The client would
 * make it on a channel that is shut, from a timer, and that ends the process.
 *
 * @param closed is aborted before the connection is closed
 */
export function retriesUntil(closed: AbortSignal): Interceptor {
  const usual = defaultGrpcRetryOptions();
  const retried = makeGrpcRetryInterceptor({
    ...usual,
    retryableDecider: (attempt, status) => !closed.aborted && usual.retryableDecider(attempt, status),
  });
  return (options, nextCall) => retried(options, (sent) => (closed.aborted ? noCall : nextCall(sent)));
}

const nothing = () => undefined;

/** Nobody waits for it: whoever closed the connection has ended. */
const noCall = {
  ...{ cancelWithStatus: nothing, start: nothing, sendMessageWithContext: nothing, sendMessage: nothing },
  ...{ startRead: nothing, halfClose: nothing, getAuthContext: () => null, getPeer: () => '' },
} as unknown as Call;
