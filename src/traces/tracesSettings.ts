import { validateHeaderName, validateHeaderValue } from 'node:http';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type SpanAttributes } from '../core/traces/span';
import { version } from '../core/version';

/** How spans are exported. */
export interface TracesConfig {
  /** Where they are posted to. */
  readonly endpoint: URL;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** May hold a secret: never told. */
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /** How long one try may take. */
  readonly timeoutMs: number;
  /** The share of traces that is exported, 0 to 1. */
  readonly share: number;
  readonly resource: SpanAttributes;
  /** How long a span waits for others. */
  readonly delayMs: number;
  /** Spans that wait at most: what is more is lost. */
  readonly mostWaiting: number;
  readonly mostTogether: number;
}

export interface TracesSettings {
  /** Null: nothing is traced. */
  readonly config: TracesConfig | null;
  /** Settings that cannot be followed. Nothing is traced then: no backup is to fail for a trace. */
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const usualEndpoint = 'http://localhost:4318';

/** The shares of the samplers that need no further word. Farcopy decides by the trace, so what depends on a parent is the same. */
const samplers: Readonly<Record<string, number | null>> = {
  always_on: 1,
  always_off: 0,
  traceidratio: null,
  parentbased_always_on: 1,
  parentbased_always_off: 0,
  parentbased_traceidratio: null,
};

/**
 * Reads the variables of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/, docs/metrics.md). An
 * empty one is as good as none.
 */
export function tracesSettings(environment: Environment): TracesSettings {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const ofTraces = (name: string) => read(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? read(`OTEL_EXPORTER_OTLP_${name}`);
  const exporter = read('OTEL_TRACES_EXPORTER');
  const isWanted = exporter !== undefined || ofTraces('ENDPOINT') !== undefined;
  if (!isWanted || exporter === 'none' || read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true')
    return { config: null, problems: [] };

  const problems: string[] = [];
  const oneOf = <T extends string>(name: string, given: string, known: readonly T[]): T | undefined => {
    const found = known.find((one) => one === given);
    if (found === undefined) problems.push(`${name} is ${given}: it can be ${known.join(' or ')}`);
    return found;
  };
  const number = (name: string, given: string | undefined, usual: number, least: number, most: number): number => {
    const value = given === undefined ? usual : Number(given);
    if (value >= least && value <= most) return value;
    problems.push(`${name} is ${given}: it can be a number from ${least} to ${most}`);
    return usual;
  };
  const milliseconds = (name: string, given: string | undefined, usual: number) =>
    number(name, given, usual, 1, 3_600_000);

  if (exporter !== undefined) oneOf('OTEL_TRACES_EXPORTER', exporter, ['otlp', 'none']);
  const protocol = oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', ofTraces('PROTOCOL') ?? 'http/protobuf', [
    'http/protobuf',
    'http/json',
  ]);
  const compression = oneOf('OTEL_EXPORTER_OTLP_COMPRESSION', ofTraces('COMPRESSION') ?? 'none', ['none', 'gzip']);
  const sampler = oneOf('OTEL_TRACES_SAMPLER', read('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on', [
    ...Object.keys(samplers),
  ]);
  const share = samplers[sampler ?? ''] ?? number('OTEL_TRACES_SAMPLER_ARG', read('OTEL_TRACES_SAMPLER_ARG'), 1, 0, 1);
  const endpoint = endpointOf(read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), read('OTEL_EXPORTER_OTLP_ENDPOINT'));
  if (endpoint === null) problems.push('OTEL_EXPORTER_OTLP_ENDPOINT is no URL of http or https');
  const headers = pairs(ofTraces('HEADERS'));
  // Quoted, it might tell the secret that was meant to be the value.
  if (!Object.entries(headers).every(([name, value]) => isHeader(name, value)))
    problems.push('OTEL_EXPORTER_OTLP_HEADERS has what is no header: it can be name=value,name=value');
  const queue = number('OTEL_BSP_MAX_QUEUE_SIZE', read('OTEL_BSP_MAX_QUEUE_SIZE'), 2048, 1, 1_000_000);
  const batch = number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', read('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'), 512, 1, 10_000);
  const timeoutMs = milliseconds('OTEL_EXPORTER_OTLP_TIMEOUT', ofTraces('TIMEOUT'), 10_000);
  const delayMs = milliseconds('OTEL_BSP_SCHEDULE_DELAY', read('OTEL_BSP_SCHEDULE_DELAY'), 5_000);
  if (problems.length > 0 || endpoint === null || protocol === undefined) return { config: null, problems };

  const { 'service.name': named = 'farcopy', ...given } = pairs(read('OTEL_RESOURCE_ATTRIBUTES'));
  return {
    config: {
      endpoint,
      protocol,
      headers,
      gzip: compression === 'gzip',
      timeoutMs,
      share,
      resource: {
        'service.name': read('OTEL_SERVICE_NAME') ?? named,
        'service.version': version,
        'service.instance.id': randomUUID(),
        'host.name': hostname(),
        'process.pid': process.pid,
        ...given,
      },
      delayMs,
      mostWaiting: queue,
      mostTogether: Math.min(batch, queue),
    },
    problems,
  };
}

/** What names traces alone is taken as it stands; what is of all signals lacks their path. */
function endpointOf(ofTraces: string | undefined, ofAll = usualEndpoint): URL | null {
  try {
    const url = new URL(ofTraces ?? `${ofAll.replace(/\/+$/, '')}/v1/traces`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** `key=value,key=value`, escaped as in a URL (https://www.w3.org/TR/baggage/); what is none is left out. */
function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function pairs(text = ''): Record<string, string> {
  return Object.fromEntries(
    text.split(',').flatMap((pair): [string, string][] => {
      const [, key = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (key === '') return [];
      try {
        return [[decodeURIComponent(key), decodeURIComponent(value)]];
      } catch {
        return [];
      }
    }),
  );
}
