import { type TraceContext } from './traceContext';

/** `server`: asked by another process; `client`: asks one; `internal`: neither. */
export type SpanKind = 'internal' | 'server' | 'client';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has ended: plain data, which workflow code can hand over. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Null: it is the root of its trace. */
  readonly parentSpanId: string | null;
  /** Of few names that there are: what differs from one to the next is an attribute. */
  readonly name: string;
  readonly kind: SpanKind;
  /** Epoch milliseconds. */
  readonly begun: number;
  /** Epoch milliseconds. */
  readonly ended: number;
  readonly attributes: SpanAttributes;
  /** The type of its failure, never its words; null: it did not fail. */
  readonly error: string | null;
  /** Spans of other traces that it comes from. */
  readonly links: readonly TraceContext[];
}

/** How workflow code hands over its spans; a worker without traces has no such sink, and workflow code that knows that. */
export type TraceSinks = { readonly traces: { ended: (span: Span) => void } };

/** A worker with traces sets it in the global scope of workflow code. It decides on spans and headers alone, never on a command. */
export const tracesSwitch = '__FARCOPY_TRACES__';
