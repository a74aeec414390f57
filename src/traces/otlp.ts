import { type Span, type SpanAttributes, type SpanKind } from '../core/traces/span';
import { version } from '../core/version';
import { fixed64, joined, message, text, varint } from './protobuf';

/** https://github.com/open-telemetry/opentelemetry-proto/blob/v1.5.0/opentelemetry/proto/trace/v1/trace.proto */
const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const failed = 2;
const sampledFlag = 1;

const scope = { name: 'farcopy', version };

/** The body of a request by the protocol `http/json`. */
export function otlpJson(resource: SpanAttributes, spans: readonly Span[]): Buffer {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: jsonAttributes(resource) },
        scopeSpans: [{ scope, spans: spans.map(jsonSpan) }],
      },
    ],
  };
  return Buffer.from(JSON.stringify(body));
}

function jsonSpan(span: Span) {
  const { traceId, spanId, parentSpanId, name, kind, begun, ended, attributes, error, links } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    flags: sampledFlag,
    name,
    kind: kinds[kind],
    startTimeUnixNano: String(nanoseconds(begun)),
    endTimeUnixNano: String(nanoseconds(ended)),
    attributes: jsonAttributes(attributesOf(attributes, error)),
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    status: error === null ? {} : { code: failed },
  };
}

function jsonAttributes(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { intValue: String(Math.round(value)) },
  }));
}

/** The body of a request by the protocol `http/protobuf`: an `ExportTraceServiceRequest`. */
export function otlpProtobuf(resource: SpanAttributes, spans: readonly Span[]): Buffer {
  const scopeSpans = [message(1, [text(1, scope.name), text(2, scope.version)]), ...spans.map(protobufSpan)];
  const resourceSpans = [message(1, protobufAttributes(1, resource)), message(2, scopeSpans)];
  return joined([message(1, resourceSpans)]);
}

function protobufSpan(span: Span): Buffer {
  const { traceId, spanId, parentSpanId, name, kind, begun, ended, attributes, error, links } = span;
  return message(2, [
    ...protobufIds(traceId, spanId),
    ...(parentSpanId === null ? [] : [message(4, [Buffer.from(parentSpanId, 'hex')])]),
    text(5, name),
    varint(6, kinds[kind]),
    fixed64(7, nanoseconds(begun)),
    fixed64(8, nanoseconds(ended)),
    ...protobufAttributes(9, attributesOf(attributes, error)),
    ...links.map((link) => message(13, protobufIds(link.traceId, link.spanId))),
    ...(error === null ? [] : [message(15, [varint(3, failed)])]),
    fixed32Flags,
  ]);
}

/** `flags`, field 16. */
const fixed32Flags = Buffer.from([0x85, 0x01, sampledFlag, 0, 0, 0]);

const protobufIds = (traceId: string, spanId: string) => [
  message(1, [Buffer.from(traceId, 'hex')]),
  message(2, [Buffer.from(spanId, 'hex')]),
];

function protobufAttributes(field: number, attributes: SpanAttributes): Buffer[] {
  return Object.entries(attributes).map(([key, value]) => {
    const any =
      typeof value === 'string'
        ? text(1, value)
        : typeof value === 'boolean'
          ? varint(2, Number(value))
          : varint(3, Math.round(value));
    return message(field, [text(1, key), message(2, [any])]);
  });
}

const attributesOf = (attributes: SpanAttributes, error: string | null): SpanAttributes =>
  error === null ? attributes : { ...attributes, 'error.type': error };

const nanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds)) * 1_000_000n;
