import { type Seen } from './flat';

/** One line of a plot. */
export interface Line {
  readonly name: string;
  /** In seconds; null: nothing was to be seen, and the line breaks. */
  readonly seen: readonly { readonly at: number; readonly value: number | null }[];
}

export interface Plot {
  readonly title: string;
  readonly lines: readonly Line[];
  /** In seconds: what is marked on the axis of time. */
  readonly marks: readonly number[];
}

const size = { width: 900, height: 300, left: 60, right: 190, top: 36, bottom: 36 } as const;
const colours = ['#1f6fb4', '#d1662b', '#3a8f45', '#8a4fb0', '#b0363c', '#77705a', '#2a9d9d', '#c29a1c'] as const;
const ticks = 5;

/** A plot as an SVG image: minutes to the right, from zero upwards. */
export function svgOf({ title, lines, marks }: Plot): string {
  const all = lines.flatMap(({ seen }) => seen);
  const lastAt = Math.max(1, ...all.map(({ at }) => at), ...marks);
  const most = niceAbove(Math.max(...all.map(({ value }) => value ?? 0), 1));
  const bottom = size.height - size.bottom;
  const right = size.width - size.right;
  const x = (at: number) => round(size.left + (at / lastAt) * (right - size.left));
  const y = (value: number) => round(bottom - (value / most) * (bottom - size.top));
  const steps = Array.from({ length: ticks + 1 }, (_, i) => i / ticks);
  const drawn = [
    `<text x="${size.left}" y="20" font-size="14">${escaped(title)}</text>`,
    ...steps.flatMap((share) => [
      `<line x1="${size.left}" x2="${right}" y1="${y(share * most)}" y2="${y(share * most)}" stroke="#ddd"/>`,
      `<text x="${size.left - 6}" y="${y(share * most) + 4}" text-anchor="end">${round(share * most)}</text>`,
      `<text x="${x(share * lastAt)}" y="${bottom + 18}" text-anchor="middle">${round((share * lastAt) / 60)} min</text>`,
    ]),
    ...marks.map(
      (at) => `<line x1="${x(at)}" x2="${x(at)}" y1="${bottom}" y2="${bottom - 6}" stroke="#b0363c" stroke-width="2"/>`,
    ),
    ...lines.flatMap(({ name, seen }, i) => {
      const colour = colours[i % colours.length];
      const legend = size.top + 8 + 16 * i;
      return [
        ...unbroken(seen).map((part) => {
          const points = part.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ');
          return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
        }),
        `<line x1="${right + 10}" x2="${right + 26}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="3"/>`,
        `<text x="${right + 32}" y="${legend + 4}">${escaped(name)}</text>`,
      ];
    }),
  ];
  const frame = `viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="11"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${frame}>\n<rect width="100%" height="100%" fill="white"/>\n${drawn.join('\n')}\n</svg>\n`;
}

/** The parts of a line between which nothing was to be seen. */
function unbroken(seen: Line['seen']): Seen[][] {
  const parts: Seen[][] = [[]];
  for (const { at, value } of seen) {
    if (value !== null) parts.at(-1)?.push({ at, value });
    else if (parts.at(-1)?.length !== 0) parts.push([]);
  }
  return parts.filter(({ length }) => length > 0);
}

/** A round number that is not below. */
function niceAbove(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5].find((factor) => factor * magnitude >= value) ?? 10) * magnitude;
}

const round = (value: number) => Math.round(value * 10) / 10;
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

const blocks = '▁▂▃▄▅▆▇█';

/** A line as text, from zero upwards: `▁▃▇█`; a space where nothing was to be seen. */
export function sparkline(seen: Line['seen'], columns: number): string {
  const most = Math.max(...seen.map(({ value }) => value ?? 0));
  const lastAt = seen.at(-1)?.at ?? 0;
  const columnOf = (at: number) => Math.min(columns - 1, Math.floor((at / lastAt) * columns));
  return Array.from({ length: columns }, (_, column) => {
    const within = seen.filter(({ at }) => columnOf(at) === column);
    // Who looks more rarely than there are columns still sees what he saw last.
    const looked = within.length > 0 ? within : seen.filter(({ at }) => columnOf(at) < column).slice(-1);
    const values = looked.flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length === 0) return ' ';
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return blocks[most === 0 ? 0 : Math.round((mean / most) * (blocks.length - 1))];
  }).join('');
}
