import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PlainHttp, readText } from '../clouds/plainHttp';
import { messageOf } from '../core/failure';
import { type Span } from '../core/traces/span';
import { version } from '../core/version';
import { otlpJson, otlpProtobuf } from './otlp';
import { type TracesConfig } from './tracesSettings';

const compressed = promisify(gzip);

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const mostTries = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
const longestAnswer = 64 * 1024;

/** Tasks of workflows that are run again tell their spans again: so many are known. */
const mostKnown = 5_000;
const tellEveryMs = 60_000;

/**
 * Posts spans in batches, beside everything else: nobody ever waits for it. Where the receiver is away, what does not fit into its queue is lost,
 * and the log told how much once a minute.
 */
export class SpanExporter {
  private readonly http = new PlainHttp();
  private readonly waiting: Span[] = [];
  private readonly known = new Set<string>();
  private readonly ending = new AbortController();
  private sending: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private lost = 0;
  private toldAt = -Infinity;

  /** @param tell takes lines for the log */
  constructor(
    private readonly config: TracesConfig,
    private readonly tell: (line: string) => void,
  ) {}

  /** Takes a span, which is sent within seconds. Never throws, never blocks. */
  take(span: Span): void {
    const { mostWaiting, mostTogether, delayMs } = this.config;
    if (this.ending.signal.aborted || !this.isChosen(span.traceId) || this.isKnown(span)) return;
    if (this.waiting.length >= mostWaiting) {
      this.lose(1, 'the queue is full');
      return;
    }
    this.waiting.push(span);
    if (this.waiting.length >= mostTogether) this.start();
    else this.timer ??= setTimeout(() => this.start(), delayMs).unref();
  }

  /** Sends what is left, for so long at most; then what is not sent is lost. */
  async close(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.ending.abort(), withinMs);
    this.start();
    await this.sending;
    clearTimeout(late);
    clearTimeout(this.timer);
    this.ending.abort();
    if (this.waiting.length > 0) this.lose(this.waiting.splice(0).length, `not sent within ${withinMs} ms`);
    this.http.close();
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0 && !this.ending.signal.aborted) {
      const batch = this.waiting.splice(0, this.config.mostTogether);
      const problem = await this.send(batch).catch(messageOf);
      if (problem !== null) this.lose(batch.length, problem);
    }
  }

  /** Null: they have arrived; else why they have not. */
  private async send(batch: readonly Span[]): Promise<string | null> {
    const { protocol, resource, gzip: isCompressed } = this.config;
    const plain = protocol === 'http/json' ? otlpJson(resource, batch) : otlpProtobuf(resource, batch);
    const body = isCompressed ? await compressed(plain) : plain;
    for (let pauseMs = firstPauseMs, tries = 1; ; pauseMs *= 2, tries += 1) {
      const { problem, retryAfterMs } = await this.post(body);
      if (problem === null || retryAfterMs === null || tries === mostTries) return problem;
      await sleep(Math.min(Math.max(pauseMs, retryAfterMs), longestPauseMs), undefined, {
        signal: this.ending.signal,
        ref: false,
      });
    }
  }

  /** One try. `retryAfterMs` null: another one would not help. */
  private async post(body: Buffer): Promise<{ readonly problem: string | null; readonly retryAfterMs: number | null }> {
    const { endpoint, protocol, headers, gzip: isCompressed, timeoutMs } = this.config;
    const { protocol: scheme, hostname, port, pathname, search } = endpoint;
    try {
      const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(timeoutMs)]);
      const response = await this.http.send(
        {
          method: 'POST',
          protocol: scheme,
          hostname: hostname.replace(/^\[|\]$/g, ''),
          ...(port === '' ? {} : { port }),
          path: `${pathname}${search}`,
          headers: {
            'user-agent': `farcopy/${version}`,
            'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
            'content-length': String(body.length),
            ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
            ...headers,
          },
          body: [body],
        },
        signal,
      );
      const { statusCode = 0 } = response;
      await readText(response, longestAnswer);
      if (statusCode >= 200 && statusCode < 300) return { problem: null, retryAfterMs: null };
      const seconds = Number(response.headers['retry-after'] ?? 0);
      return {
        problem: `the receiver of traces answers ${statusCode}`,
        retryAfterMs: passing.has(statusCode) ? (Number.isFinite(seconds) ? seconds * 1000 : 0) : null,
      };
    } catch (error) {
      return { problem: `the receiver of traces cannot be reached: ${messageOf(error)}`, retryAfterMs: 0 };
    }
  }

  /** By the trace alone, so that all processes decide alike. */
  private isChosen(traceId: string): boolean {
    const { share } = this.config;
    return share >= 1 || parseInt(traceId.slice(-8), 16) < share * 2 ** 32;
  }

  private isKnown({ traceId, spanId }: Span): boolean {
    const id = `${traceId}${spanId}`;
    if (this.known.has(id)) return true;
    this.known.add(id);
    for (const oldest of this.known) {
      if (this.known.size <= mostKnown) break;
      this.known.delete(oldest);
    }
    return false;
  }

  private lose(count: number, reason: string): void {
    this.lost += count;
    if (Date.now() < this.toldAt + tellEveryMs && !this.ending.signal.aborted) return;
    this.toldAt = Date.now();
    this.tell(`${this.lost} spans are lost: ${reason}`);
    this.lost = 0;
  }
}
