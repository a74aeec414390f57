import { createColors } from 'picocolors';
import { printable, printableJson, printableLines } from '../../core/plainText';
import { type Column, toldColumns } from './tables/columns';
import { type Cell, tableText } from './tables/table';
import { type Terminal } from './terminal';
import { clockText, momentText, shortTimeText, timeText } from './timeText';

const defaultColumns = 80;
const entriesAtOnce = 500;

export interface OutputOptions {
  /** One JSON document on stdout, and nothing else there. */
  readonly json: boolean;
  readonly color: boolean;
  /** Times for people in UTC instead of local time. */
  readonly utc: boolean;
}

/**
 * The words a command speaks: its answer on stdout, what goes on meanwhile on stderr. Texts of others are in them, so nothing
 * leaves here that a terminal obeys, but for the colours that are added here.
 */
export class Output {
  readonly colors;
  readonly progressColors;
  private documented = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: OutputOptions,
  ) {
    const colored = (stream: Terminal['stdout']) =>
      options.color && !terminal.environment.NO_COLOR && stream.isTTY === true;
    this.colors = createColors(colored(terminal.stdout));
    this.progressColors = createColors(colored(terminal.stderr));
  }

  get json(): boolean {
    return this.options.json;
  }

  /** A line of the answer, for people only. */
  line(text = ''): void {
    if (!this.json) this.terminal.stdout.write(`${printableLines(text)}\n`);
  }

  /**
   * A table of the answer, for people only; without rows, `empty` stands in.
   *
   * @param fits the last column is cut to fit the terminal: what it says must be told whole elsewhere
   */
  table(
    titles: readonly string[],
    rows: readonly (readonly Cell[])[],
    empty: string,
    { fits = false }: { readonly fits?: boolean } = {},
  ): void {
    if (this.json) return;
    if (rows.length === 0) return this.line(empty);
    const fit = fits ? this.columns : Infinity;
    const printed = rows.map((row) => row.map(printableCell));
    this.terminal.stdout.write(tableText(titles.map(printable), printed, (text) => this.colors.dim(text), fit));
  }

  /** A table of what tells its rows apart, and below it what they have in common. */
  rows<Row>(
    rows: readonly Row[],
    columns: readonly (Column<Row> | null)[],
    empty: string,
    options?: { readonly fits?: boolean },
  ): void {
    const told = toldColumns(rows, columns);
    this.table(told.titles, told.rows, empty, options);
    if (told.common !== '' && !this.json) this.terminal.stdout.write(`${this.colors.dim(printable(told.common))}\n`);
  }

  /** Of the terminal; where it has none, what every terminal has. */
  private get columns(): number {
    return this.terminal.stdout.columns ?? defaultColumns;
  }

  /** Text for programs to read that is no JSON document: a completion script. */
  raw(text: string): void {
    this.terminal.stdout.write(text);
  }

  /** The answer for programs, in JSON mode only: times are ISO 8601 in UTC. */
  document(ok: boolean, value: object): void {
    if (!this.json) return;
    if (this.documented) throw new Error('a command answers with one JSON document');
    this.documented = true;
    this.terminal.stdout.write(`${printableJson(JSON.stringify({ ok, ...value }, null, 2))}\n`);
  }

  /**
   * {@link document}, with lists that are too long for one text: each entry is written as it comes.
   *
   * @param lists by the names of their fields; each entry is JSON
   */
  longDocument(ok: boolean, value: object, lists: Readonly<Record<string, Iterable<string>>>): void {
    if (!this.json) return;
    if (this.documented) throw new Error('a command answers with one JSON document');
    this.documented = true;
    const { stdout } = this.terminal;
    const head = JSON.stringify({ ok, ...value }, null, 2);
    stdout.write(printableJson(head.slice(0, head.lastIndexOf('\n}'))));
    for (const [name, entries] of Object.entries(lists)) {
      stdout.write(`,\n  ${JSON.stringify(name)}: [`);
      let [batch, isFirst]: [string[], boolean] = [[], true];
      const flush = () => {
        if (batch.length > 0) stdout.write(printableJson(`${isFirst ? '' : ','}\n    ${batch.join(',\n    ')}`));
        [batch, isFirst] = [[], isFirst && batch.length === 0];
      };
      for (const entry of entries) {
        batch.push(entry);
        if (batch.length === entriesAtOnce) flush();
      }
      flush();
      stdout.write(isFirst ? ']' : '\n  ]');
    }
    stdout.write('\n}\n');
  }

  /** What goes on, and warnings: on stderr, so that the answer stays clean. */
  note(text: string): void {
    this.terminal.stderr.write(`${printableLines(text)}\n`);
  }

  /** A time for people. */
  time(time: string | number | null): string {
    return time === null || time === '' ? '–' : timeText(time, this.options.utc);
  }

  clock(time: number): string {
    return clockText(time, this.options.utc);
  }

  /** A moment near to now, for people: the time of day, with its date where that is another. */
  moment(time: string | number): string {
    return momentText(time, this.terminal.now(), this.options.utc);
  }

  /** A time for a narrow column. */
  shortTime(time: string | null): string {
    return time === null || time === '' ? '–' : shortTimeText(time, this.terminal.now(), this.options.utc);
  }

  /** A state in its colour, or another text in the colour of a state. */
  state(state: string, text: string = state): Cell {
    const { green, red, yellow, dim } = this.colors;
    const paint = { green, red, yellow, dim, plain: (t: string) => t }[colorOf(state)];
    return { text, paint };
  }
}

function printableCell(cell: Cell): Cell {
  return typeof cell === 'string' ? printable(cell) : { ...cell, text: printable(cell.text) };
}

function colorOf(state: string): 'green' | 'red' | 'yellow' | 'dim' | 'plain' {
  switch (state.toLowerCase()) {
    case 'ok':
    case 'completed':
    case 'available':
    case 'passed':
    case 'create':
      return 'green';
    case 'failed':
    case 'unreachable':
    case 'not-performed':
    case 'unknown':
    case 'remove':
      return 'red';
    case 'partiallyfailed':
    case 'partially-failed':
    case 'partial':
    case 'waiting':
    case 'paused':
    case 'warning':
    case 'cancelled':
    case 'update':
      return 'yellow';
    case 'retired':
    case 'queued':
      return 'dim';
    default:
      return 'plain';
  }
}
