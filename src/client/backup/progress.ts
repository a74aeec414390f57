import { createColors } from 'picocolors';
import { hasEnded, type LegSnapshot, type RecoveryPointSnapshot } from './recoveryPointSnapshot';
import { resourcePath } from '../../core/resource';
import { transferText } from '../../core/transfer/transferText';
import { cut, fitted, textWidth } from '../textWidth';

/** Where progress is shown. */
export interface ProgressOutput {
  write(text: string): unknown;
  /** True: a table that is drawn anew; else lines, one a change. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface ProgressOptions {
  /** Default: whether the output is a terminal. */
  readonly color?: boolean;
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number;
  /** How a line says when it was written; default `HH:MM:SS` in UTC. */
  readonly timeText?: (now: number) => string;
}

/** A terminal takes no more than this many pictures a second with pleasure. */
const redrawMilliseconds = 100;
const defaultColumns = 100;
const defaultRows = 24;

/**
 * Shows recovery points as they go on: on a terminal a table of resource × leg that is drawn anew, elsewhere a line for each
 * leg that changes its state.
 *
 * @returns the last snapshot of each recovery point, in the order they came first
 */
export async function renderProgress(
  snapshots: AsyncIterable<RecoveryPointSnapshot>,
  output: ProgressOutput,
  options: ProgressOptions = {},
): Promise<RecoveryPointSnapshot[]> {
  const last = new Map<string, RecoveryPointSnapshot>();
  const show = output.isTTY === true ? new LiveTable(output, options) : new PlainLines(output, options);
  try {
    for await (const snapshot of snapshots) {
      const key = resourcePath(snapshot.resource);
      const before = last.get(key);
      last.set(key, snapshot);
      show.changed(snapshot, before, [...last.values()]);
    }
  } finally {
    show.end([...last.values()]);
  }
  return [...last.values()];
}

/** One line for each leg that changes its state, and one for the end of each recovery point. */
class PlainLines {
  private readonly colors;
  private readonly now;
  private readonly timeText;

  constructor(
    private readonly output: ProgressOutput,
    { color = false, now = Date.now, timeText = (time) => new Date(time).toISOString().slice(11, 19) }: ProgressOptions,
  ) {
    this.colors = createColors(color);
    this.now = now;
    this.timeText = timeText;
  }

  changed(snapshot: RecoveryPointSnapshot, before: RecoveryPointSnapshot | undefined): void {
    const { resource, state, legs, reason } = snapshot;
    const name = `${resource.id} (${resource.account}/${resource.region})`;
    for (const leg of legs) {
      const known = before?.legs.find((l) => l.leg === leg.leg);
      if (leg.state === 'pending' || (leg.state === known?.state && !hasComeFurther(leg, known))) continue;
      this.line(`${name}: ${leg.leg} ${legText(leg)}`);
    }
    if (state === before?.state) return;
    if (hasEnded(snapshot))
      this.line(`${name}: ${paint(this.colors, state)}${reason === undefined ? '' : `: ${reason}`}`);
    else if (state === 'queued' || state === 'paused') this.line(`${name}: ${state}`);
  }

  end(): void {
    // Every line stands already.
  }

  private line(text: string): void {
    this.output.write(`${this.colors.dim(this.timeText(this.now()))} ${text}\n`);
  }
}

/** A table of resource × leg that replaces itself. */
class LiveTable {
  private readonly colors;
  private readonly now;
  private drawnLines = 0;
  private drawnAt = -Infinity;

  constructor(
    private readonly output: ProgressOutput,
    { color = true, now = Date.now }: ProgressOptions,
  ) {
    this.colors = createColors(color);
    this.now = now;
  }

  changed(_snapshot: RecoveryPointSnapshot, _before: unknown, all: readonly RecoveryPointSnapshot[]): void {
    if (this.now() - this.drawnAt >= redrawMilliseconds) this.draw(all, this.visibleRows());
  }

  /** The last picture stays, with every row, and says why what failed did. */
  end(all: readonly RecoveryPointSnapshot[]): void {
    this.draw(all, all.length);
    for (const { resource, state, reason } of all)
      if (reason !== undefined)
        this.output.write(
          `${paint(this.colors, state)} ${resource.id} (${resource.account}/${resource.region}): ${reason}\n`,
        );
  }

  private visibleRows(): number {
    return Math.max(3, (this.output.rows ?? defaultRows) - 4);
  }

