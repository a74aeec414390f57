import { type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { parse } from 'protobufjs';
import { LocalHttp } from './localHttp';

/** The parts of opentelemetry-proto v1.5.0 that spans need: what Farcopy encodes by hand is read by another reader. */
const proto = parse(`syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16;
  string name = 5; uint32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
}
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; uint32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`).root.lookupType('ExportTraceServiceRequest');

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly boolValue?: boolean; readonly intValue?: string };
}
type Id = string | Uint8Array;

interface WireSpan {
  readonly traceId: Id;
  readonly spanId: Id;
  readonly parentSpanId?: Id;
  readonly flags?: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly traceId: Id; readonly spanId: Id }[];
  readonly status?: { readonly code?: number };
}

/** What both protocols of OTLP/HTTP come to. */
interface Wire {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly WireSpan[] }[];
  }[];
}

type Attributes = Readonly<Record<string, string | boolean>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  /** Epoch nanoseconds. */
  readonly begun: bigint;
  readonly ended: bigint;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
  readonly sampled: boolean;
  readonly resource: Attributes;
}

/** A receiver of traces by OTLP/HTTP that listens on this machine, and keeps what comes. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[] = [];
  /** The status of the next answer; null: none comes. */
  react: () => number | null = () => 200;
  private readonly server = new LocalHttp((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      this.requests.push({ path: request.url ?? '', headers: request.headers, body });
      const status = this.react();
      if (status === null) return;
      if (status === 200) this.spans.push(...spansOf(body, request.headers['content-type'] ?? ''));
      response.writeHead(status).end();
    });
  });

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await receiver.server.listen();
    return receiver;
  }

  get url(): string {
    return this.server.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** The spans of a request, by its content type. */
export function spansOf(body: Buffer, contentType: string): ReceivedSpan[] {
  const { resourceSpans } = (
    contentType === 'application/json'
      ? JSON.parse(body.toString())
      : proto.toObject(proto.decode(body), { longs: String })
  ) as Wire;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => received(span, attributesOf(resource.attributes)))),
  );
}

function received(span: WireSpan, resource: Attributes): ReceivedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, attributes = [], links = [], status, flags = 0 } = span;
  return {
    traceId: hex(traceId),
    spanId: hex(spanId),
    parentSpanId: hex(parentSpanId),
    name,
    kind,
    begun: BigInt(span.startTimeUnixNano),
    ended: BigInt(span.endTimeUnixNano),
    attributes: attributesOf(attributes),
    links: links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    failed: status?.code === 2,
    sampled: (flags & 1) === 1,
    resource,
  };
}

const hex = (id: Id): string => (typeof id === 'string' ? id : Buffer.from(id).toString('hex'));

function attributesOf(pairs: readonly KeyValue[]): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? String(value.intValue)]),
  );
}
