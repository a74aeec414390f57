import { createColors } from 'picocolors';
import { hasEnded, type RecoveryPointSnapshot, type StepSnapshot } from './recoveryPointSnapshot';
import { type ResourceName, resourceNames, shortNames } from './resourceNames';
import { isHeldUp, isNews, stepCell, stepWords } from './stepWords';
import { resourcePath } from '../../core/resource';
import { cut, fitted, textWidth, wrapped } from '../textWidth';
import { printableData } from '../../core/plainText';

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
  /** How a line says when it was written, and since when and when next; default `HH:MM:SS` in UTC. */
  readonly timeText?: (time: number | string) => string;
  /** How lines name a resource; default `id (account/region)`. */
  readonly nameOf?: ResourceName;
}

const utcClock = (time: number | string) => new Date(time).toISOString().slice(11, 19);

/** A terminal takes no more than this many pictures a second with pleasure. */
const redrawMilliseconds = 100;
const defaultColumns = 100;
const defaultRows = 24;

/**
 * Shows recovery points as they go on: on a terminal a table of resource × step that is drawn anew, elsewhere a line for each
 * step that changes its state.
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
    for await (const told of snapshots) {
      // Messages of clouds are in it, and a terminal obeys what is written here.
      const snapshot = printableData(told);
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

/** One line for each step of which there is something new to say, and one for the end of each recovery point. */
class PlainLines {
  private readonly colors;
  private readonly now;
  private readonly timeText;
  private readonly nameOf;

  constructor(
    private readonly output: ProgressOutput,
    { color = false, now = Date.now, timeText = utcClock, nameOf = resourceNames([]) }: ProgressOptions,
  ) {
    this.colors = createColors(color);
    this.now = now;
    this.timeText = timeText;
    this.nameOf = nameOf;
  }

  changed(snapshot: RecoveryPointSnapshot, before: RecoveryPointSnapshot | undefined): void {
    const { resource, state, steps } = snapshot;
    const name = this.nameOf(resource);
    for (const step of steps) {
      const known = before?.steps.find((one) => one.step === step.step);
      if (isNews(step, known)) this.line(`${name}: ${step.step} ${stepWords(step, this.timeText)}`);
    }
    if (state === before?.state) return;
    const reason = untoldReason(snapshot);
    if (hasEnded(snapshot)) this.line(`${name}: ${paint(this.colors, state)}${reason === '' ? '' : `: ${reason}`}`);
    else if (state === 'queued' || state === 'paused') this.line(`${name}: ${state}`);
  }

  end(): void {
    // Every line stands already.
  }

  private line(text: string): void {
    this.output.write(`${this.colors.dim(this.timeText(this.now()))} ${text}\n`);
  }
}

/** The reason of an end without what the lines of its steps have told already. */
function untoldReason({ reason = '', steps }: RecoveryPointSnapshot): string {
  const untold = steps.reduce(
    (left, { step, state, message }) =>
      state === 'failed' && message !== undefined ? left.replace(`${step}: ${message}`, '') : left,
    reason,
  );
  return untold
    .split('; ')
    .filter((part) => part.trim() !== '')
    .join('; ');
}

/** A table of resource × step that replaces itself. */
class LiveTable {
  private readonly colors;
  private readonly now;
  private readonly timeText;
  private readonly nameOf;
  private drawnLines = 0;
  private drawnAt = -Infinity;

  constructor(
    private readonly output: ProgressOutput,
    { color = true, now = Date.now, timeText = utcClock, nameOf = resourceNames([]) }: ProgressOptions,
  ) {
    this.colors = createColors(color);
    this.now = now;
    this.timeText = timeText;
    this.nameOf = nameOf;
  }

  changed(_snapshot: RecoveryPointSnapshot, _before: unknown, all: readonly RecoveryPointSnapshot[]): void {
    if (this.now() - this.drawnAt < redrawMilliseconds) return;
    const rows = this.output.rows ?? defaultRows;
    const below = heldUpLines(all, this.columns, Math.max(2, Math.floor(rows / 3)), this.timeText);
    this.draw(all, Math.max(3, rows - 4 - below.length), below);
  }

