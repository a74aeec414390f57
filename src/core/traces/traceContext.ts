import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { hash64 } from '../naming';

/** A span, as others refer to it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** False: whoever began the trace wants none of its spans. */
  readonly sampled: boolean;
}

/**
 * The header of Temporal's own interceptors for OpenTelemetry, so that programs which use those and Farcopy read each other's. No codec
 * encrypts headers: this one has identifiers of spans in it and nothing else.
 */
const headerName = '_tracer-data';

/** The span that a message comes from; null: it tells none, or none that can be read. */
export function contextIn(headers: Headers): TraceContext | null {
  const payload = headers[headerName];
  if (payload === undefined) return null;
  try {
    const carrier = defaultPayloadConverter.fromPayload<{ readonly traceparent?: unknown } | null>(payload);
    return parseTraceparent(carrier?.traceparent);
  } catch {
    return null;
  }
}

/** The headers of a message that comes from this span. */
export function headersFrom(context: TraceContext, headers: Headers): Headers {
  return { ...headers, [headerName]: defaultPayloadConverter.toPayload({ traceparent: traceparentOf(context) }) };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Later versions may be longer; no sender has a reason for more. */
const longest = 512;

/** Null of what is no `traceparent`. */
export function parseTraceparent(text: unknown): TraceContext | null {
  if (typeof text !== 'string' || text.length > longest) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(text) ?? [];
  const isOf = version !== undefined && version !== 'ff' && (version !== '00' || more === undefined);
  if (!isOf || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 };
}

/** The same text, the same trace: workflow code may not ask for chance, and is run again and again. */
export const traceIdOf = (text: string): string => `${hexOf(`trace/${text}`)}${hexOf(`${text}/trace`)}`;

/** The same text, the same span. */
export const spanIdOf = (text: string): string => hexOf(`span/${text}`);

function hexOf(text: string): string {
  // Zero is no identifier.
  return (hash64(text) || 1n).toString(16).padStart(16, '0');
}
