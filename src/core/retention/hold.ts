import { noHold } from '../catalogue/copy';

/** Why somebody wants a recovery point to stay. The tag `farcopy:hold` of its copies says it, of several people too. */
export interface Hold {
  /** Who, by its own word; null of a text that Farcopy has not written. */
  readonly by: string | null;
  /** ISO 8601, UTC, to the second; null likewise. */
  readonly since: string | null;
  /** What is held together, and released together. Null of what has no such name. */
  readonly incident: string | null;
  /** Of a text that Farcopy has not written, all of it. */
  readonly reason: string;
}

/** Letters that need no replacement in a tag, and can be written in a shell. */
export const incidentPattern = /^[A-Za-z0-9][\w.-]{0,39}$/;

/** AWS's most of a tag's value (Tagging AWS Resources User Guide, tag naming limits); counted as JavaScript does, which is never less. */
const mostCharacters = 256;
const mostOfAuthor = 40;
/** Shorter reasons tell nobody anything. */
const leastOfReason = 7;
const cutMark = '...';
const separator = ' + ';

const holdPattern =
  /^(?<since>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) by=(?<by>[^\s=]+)(?: incident=(?<incident>[A-Za-z0-9][\w.-]{0,39}))? why=(?<reason>[^=]*)$/s;

/**
 * A text in characters that AWS takes in a tag (letters, digits, spaces and `_.:/+-@`), on one line. It has no equals sign, which parts
 * the fields of a hold, and no plus sign between spaces, which parts holds.
 */
export function tagText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}_.:/+\-@]+/gu, ' ')
    .split(' ')
    .filter((word) => word !== '' && word !== '+')
    .join(' ');
}

/**
 * A new hold. What a tag cannot say of its author and its reason is left out.
 *
 * @param since epoch milliseconds
 * @throws RangeError where nothing is left of the reason, or the incident has no {@link incidentPattern}
 */
export function newHold(by: string, since: number, incident: string | null, why: string): Hold {
  const reason = tagText(why);
  if (reason === '') throw new RangeError('a hold has a reason in letters or digits');
  if (incident !== null && !incidentPattern.test(incident)) throw new RangeError(`${incident}: not an incident`);
  const author = cut(tagText(by).replaceAll(' ', '-') || 'unknown', mostOfAuthor);
  const time = new Date(since).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const hold: Hold = { by: author, since: time, incident, reason: '' };
  return { ...hold, reason: cut(reason, mostCharacters - formatHold(hold).length) };
}

/** The holds that a tag's value tells; none of `none`. Each part of somebody else's text is a hold as well. */
export function parseHolds(value: string): readonly Hold[] {
  if (value === noHold) return [];
  const parts = value.split(separator).filter((part) => part !== noHold && part.trim() !== '');
  return (parts.length === 0 ? [value] : parts).map(parseHold);
}

function parseHold(text: string): Hold {
  const { since, by, incident, reason } = holdPattern.exec(text)?.groups ?? {};
  if (since === undefined || by === undefined || reason === undefined || Number.isNaN(Date.parse(since)))
    return { by: null, since: null, incident: null, reason: text };
  return { by, since, incident: incident ?? null, reason };
}

/** Whether two are of one incident, or of none and of one author: such a hold is set once. */
export function isSameHold(a: Hold, b: Hold): boolean {
  if (a.incident !== null || b.incident !== null) return a.incident === b.incident;
  return a.by === b.by && (a.by !== null || a.reason === b.reason);
}

/**
 * The value of a tag with one more hold: all others stay, with shorter reasons where there is no room. The same value where it has this hold
 * already, null where there is no room for another.
 */
export function withHold(value: string, hold: Hold): string | null {
  const others = parseHolds(value).filter((one) => formatHold(one) !== '');
  if (others.some((other) => isSameHold(other, hold))) return value;
  const all = [...others, hold];
  for (let most = mostCharacters; most >= leastOfReason; most -= 1) {
    const joined = all.map((one) => formatHold(withReason(one, most))).join(separator);
    if (joined.length <= mostCharacters) return joined;
  }
  return null;
}

/** The value of a tag without some of its holds: `none` once nobody holds the copy. */
export function withoutHolds(value: string, isReleased: (hold: Hold) => boolean): string {
  const holds = parseHolds(value);
  const staying = holds.filter((hold) => !isReleased(hold));
  if (staying.length === holds.length) return value;
  return holdsValue(staying);
}

/** The value of a tag that says these holds; `none` of none. */
export function holdsValue(holds: readonly Hold[]): string {
  return holds.map(formatHold).join(separator) || noHold;
}

/** A hold for people: `anna@laptop for incident breach-7 since 2026-11-21T09:14:03Z: ticket 4711`. */
export function holdText({ by, since, incident, reason }: Hold): string {
  if (by === null || since === null) return reason;
  return `${by}${incident === null ? '' : ` for incident ${incident}`} since ${since}: ${reason}`;
}

/** What a hold is called where there is little room: its incident, or else its author; a text of somebody else as it is. */
export function holdName({ by, incident, reason }: Hold): string {
  return incident ?? by ?? reason;
}

/** With a reason of at most so many characters; of a text of somebody else nothing is changed. */
function withReason(hold: Hold, most: number): Hold {
  return hold.by === null ? hold : { ...hold, reason: cut(hold.reason, most) };
}

/** As it stands in the tag. */
function formatHold({ by, since, incident, reason }: Hold): string {
  if (by === null || since === null) return reason;
  return [since, `by=${by}`, ...(incident === null ? [] : [`incident=${incident}`]), `why=${reason}`].join(' ');
}

/** Whole characters only. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length > most - cutMark.length) break;
    kept += character;
  }
  return `${kept.trimEnd()}${cutMark}`;
}
