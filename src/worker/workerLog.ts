import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { messageOf } from '../core/failure';
import { payloadErrorName } from '../core/payloadMarks';
import { printable } from '../core/plainText';

const deepestCause = 5;

/** Makes this process log in lines; before anything of Temporal's is made, and once. */
export function logInLines(write: (line: string) => void): void {
  const told = oncePerMinute();
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => {
      const toTell = told(entry);
      if (toTell !== null) write(`${logLine(toTell)}\n`);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
  });
}

const minute = 60_000_000_000n;

/**
 * Lets an entry pass, but for trouble with the key of payloads, which every task meets: that is told once a minute, without the task,
 * and with how often it was met meanwhile.
 */
export function oncePerMinute(): (entry: LogEntry) => LogEntry | null {
  let told: bigint | null = null;
  let untold = 0;
  return (entry) => {
    // Temporal's core tells by itself what it is answered, as a text.
    const { error, failure } = (entry.meta ?? {}) as { readonly error?: unknown; readonly failure?: unknown };
    if (!isPayloadError(error) && !String(failure).includes(payloadErrorName)) return entry;
    if (told !== null && entry.timestampNanos < told + minute) {
      untold += 1;
      return null;
    }
    const meta = {
      ...(error === undefined ? { failure } : { error }),
      ...(untold === 0 ? {} : { metBesides: untold }),
    };
    told = entry.timestampNanos;
    untold = 0;
    return { ...entry, meta };
  };
}

function isPayloadError(error: unknown): boolean {
  const { name, type } = (error ?? {}) as { readonly name?: unknown; readonly type?: unknown };
  return name === payloadErrorName || type === payloadErrorName;
}

/** An entry of the log in one line, in which nothing of others is obeyed: `2026-11-21T02:00:00.000Z WARN … workflowId=…`. */
export function logLine({ level, timestampNanos, message, meta = {} }: LogEntry): string {
  const { error, ...fields } = meta as Readonly<Record<string, unknown>>;
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const words = Object.entries(fields).flatMap(([name, value]) => {
    const text = fieldText(value);
    return text === undefined ? [] : [`${name}=${text}`];
  });
  const why = error === undefined ? '' : `: ${failureText(error)}`;
  return [`${time} ${level} ${printable(`${message}${why}`)}`, ...words.map(printable)].join(' ');
}

/** A failure with its causes; of what Farcopy has no words for, also where it comes from. */
function failureText(error: unknown, depth = 0): string {
  const { name, type, cause, stack } = (error ?? {}) as Partial<ApplicationFailure>;
  const text = `${type ?? name ?? 'Error'}: ${messageOf(error)}`;
  const known = error instanceof ApplicationFailure || isPayloadError(error);
  const trace = known || stack === undefined || depth > 0 ? '' : ` at ${JSON.stringify(stack)}`;
  if (cause === undefined || depth >= deepestCause || messageOf(error).includes(messageOf(cause)))
    return `${text}${trace}`;
  return `${text}${trace}; caused by ${failureText(cause, depth + 1)}`;
}

function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
