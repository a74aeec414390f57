import { type PointSeen } from '../../../core/report/freshness';
import { number, type Tone } from './elements';
import { type Html, markup } from './markup';

export interface Share {
  readonly tone: Tone;
  readonly word: string;
  readonly count: number;
}

/** A drawing that says in words what it shows. @param id unique in its page */
function drawing(id: string, title: string, description: string, size: Html, content: readonly Html[]): Html {
  return markup`<svg ${size} role="img" aria-labelledby="${id}-title ${id}-desc">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${content}
  </svg>`;
}

/** One bar of several shares, with its legend below. */
export function strip(id: string, title: string, shares: readonly Share[]): Html {
  const there = shares.filter(({ count }) => count > 0);
  const all = there.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return markup``;
  let x = 0;
  const rects = there.map(({ tone, count }) => {
    // What is little is still to be seen.
    const width = Math.max(4, (count / all) * 1000);
    const rect = markup`<rect
      x="${round(x)}"
      y="0"
      width="${round(Math.max(1, width - 2))}"
      height="20"
      class="f-${tone}"
    />`;
    x += width;
    return rect;
  });
  const words = there.map(({ word, count }) => `${number(count)} ${word}`);
  return markup`${drawing(id, title, words.join(', '), markup`class="strip" viewBox="0 0 ${round(x)} 20" preserveAspectRatio="none"`, rects)}
    <ul class="legend">
      ${there.map(({ tone, word, count }) => markup`<li><span class="tag ${tone}">${number(count)} ${word}</span></li>`)}
    </ul>`;
}

/** How full something is, and how much is wanted of it. */
export function gauge(
  id: string,
  title: string,
  {
    used,
    wanted,
    capacity,
    tone,
  }: { readonly used: number; readonly wanted: number; readonly capacity: number; readonly tone: Tone },
): Html {
  const most = Math.max(used, wanted, capacity, 1);
  const at = (value: number) => round((value / most) * 200);
  return drawing(
    id,
    title,
    `${number(used)} used, ${number(wanted)} wanted, ${number(capacity)} allowed`,
    markup`width="200" height="16" viewBox="0 0 200 16"`,
    [
      markup`<rect x="0" y="3" width="${at(capacity)}" height="10" class="f-track" />`,
      markup`<rect x="0" y="3" width="${at(used)}" height="10" class="f-${tone}" />`,
      markup`<line x1="${at(wanted)}" y1="0" x2="${at(wanted)}" y2="16" class="s-mark" />`,
    ],
  );
}

/** A share of a hundred. */
export function progress(id: string, title: string, percent: number): Html {
  return drawing(id, title, `${percent} %`, markup`width="120" height="12" viewBox="0 0 120 12"`, [
    markup`<rect x="0" y="2" width="120" height="8" class="f-track" />`,
    markup`<rect x="0" y="2" width="${round(percent * 1.2)}" height="8" class="f-good" />`,
  ]);
}

const laneHeight = 36;

export interface Timeline {
  readonly name: string;
  readonly points: readonly PointSeen[];
  readonly places: readonly string[];
  /** When drills began that passed or failed. ISO 8601. */
  readonly drills: readonly { readonly at: string; readonly passed: boolean }[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly rpoSeconds: number | null;
  readonly timeText: (time: string) => string;
}

/**
 * Recovery points of a resource over time, a row a place: filled where a verified copy lies, open where one lies that nothing proves. It is as wide as
 * there is room: now is to be seen on a phone as well.
 */
export function timeline(id: string, { name, points, places, drills, now, rpoSeconds, timeText }: Timeline): Html {
  const times = points.map(({ scheduledTime }) => Date.parse(scheduledTime));
  const first = Math.min(...times, now - (rpoSeconds ?? 0) * 1000);
  const span = Math.max(1, now - first);
  // What is drawn around a moment is not cut off at either end.
  const x = (time: number) => `${round(2 + ((time - first) / span) * 96)}%`;
  const lanes = [...places, ...(drills.length === 0 ? [] : ['drills'])];
  const y = (lane: number) => 26 + lane * laneHeight;
  const height = lanes.length * laneHeight + 24;
  const rpoAt = rpoSeconds === null ? null : x(now - rpoSeconds * 1000);
  const content = [
    ...lanes.map((_, i) => markup`<line x1="0" y1="${y(i)}" x2="100%" y2="${y(i)}" class="s-line" />`),
    rpoAt === null ? markup`` : markup`<line x1="${rpoAt}" y1="2" x2="${rpoAt}" y2="${height - 20}" class="s-mark" />`,
    ...lanes.map((lane, i) => markup`<text x="0" y="${y(i) - 12}" class="over">${lane}</text>`),
    ...points.flatMap(({ scheduledTime, verified, others }) =>
      places.flatMap((place, i) => {
        const at = x(Date.parse(scheduledTime));
        if (verified.includes(place)) return [markup`<circle cx="${at}" cy="${y(i)}" r="4" class="f-good" />`];
        return others.includes(place) ? [markup`<circle cx="${at}" cy="${y(i)}" r="3.5" class="f-open" />`] : [];
      }),
    ),
    ...drills
      .filter(({ at }) => Date.parse(at) >= first)
      .map(
        ({ at, passed }) =>
          markup`<text x="${x(Date.parse(at))}" y="${y(lanes.length - 1) + 4}" text-anchor="middle" class="${passed ? 'f-good' : 'f-bad'}">${passed ? '▲' : '■'}</text>`,
      ),
    markup`<text x="0" y="${height - 4}">${timeText(new Date(first).toISOString()).slice(0, 16)}</text>`,
    markup`<text x="100%" y="${height - 4}" text-anchor="end">now</text>`,
  ];
  const description = `${points.length} recovery points; ${places
    .map((place) => `${points.filter(({ verified }) => verified.includes(place)).length} verified in ${place}`)
    .join(', ')}`;
  return drawing(
    id,
    `Recovery points of ${name} over time`,
    description,
    markup`width="100%" height="${height}" class="timeline"`,
    content,
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