  private draw(all: readonly RecoveryPointSnapshot[], most: number): void {
    if (all.length === 0) return;
    const columns = this.output.columns ?? defaultColumns;
    const lines = tableLines(all, most, columns, this.colors);
    const up = this.drawnLines === 0 ? '' : `\u001b[${this.drawnLines}A\u001b[0J`;
    this.output.write(`${up}${lines.join('\n')}\n`);
    this.drawnLines = lines.length;
    this.drawnAt = this.now();
  }
}

type Colors = ReturnType<typeof createColors>;

/** A header, the rows that matter most first where not all fit, and a line for the rest. */
function tableLines(all: readonly RecoveryPointSnapshot[], most: number, columns: number, colors: Colors): string[] {
  const shown = all.length <= most ? all : [...all].sort((a, b) => interest(a) - interest(b)).slice(0, most);
  const legs = [...new Set(all.flatMap((snapshot) => snapshot.legs.map((leg) => leg.leg)))];
  const ambiguous = new Set(all.map(({ resource }) => resource.id)).size < all.length;
  const nameOf = ({ resource: { id, account } }: RecoveryPointSnapshot) => (ambiguous ? `${account}/${id}` : id);
  const rows = shown.map((snapshot) => [
    nameOf(snapshot),
    snapshot.state,
    ...legs.map((leg) => cell(snapshot.legs.find((l) => l.leg === leg))),
  ]);
  const header = ['resource', 'state', ...legs];
  const widths = fit(
    header.map((title, i) => Math.max(textWidth(title), ...rows.map((row) => textWidth(row[i] ?? '')))),
    columns,
  );
  const line = (cells: readonly string[], painted: (text: string, i: number) => string) =>
    cells
      .slice(0, widths.length)
      .map((text, i) => painted(fitted(text, widths[i] ?? 0), i))
      .join('  ')
      .trimEnd();
  const lines = [
    line(header, (text) => colors.dim(text)),
    ...rows.map((row) => line(row, (text, i) => (i === 0 ? text : paint(colors, text.trim(), text)))),
  ];
  const ended = all.filter(hasEnded).length;
  const rest = all.length - shown.length;
  lines.push(cut(`${ended} of ${all.length} ended${rest > 0 ? `, ${rest} more not shown` : ''}`, columns));
  return lines;
}

/** Legs that find no room are left out from the right; the first two columns always stay. */
function fit(wanted: readonly number[], columns: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, width) => sum + width + 2, -2);
  while (widths.length > 2 && total() > columns) widths.pop();
  const excess = total() - columns;
  if (excess > 0) widths[0] = Math.max(8, (widths[0] ?? 0) - excess);
  return widths;
}

/** What still moves is more interesting than what waits, and that than what has ended well. */
function interest({ state }: RecoveryPointSnapshot): number {
  return { running: 0, waiting: 2, paused: 3, queued: 4, completed: 5 }[state as string] ?? 1;
}

function cell(leg: LegSnapshot | undefined): string {
  if (leg === undefined) return '';
  switch (leg.state) {
    case 'pending':
      return '·';
    case 'running':
      if (leg.transfer !== undefined) return transferText(leg.transfer);
      return leg.percent === undefined ? 'running' : `${leg.percent} %`;
    case 'verified':
      return 'done';
    default:
      return leg.state;
  }
}

/** A transfer may run for hours: a line for each tenth of its bytes. */
function hasComeFurther({ transfer, percent = 0 }: LegSnapshot, before: LegSnapshot): boolean {
  return transfer !== undefined && Math.floor(percent / 10) > Math.floor((before.percent ?? 0) / 10);
}

function legText({ state, waitingFor, message, transfer }: LegSnapshot): string {
  if (state === 'running' && transfer !== undefined) return transferText(transfer);
  if (state === 'waiting') return `waits for ${waitingFor ?? 'a permit'}`;
  if (state === 'verified') return 'done';
  return `${state}${message === undefined ? '' : `: ${message}`}`;
}

function paint(colors: Colors, state: string, text: string = state): string {
  switch (state) {
    case 'completed':
    case 'done':
      return colors.green(text);
    case 'failed':
    case 'unknown':
      return colors.red(text);
    case 'partially-failed':
    case 'cancelled':
    case 'skipped':
    case 'waiting':
    case 'paused':
      return colors.yellow(text);
    case '·':
    case 'queued':
      return colors.dim(text);
    default:
      return text;
  }
}
