import { GcsError } from '../../../../src/clouds/gcp/classifyGcsError';
import { toldCall } from '../../../../src/clouds/gcp/toldCall';
import { type EndedCall } from '../../../../src/clouds/tellCalls';

/** What is told of a call to GCS that ends so. */
async function told(work: () => Promise<unknown>, signal?: AbortSignal): Promise<EndedCall | undefined> {
  const calls: EndedCall[] = [];
  await toldCall('storage.objects.list', (call) => calls.push(call), signal, work).catch(() => undefined);
  expect(calls).toHaveLength(1);
  return calls[0];
}
const refusal =
  (status: number, reason = '') =>
  () =>
    Promise.reject(new GcsError(status, reason, 'm', null));

test('a call is told by the permission that it needs, with its status', async () => {
  expect(await told(() => Promise.resolve())).toMatchObject({
    ...{ cloud: 'gcp', service: 'storage', operation: 'storage.objects.list', outcome: 'done', httpStatus: 200 },
  });
});

test.each([
  ['throttled', refusal(429), 429],
  ['throttled', refusal(403, 'rateLimitExceeded'), 403],
  ['denied', refusal(403), 403],
  ['unavailable', refusal(503), 503],
  ['refused', refusal(404), 404],
  ['unavailable', () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' })), null],
])('one is %s: %s', async (outcome, work, httpStatus) => {
  expect(await told(work)).toMatchObject({ outcome, httpStatus });
});

test('what we have aborted ourselves is no fault of theirs', async () => {
  expect(await told(refusal(503), AbortSignal.abort())).toMatchObject({ outcome: 'aborted' });
});

test('the call fails as it did, whoever listens', async () => {
  await expect(toldCall('x', undefined, undefined, refusal(404))).rejects.toBeInstanceOf(GcsError);
});
