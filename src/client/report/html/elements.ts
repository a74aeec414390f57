import { offsetOf } from '../../../config';
import { type Severity } from '../../../core/report/finding';
import { ageText } from '../../../core/report/fleetFindings';
import { type ResourceState } from '../../../core/report/fleetReport';
import { timeText } from '../../cli/timeText';
import { type Html, markup, type HtmlPart } from './markup';

export type Tone = 'good' | 'bad' | 'warning' | 'neutral';

/** A word with its sign, in the colour of what it means. */
export function tag(tone: Tone, text: string): Html {
  return markup`<span class="tag ${tone}">${text}</span>`;
}

const states: Readonly<Record<ResourceState, readonly [tone: Tone, sign: string, word: string]>> = {
  met: ['good', '✓', 'met'],
  'at-rest': ['good', '✓', 'at rest'],
  missed: ['bad', '✗', 'missed'],
  never: ['bad', '✗', 'no copy'],
  unknown: ['warning', '?', 'unknown'],
  waiting: ['neutral', '…', 'waits for its first copy'],
  'no-tier': ['neutral', '–', 'no tier'],
};

export const toneOf = (state: ResourceState): Tone => states[state][0];
export const wordOf = (state: ResourceState): string => states[state][2];

export function stateTag(state: ResourceState, more = ''): Html {
  const [tone, sign, word] = states[state];
  return tag(tone, `${sign} ${word}${more === '' ? '' : ` ${more}`}`);
}

const severityTones: Readonly<Record<Severity, readonly [tone: Tone, sign: string]>> = {
  critical: ['bad', '✗'],
  high: ['bad', '!'],
  medium: ['warning', '!'],
  low: ['neutral', '·'],
};

export function severityTag(severity: Severity): Html {
  const [tone, sign] = severityTones[severity];
  return tag(tone, `${sign} ${severity}`);
}

export interface Heading {
  readonly title: string;
  /** `short`: it stays on one line. */
  readonly kind?: 'number' | 'text' | 'short';
}

export interface TableOptions {
  readonly caption: string;
  readonly headings: readonly Heading[];
  /** The first cell of each is the head of its row. */
  readonly rows: readonly (readonly HtmlPart[])[];
  readonly empty: string;
}

/**
 * A table that can be scrolled by itself, with keys as well. On a phone each row is a list of its cells, with their headings beside them; the
 * roles say that it is a table all the same, which a browser forgets of what is laid out otherwise.
 */
export function table({ caption, headings, rows, empty }: TableOptions): Html {
  if (rows.length === 0) return markup`<p class="muted">${empty}</p>`;
  const kinds = headings.map(({ kind }) => (kind === undefined ? markup`` : markup` class="${kind}"`));
  const attributes = headings.map(({ title }, i) => markup`${kinds[i] ?? null} role="cell" data-of="${title}"`);
  const cells = (row: readonly HtmlPart[]) =>
    row.map((cell, i) =>
      i === 0
        ? markup`<th scope="row" role="rowheader">${cell}</th>`
        : markup`<td${attributes[i] ?? null}><div>${cell}</div></td>`,
    );
  // A caption is as wide as its table, and would be cut off with it: people read the line above.
  return markup`<p class="caption" aria-hidden="true">${caption}</p>
<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table role="table"><caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${headings.map(({ title }, i) => markup`<th scope="col" role="columnheader"${kinds[i] ?? null}>${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => markup`<tr role="row">${cells(row)}</tr>\n`)}</tbody></table></div>`;
}

/** Leads elsewhere, and tells nobody there where it came from. */
export function link(address: string, text: string, label: string): Html {
  return markup`<a href="${address}" rel="noreferrer" aria-label="${label}">${text}</a>`;
}

/** What was left out, and where all of it is. */
export function capped(shown: number, all: number, command: string): Html {
  if (shown >= all) return markup``;
  return markup`<p class="muted">${number(shown)} of ${number(all)} shown. All of them: <code>${command}</code></p>`;
}

export const number = (value: number): string => value.toLocaleString('en-US');

export function age(seconds: number | null): string {
  return seconds === null ? '–' : ageText(seconds);
}

const isoTime = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** Times in a zone of the fleet, with what they are in UTC. */
export class Times {
  private readonly offset: (instant: number) => number;

  constructor(readonly timezone: string) {
    this.offset = offsetOf(timezone);
  }

  /** @param time ISO 8601 */
  show(time: string | null): Html {
    const instant = Date.parse(time ?? '');
    if (time === null || Number.isNaN(instant)) return markup`–`;
    const utc = timeText(time, true).slice(0, 16);
    const offset = this.offset(instant);
    const local = timeText(time, false, () => offset).slice(0, 16);
    if (offset === 0) return markup`<time datetime="${time}">${utc} UTC</time>`;
    const short = utc.slice(0, 10) === local.slice(0, 10) ? utc.slice(11) : utc.slice(5);
    return markup`<time datetime="${time}">${local} <span class="utc">${short} UTC</span></time>`;
  }

  /** A text in which times stand in ISO 8601, UTC, as programs write them. */
  within(text: string): readonly (Html | string)[] {
    return text.split(isoTime).map((piece, i) => (i % 2 === 1 ? this.show(piece) : piece));
  }

  /** The same as plain text. */
  text(time: string): string {
    const offset = this.offset(Date.parse(time));
    return timeText(time, offset === 0, () => offset);
  }
}
