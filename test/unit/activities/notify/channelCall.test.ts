import { channelCall } from '../../../../src/activities/notify/channelCall';
import { HttpRefusal } from '../../../../src/activities/notify/channelErrors';

const call = { subject: 'channel on-call', secrets: ['t0psecret'], limitSeconds: 20 };
const never = new AbortController().signal;
const refused = (...given: ConstructorParameters<typeof HttpRefusal>) =>
  channelCall(call, never, () => Promise.reject(new HttpRefusal(...given)));

test('who does not answer within its time is tried again later', async () => {
  const told = channelCall({ ...call, limitSeconds: 0.01 }, never, (signal) => {
    // Keeps the process of the test: a timer of an AbortSignal does not.
    const waiting = setTimeout(() => undefined, 60_000);
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        clearTimeout(waiting);
        reject(new Error('aborted'));
      }),
    );
  });
  await expect(told).rejects.toMatchObject({
    type: 'Transient',
    message: 'channel on-call: it did not answer within 0.01 s',
  });
});

test('what its caller cuts short is no failure of the channel', async () => {
  const caller = new AbortController();
  const cut = new Error('cut short');
  caller.abort();
  await expect(channelCall(call, caller.signal, () => Promise.reject(cut))).rejects.toBe(cut);
});

test('an answer is told in one line that nothing obeys, without a secret, and not whole where it is a page', async () => {
  const page = `\u001b[2Jyour t0psecret\n${'x'.repeat(5000)}`;
  const failure = (await refused(403, null, page).catch((error: unknown) => error)) as Error;
  expect(failure.message).toContain('HTTP 403: \\u{1b}[2Jyour …\\u{a}xxx');
  expect(failure.message).toContain('; look at its URL and at what its variable holds');
  expect(failure.message.length).toBeLessThan(500);
  expect(failure.cause).toBeUndefined();
});

test('nobody is left alone for longer than an hour', async () => {
  await expect(refused(503, 86_400, '')).rejects.toMatchObject({ nextRetryDelay: 3_600_000 });
});
