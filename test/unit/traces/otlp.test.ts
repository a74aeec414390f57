import { type Span } from '../../../src/core/traces/span';
import { otlpJson, otlpProtobuf } from '../../../src/traces/otlp';
import { spansOf } from '../../support/otlpReceiver';

const span: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  name: 'startStep copy – ü',
  kind: 'client',
  begun: 1_795_226_400_123,
  ended: 1_795_226_460_456,
  attributes: { 'farcopy.place': 'x'.repeat(300), 'temporal.activity.attempt': 300, yes: true },
  error: 'Configuration',
  links: [{ traceId: 'ffffffffffffffffffffffffffffffff', spanId: '1111111111111111', sampled: true }],
};
const root: Span = { ...span, parentSpanId: null, error: null, links: [], kind: 'server', attributes: {} };
const resource = { 'service.name': 'farcopy', 'process.pid': 12 };

describe.each([
  ['http/protobuf', otlpProtobuf, 'application/x-protobuf'],
  ['http/json', otlpJson, 'application/json'],
])('spans by %s', (_name, encode, contentType) => {
  test('are read by others as they are', () => {
    expect(spansOf(encode(resource, [span, root]), contentType)).toEqual([
      {
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        kind: 3,
        begun: 1_795_226_400_123_000_000n,
        ended: 1_795_226_460_456_000_000n,
        attributes: {
          'farcopy.place': 'x'.repeat(300),
          'temporal.activity.attempt': '300',
          yes: true,
          'error.type': 'Configuration',
        },
        links: [{ traceId: 'ffffffffffffffffffffffffffffffff', spanId: '1111111111111111' }],
        failed: true,
        sampled: true,
        resource: { 'service.name': 'farcopy', 'process.pid': '12' },
      },
      expect.objectContaining({ parentSpanId: '', kind: 2, failed: false, links: [], attributes: {} }),
    ]);
  });
});
