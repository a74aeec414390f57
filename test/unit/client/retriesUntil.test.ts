import { retriesUntil } from '../../../src/client/retriesUntil';

type Interceptor = ReturnType<typeof retriesUntil>;
type NextCall = Parameters<Interceptor>[1];
type Listener = Parameters<ReturnType<NextCall>['start']>[1];

const unavailable = { code: 14, details: 'no connection established', metadata: {} } as never;

/** A channel whose calls fail at once; once it is shut, none can be made, as gRPC has it. */
class Channel {
  made = 0;
  isShut = false;

  readonly nextCall = (() => {
    if (this.isShut) throw new Error('Channel has been shut down');
    this.made += 1;
    return {
      start: (_: unknown, listener: Listener) => listener?.onReceiveStatus?.(unavailable),
      sendMessage: () => undefined,
      halfClose: () => undefined,
    };
  }) as unknown as NextCall;
}

describe('a call that waits for its next try', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const waiting = (closed: AbortSignal) => {
    const channel = new Channel();
    retriesUntil(closed)({} as never, channel.nextCall).start({} as never, {});
    return channel;
  };

  it('is tried again', () => {
    const channel = waiting(new AbortController().signal);
    jest.runOnlyPendingTimers();
    expect(channel.made).toBe(2);
  });

  it('is not made on a channel that has been shut, which would end the process from a timer', () => {
    const closed = new AbortController();
    const channel = waiting(closed.signal);
    closed.abort();
    channel.isShut = true;
    expect(() => jest.runAllTimers()).not.toThrow();
    expect(channel.made).toBe(1);
  });
});
