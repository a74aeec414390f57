import { tracesSettings } from '../../../src/traces/tracesSettings';

const configOf = (environment: Record<string, string>) => {
  const { config, problems } = tracesSettings(environment);
  expect(problems).toEqual([]);
  return config;
};
const endpoint = 'http://collector:4318';

test.each([
  [{}],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }],
  [{ OTEL_SERVICE_NAME: 'farcopy' }],
])('nothing is traced by %j', (environment) => {
  expect(configOf(environment)).toBeNull();
});

test.each([
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 'http://collector:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x.example/otlp/' }, 'https://x.example/otlp/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://x.example/mine' }, 'https://x.example/mine'],
])('%j sends to %s', (environment, url) => {
  expect(configOf(environment)?.endpoint.href).toBe(url);
});

test('all else is as OpenTelemetry says, unless it is told otherwise', () => {
  expect(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toMatchObject({
    ...{ protocol: 'http/protobuf', headers: {}, gzip: false, timeoutMs: 10_000, share: 1 },
    ...{ delayMs: 5_000, mostWaiting: 2048, mostTogether: 512 },
    resource: { 'service.name': 'farcopy', 'process.pid': process.pid },
  });
  expect(
    configOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x,tenant=a',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment=prod',
      OTEL_SERVICE_NAME: 'backups',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
    }),
  ).toMatchObject({
    ...{ protocol: 'http/json', gzip: true, timeoutMs: 3_000, share: 0.25, delayMs: 200 },
    ...{ mostWaiting: 100, mostTogether: 100 },
    headers: { authorization: 'Bearer x', tenant: 'a' },
    resource: { 'service.name': 'backups', 'deployment.environment': 'prod' },
  });
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
])('%s=%s traces nothing and says why, and stops no worker', (name, value) => {
  const { config, problems } = tracesSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, [name]: value });
  expect([config, problems]).toEqual([null, [expect.stringContaining(name)]]);
});

test.each(['x-api-key:eyJsecret=', 'a=eyJsecret%0d%0ax: y'])(
  'a header that is none is told, and not what is in it',
  (headers) => {
    const { config, problems } = tracesSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: headers,
    });
    expect(config).toBeNull();
    expect(problems).toEqual([expect.stringContaining('OTEL_EXPORTER_OTLP_HEADERS')]);
    expect(problems.join()).not.toContain('secret');
  },
);
