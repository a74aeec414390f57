import { type Span } from '../../../src/core/traces/span';
import { SpanExporter } from '../../../src/traces/spanExporter';
import { type TracesConfig, tracesSettings } from '../../../src/traces/tracesSettings';
import { eventually } from '../../support/eventually';
import { OtlpReceiver } from '../../support/otlpReceiver';

let receiver: OtlpReceiver;
let told: string[];

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  told = [];
});
afterEach(() => receiver.stop());

function exporterWith(changes: Partial<TracesConfig> = {}): SpanExporter {
  const { config } = tracesSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  if (config === null) throw new Error('nothing is traced');
  return new SpanExporter({ ...config, ...changes }, (line) => told.push(line));
}

let made = 0;
function span(changes: Partial<Span> = {}): Span {
  made += 1;
  const spanId = made.toString(16).padStart(16, '0');
  return {
    ...{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId, parentSpanId: null, name: 'x', kind: 'internal' },
    ...{ begun: 1, ended: 2, attributes: {}, error: null, links: [] },
    ...changes,
  };
}
const names = () => receiver.spans.map(({ name }) => name);

test('spans are sent together, with the headers that were asked for, and the last ones at the end', async () => {
  const exporter = exporterWith({ gzip: true, headers: { authorization: 'Bearer x' }, mostTogether: 2 });
  for (const name of ['a', 'b', 'c']) exporter.take(span({ name }));
  await exporter.close(5_000);
  expect(names()).toEqual(['a', 'b', 'c']);
  expect(receiver.requests.map(({ path, headers }) => [path, headers.authorization, headers['content-type']])).toEqual(
    Array(2).fill(['/v1/traces', 'Bearer x', 'application/x-protobuf']),
  );
  expect(told).toEqual([]);
});

test('a span that is told again is sent once', async () => {
  const exporter = exporterWith();
  const one = span();
  exporter.take(one);
  exporter.take(one);
  await exporter.close(5_000);
  exporter.take(span());
  expect(receiver.spans).toHaveLength(1);
});

test('a receiver that is busy is asked again, one that refuses is not, and the log says what is lost', async () => {
  const answers = [503, 200, 400];
  receiver.react = () => answers.shift() ?? 200;
  const exporter = exporterWith({ delayMs: 1 });
  exporter.take(span({ name: 'late' }));
  await eventually('the second try', () => Promise.resolve(names().length === 1));
  exporter.take(span({ name: 'refused' }));
  await exporter.close(5_000);
  expect([names(), receiver.requests.length]).toEqual([['late'], 3]);
  expect(told).toEqual(['1 spans are lost: the receiver of traces answers 400']);
});

test('a receiver that says nothing holds up nobody, and what does not fit is lost', async () => {
  receiver.react = () => null;
  const exporter = exporterWith({ mostTogether: 1, mostWaiting: 2 });
  for (let i = 0; i < 10; i += 1) exporter.take(span());
  const since = Date.now();
  await exporter.close(200);
  expect(Date.now() - since).toBeLessThan(1_500);
  expect(told.join('\n')).toMatch(/spans are lost: the queue is full\n.*spans are lost: /);
  const lost = told.map((line) => Number(line.split(' ')[0])).reduce((sum, count) => sum + count, 0);
  expect(lost).toBe(10);
});

test('a share of traces is sent, whole or not at all', async () => {
  const exporter = exporterWith({ share: 0.5 });
  const traces = ['7fffffff', '80000001'].map((end) => `0af7651916cd43dd8448eb21${end}`);
  for (const traceId of [...traces, ...traces]) exporter.take(span({ traceId }));
  await exporter.close(5_000);
  expect(receiver.spans.map(({ traceId }) => traceId)).toEqual([traces[0], traces[0]]);
});
