import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { messageOf } from '../core/failure';
import { printable } from '../core/plainText';

const deepestCause = 5;

/** Makes this process log in lines; before anything of Temporal's is made, and once. */
export function logInLines(write: (line: string) => void): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => write(`${logLine(entry)}\n`)),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
  });
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
  const known = error instanceof ApplicationFailure;
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
