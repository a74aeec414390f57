import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import { messageOf } from '../core/failure';
import { payloadErrorName } from '../core/payloadMarks';
import { printable } from '../core/plainText';

const deepestCause = 5;

/** A log in lines, for Temporal's runtime and whatever runs in it. */
export function lineLogger(write: (line: string) => void): Logger {
  const told = oncePerMinute();
  return new DefaultLogger('INFO', (entry) => {
    const toTell = told(entry);
    if (toTell !== null) write(`${logLine(toTell)}\n`);
  });
}

const minute = 60_000_000_000n;

/** So many troubles are known apart: others choose which keys their payloads name. */
const mostTroubles = 100;

/**
 * Lets an entry pass, but for trouble with keys of payloads, which every task meets: each is told once a minute, without the task, and
 * with how often it was met meanwhile.
 */
export function oncePerMinute(): (entry: LogEntry) => LogEntry | null {
  /** By how they begin, which names the key and what is wrong with it. */
  const troubles = new Map<string, { readonly told: bigint; untold: number }>();
  return (entry) => {
    // Temporal's core tells by itself what it is answered, as a text.
    const { error, failure } = (entry.meta ?? {}) as { readonly error?: unknown; readonly failure?: unknown };
    if (!isPayloadError(error) && !String(failure).includes(payloadErrorName)) return entry;
    const text = error === undefined ? String(failure) : messageOf(error);
    const words = [...troubles.keys()].find((known) => text.includes(known)) ?? beginningOf(text);
    const before = troubles.get(words);
    if (before !== undefined && entry.timestampNanos < before.told + minute) {
      before.untold += 1;
      return null;
    }
    troubles.delete(words);
    troubles.set(words, { told: entry.timestampNanos, untold: 0 });
    for (const oldest of troubles.keys()) {
      if (troubles.size <= mostTroubles) break;
      troubles.delete(oldest);
    }
    const meta = {
      ...(error === undefined ? { failure } : { error }),
      ...(before === undefined || before.untold === 0 ? {} : { metBesides: before.untold }),
    };
    return { ...entry, meta };
  };
}

/** Up to what KMS says and what is to be done, which may differ each time. */
const beginningOf = (text: string) => text.split(/ \(|; /, 1)[0] ?? text;

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