  /** The last picture stays, with every row, and says why what failed did, and what still waits. */
  end(all: readonly RecoveryPointSnapshot[]): void {
    this.draw(all, all.length, heldUpLines(all, this.columns, Infinity, this.timeText));
    for (const { resource, state, reason } of all)
      if (reason !== undefined) this.output.write(`${paint(this.colors, state)} ${this.nameOf(resource)}: ${reason}\n`);
  }

  private get columns(): number {
    return this.output.columns ?? defaultColumns;
  }

  private draw(all: readonly RecoveryPointSnapshot[], most: number, below: readonly string[]): void {
    if (all.length === 0) return;
    const lines = [
      ...tableLines(all, most, this.columns, this.colors),
      ...below.map((line) => this.colors.yellow(line)),
    ];
    const up = this.drawnLines === 0 ? '' : `\u001b[${this.drawnLines}A\u001b[0J`;
    this.output.write(`${up}${lines.join('\n')}\n`);
    this.drawnLines = lines.length;
    this.drawnAt = this.now();
  }
}

/** Why steps wait or are tried again, in at most so many lines; what waits for the same is one. */
function heldUpLines(
  all: readonly RecoveryPointSnapshot[],
  columns: number,
  most: number,
  at: (time: string) => string,
): string[] {
  const nameOf = shortNames(all.map(({ resource }) => resource));
  const alike = new Map<string, { readonly name: string; readonly step: StepSnapshot }[]>();
  for (const snapshot of all)
    for (const step of hasEnded(snapshot) ? [] : snapshot.steps.filter(isHeldUp)) {
      const { waitingFor, message, trouble } = step;
      const key = [step.step, waitingFor, message, trouble?.message].join('\n');
      alike.set(key, [...(alike.get(key) ?? []), { name: nameOf(snapshot.resource), step }]);
    }
  const texts = [...alike.values()].flatMap((held) => {
    const [first] = [...held].sort((a, b) => ((a.step.since ?? '') < (b.step.since ?? '') ? -1 : 1));
    if (first === undefined) return [];
    const more = held.length === 1 ? '' : ` and ${held.length - 1} more`;
    return [wrapped(`${first.name}${more}: ${first.step.step} ${stepWords(first.step, at)}`, columns)];
  });
  const lines: string[] = [];
  for (const [i, text] of texts.entries()) {
    // The first is told however long it is.
    if (i > 0 && lines.length + text.length > most)
      return [...lines, cut(`${texts.length - i} more wait or are tried again`, columns)];
    lines.push(...text);
  }
  return lines;
}

type Colors = ReturnType<typeof createColors>;

/** A header, the rows that matter most first where not all fit, and a line for the rest. */
function tableLines(all: readonly RecoveryPointSnapshot[], most: number, columns: number, colors: Colors): string[] {
  const shown = all.length <= most ? all : [...all].sort((a, b) => interest(a) - interest(b)).slice(0, most);
  const steps = [...new Set(all.flatMap((snapshot) => snapshot.steps.map(({ step }) => step)))];
  const nameOf = shortNames(all.map(({ resource }) => resource));
  const rows = shown.map((snapshot) => [
    nameOf(snapshot.resource),
    snapshot.state,
    ...steps.map((step) => cell(snapshot.steps.find((one) => one.step === step))),
  ]);
  const header = ['resource', 'state', ...steps];
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

/** Steps that find no room are left out from the right; the first two columns always stay. */
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

function cell(step: StepSnapshot | undefined): string {
  if (step === undefined) return '';
  return step.state === 'pending' ? '·' : stepCell(step);
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
      return /, (try \d+|retried)$/.test(state) ? colors.yellow(text) : text;
  }
}
