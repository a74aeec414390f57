import { defaultPayloadConverter } from '@temporalio/common';
import {
  contextIn,
  headersFrom,
  parseTraceparent,
  spanIdOf,
  traceIdOf,
  traceparentOf,
} from '../../../../src/core/traces/traceContext';

const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };
const text = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a traceparent is written and read', () => {
  expect(traceparentOf(context)).toBe(text);
  expect(parseTraceparent(text)).toEqual(context);
  expect(parseTraceparent(text.replace(/01$/, '00'))).toEqual({ ...context, sampled: false });
  // Of a later version, which may say more.
  expect(parseTraceparent(`01${text.slice(2)}-more`)).toEqual(context);
});

test.each([
  'x',
  '',
  null,
  text.toUpperCase(),
  `${text}-more`,
  text.replace(/^00/, 'ff'),
  text.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
  text.replace('b7ad6b7169203331', '0'.repeat(16)),
])('%j is none', (given) => {
  expect(parseTraceparent(given)).toBeNull();
});

test('a header takes it along, beside those of others, as the interceptors of Temporal have it', () => {
  const other = defaultPayloadConverter.toPayload('x');
  const headers = headersFrom(context, { other });
  expect(headers.other).toBe(other);
  expect(contextIn(headers)).toEqual(context);
  const payload = headers['_tracer-data'];
  expect(payload && defaultPayloadConverter.fromPayload(payload)).toEqual({ traceparent: text });
});

test.each([
  ['none', {}],
  ['one that no converter reads', { '_tracer-data': { metadata: {}, data: Buffer.from('x') } }],
  ['one of another shape', { '_tracer-data': defaultPayloadConverter.toPayload(null) }],
])('of %s it is null', (_name, headers) => {
  expect(contextIn(headers)).toBeNull();
});

test('identifiers come from texts, always the same, and differ with them', () => {
  expect(traceIdOf('a')).toMatch(/^[\da-f]{32}$/);
  expect(spanIdOf('a')).toMatch(/^[\da-f]{16}$/);
  expect([traceIdOf('a'), spanIdOf('a')]).toEqual([traceIdOf('a'), spanIdOf('a')]);
  const many = Array.from({ length: 10_000 }, (_, i) => `recovery-point/${i}`);
  expect(new Set(many.map(spanIdOf)).size).toBe(many.length);
  // A share of traces is chosen by their last digits.
  const chosen = many.filter((one) => parseInt(traceIdOf(one).slice(-8), 16) < 0.25 * 2 ** 32).length;
  expect(chosen / many.length).toBeCloseTo(0.25, 1);
});
