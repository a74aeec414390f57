import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import { messageOf } from '../core/failure';
import { payloadErrorName } from '../core/payloadMarks';
import { recoveryPointOfWorkflowId } from '../core/naming';
import { printable, printableJson } from '../core/plainText';

const deepestCause = 5;

/** `text` for people, `json` for what collects logs. */
export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** A log in lines, for Temporal's runtime and whatever runs in it. */
export function lineLogger(format: LogFormat, write: (line: string) => void): Logger {
  const told = oncePerMinute();
  const lineOf = { text: logLine, json: jsonLine }[format];
  return new DefaultLogger('INFO', (entry) => {
    if (isByDesign(entry)) return;
    const toTell = told(entry);
    if (toTell !== null) write(`${lineOf(toTell)}\n`);
  });
}

/** Temporal's SDK warns of a worker that serves a part of its queue alone: those of transfers run no workflow code, those of limits no activity. */
const isByDesign = ({ message }: LogEntry) =>
  /^No (workflows|activities|Nexus services) registered, not polling/.test(message);

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
  const { error, fields } = worthTelling(meta);
  const time = timeOf(timestampNanos);
  const words = Object.entries(fields).flatMap(([name, value]) => {
    const text = fieldText(value);
    return text === undefined ? [] : [`${name}=${text}`];
  });
  const why = error === undefined ? '' : `: ${failureText(error)}`;
  return [`${time} ${level} ${printable(`${message}${why}`)}`, ...words.map(printable)].join(' ');
}

/**
 * An entry of the log as one JSON object in one line, in which nothing of others is obeyed: `time`, `level`, `message`; `workflowId`, `runId`,
 * `activityType` and whatever else there is, by the names of Temporal's SDK; `recoveryPoint` where its workflow is of one; `error`.
 */
export function jsonLine({ level, timestampNanos, message, meta = {} }: LogEntry): string {
  const { error, fields } = worthTelling(meta);
  const { workflowId, workflowRunId, ...others } = fields;
  const recoveryPoint = typeof workflowId === 'string' ? recoveryPointOfWorkflowId(workflowId) : null;
  const own = {
    time: timeOf(timestampNanos),
    level,
    message,
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(workflowRunId === undefined ? {} : { runId: workflowRunId }),
    ...(recoveryPoint === null ? {} : { recoveryPoint }),
    ...(error === undefined ? {} : { error: failureData(error) }),
  };
  // What is called as one of these stands apart: the words of a notification are called `message`.
  const named = (clashing: boolean) =>
    Object.entries(others)
      .filter(([name]) => Object.hasOwn(own, name) === clashing)
      .map(([name, value]) => [name, plain(value)] as const);
  const clashing = named(true);
  const more = clashing.length === 0 ? {} : { more: Object.fromEntries(clashing) };
  return printableJson(JSON.stringify({ ...own, ...Object.fromEntries(named(false)), ...more }));
}

interface FailureData {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: FailureData;
}

/** {@link failureText} as data. */
function failureData(error: unknown, depth = 0): FailureData {
  const { type, trace, cause } = partsOf(error, depth);
  return {
    type,
    message: messageOf(error),
    ...(trace === null ? {} : { stack: trace }),
    ...(cause === undefined ? {} : { cause: failureData(cause, depth + 1) }),
  };
}

/** A failure with its causes; of what Farcopy has no words for, also where it comes from. */
function failureText(error: unknown, depth = 0): string {
  const { type, trace, cause } = partsOf(error, depth);
  const text = `${type}: ${messageOf(error)}${trace === null ? '' : ` at ${JSON.stringify(trace)}`}`;
  return cause === undefined ? text : `${text}; caused by ${failureText(cause, depth + 1)}`;
}

/** What is told of a failure besides its words: its causes as long as they say more, and where it comes from if Farcopy has no words for it. */
function partsOf(error: unknown, depth: number) {
  const { name, type, cause, stack } = (error ?? {}) as Partial<ApplicationFailure>;
  const isKnown = error instanceof ApplicationFailure || isPayloadError(error);
  const saysNoMore = cause === undefined || depth >= deepestCause || messageOf(error).includes(messageOf(cause));
  return {
    type: type ?? name ?? 'Error',
    trace: isKnown || stack === undefined || depth > 0 ? null : stack,
    cause: saysNoMore ? undefined : cause,
  };
}

const timeOf = (timestampNanos: bigint) => new Date(Number(timestampNanos / 1_000_000n)).toISOString();

/** Whoever has a task token can end the activity in its place. */
function worthTelling(meta: object) {
  const { error, taskToken: _, ...fields } = meta as Readonly<Record<string, unknown>>;
  return { error, fields };
}

/** What JSON can say of a value; undefined of what it cannot. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
}

function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return typeof value === 'bigint' ? String(value) : JSON.stringify(plain(value));
}
