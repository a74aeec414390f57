import { type EndedCall } from '../../../src/clouds/tellCalls';
import { OpenSpan } from '../../../src/traces';

const call: EndedCall = {
  ...{ cloud: 'aws', service: 'rds', operation: 'DescribeDBClusters', region: 'eu-west-1' },
  ...{ outcome: 'throttled', begun: 1, ended: 2, httpStatus: 400 },
};
const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };
const opened = (changes: Partial<typeof parent> = {}) =>
  new OpenSpan({ name: 'try x', kind: 'server', parent: { ...parent, ...changes }, attributes: {} });

test('a call to a cloud is told beneath what made it, by how it came out', () => {
  const span = opened();
  span.calls(call);
  const [own, called] = span.end('Transient');
  expect(own).toMatchObject({ parentSpanId: parent.spanId, error: 'Transient' });
  expect(called).toMatchObject({
    ...{ traceId: parent.traceId, parentSpanId: own?.spanId, name: 'rds DescribeDBClusters', kind: 'client' },
    ...{ begun: 1, ended: 2, error: 'throttled' },
    attributes: { 'rpc.method': 'DescribeDBClusters', 'cloud.region': 'eu-west-1', 'http.response.status_code': 400 },
  });
});

test('of thousands of calls a hundred are told, and how many more there were', () => {
  const span = opened();
  for (let i = 0; i < 1_000; i += 1) span.calls(call);
  const spans = span.end(null);
  expect(spans).toHaveLength(101);
  expect(spans[0]?.attributes['farcopy.calls_untold']).toBe(900);
});

test('whom it asks is told where it comes from, also beyond the hundred', async () => {
  const span = opened();
  const asked = await span.asking('update x', {}, (from) => Promise.resolve(from));
  for (let i = 0; i < 1_000; i += 1) span.calls(call);
  expect(await span.asking('update y', {}, (from) => Promise.resolve(from))).toEqual(span.context);
  await expect(span.asking('update z', {}, () => Promise.reject(new TypeError('secret')))).rejects.toThrow('secret');
  const told = span.end(null).find(({ name }) => name === 'update x');
  expect(told).toMatchObject({ traceId: asked.traceId, spanId: asked.spanId, parentSpanId: span.context.spanId });
});

test('a trace that nobody wants is told to nobody, and stays unwanted further on', () => {
  const span = opened({ sampled: false });
  span.calls(call);
  expect(span.context.sampled).toBe(false);
  expect(span.end(null)).toEqual([]);
});
