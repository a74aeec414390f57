import { randomBytes } from 'node:crypto';
import { type EndedCall } from '../clouds/tellCalls';
import { type Span, type SpanAttributes, type SpanKind } from '../core/traces/span';
import { type TraceContext } from '../core/traces/traceContext';

/** Of what one activity calls, so many are told; how many more there were stands in its own span. */
const mostCalled = 100;

export interface OpenSpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  /** Null: it begins a trace. */
  readonly parent: TraceContext | null;
  readonly attributes: SpanAttributes;
}

/** What is under way in this process, with the spans of what it calls. All are told when it has ended, or none. */
export class OpenSpan {
  readonly context: TraceContext;
  private readonly begun = Date.now();
  private readonly called: Span[] = [];
  private untold = 0;

  constructor(private readonly options: OpenSpanOptions) {
    const { parent } = options;
    this.context = {
      traceId: parent?.traceId ?? randomId(16),
      spanId: randomId(8),
      sampled: parent?.sampled ?? true,
    };
  }

  /** A call to a cloud that has ended. */
  calls({ cloud, service, operation, region, outcome, begun, ended, httpStatus }: EndedCall): void {
    this.child(`${service} ${operation}`, this.idOfChild(), begun, ended, outcome === 'done' ? null : outcome, {
      'rpc.system': cloud === 'aws' ? 'aws-api' : 'gcp-api',
      'rpc.service': service,
      'rpc.method': operation,
      ...(region === '' ? {} : { 'cloud.region': region }),
      ...(httpStatus === null ? {} : { 'http.response.status_code': httpStatus }),
    });
  }

  /** Another process is asked by `work`, which tells it that it comes from the span of that call. */
  async asking<T>(name: string, attributes: SpanAttributes, work: (from: TraceContext) => Promise<T>): Promise<T> {
    const spanId = this.idOfChild();
    const begun = Date.now();
    const end = (error: string | null) => this.child(name, spanId, begun, Date.now(), error, attributes);
    try {
      const result = await work(spanId === null ? this.context : { ...this.context, spanId });
      end(null);
      return result;
    } catch (error) {
      end((error as { name?: string } | null)?.name ?? 'Error');
      throw error;
    }
  }

  /** Its own span, and those of what it called. */
  end(error: string | null, more: SpanAttributes = {}): readonly Span[] {
    const { name, kind, parent, attributes } = this.options;
    const { traceId, spanId, sampled } = this.context;
    if (!sampled) return [];
    const own: Span = {
      traceId,
      spanId,
      parentSpanId: parent?.spanId ?? null,
      name,
      kind,
      begun: this.begun,
      ended: Date.now(),
      attributes: { ...attributes, ...more, ...(this.untold === 0 ? {} : { 'farcopy.calls_untold': this.untold }) },
      error,
      links: [],
    };
    return [own, ...this.called];
  }

  /** Null: there are enough. */
  private idOfChild(): string | null {
    return this.called.length < mostCalled ? randomId(8) : null;
  }

  private child(
    name: string,
    id: string | null,
    begun: number,
    ended: number,
    error: string | null,
    attributes: SpanAttributes,
  ): void {
    const { traceId, spanId: parentSpanId } = this.context;
    if (id === null) this.untold += 1;
    else
      this.called.push({
        ...{ traceId, spanId: id, parentSpanId, name, kind: 'client' },
        ...{ begun, ended, attributes, error, links: [] },
      });
  }
}

const randomId = (bytes: number): string => randomBytes(bytes).toString('hex');
