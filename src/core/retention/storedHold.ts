import { bucketLayout } from '../catalogue/bucket';
import { noHold } from '../catalogue/copy';
import { fingerprint } from '../naming';
import { type Hold, holdsValue, isSameHold, parseHolds } from './hold';

/**
 * Holds of copies in a bucket. A bucket has no tags that many people could change at once, so each thing that somebody does to a hold is an object
 * of its own, written once and never overwritten. Its name tells whose hold it is, when, and what was done. The object that sets a hold has the
 * author and the reason as well.
 *
 * `set`: it holds; `locked`: the cloud keeps every object as well; `unlocked`: it may keep them no more; `released`: it holds no more.
 */
export type HoldAct = 'set' | 'locked' | 'unlocked' | 'released';

/** A copy in a bucket, as keys have it. */
export interface CopyKey {
  /** `kind/account/region/id` */
  readonly path: string;
  /** `20261121t020000z` */
  readonly time: string;
}

/** A hold of a copy, by the names of objects alone. */
export interface ActiveHold {
  /** The same for whatever {@link isSameHold} calls the same. */
  readonly id: string;
  /** Of the object that has set it, relative to the bucket's own prefix. */
  readonly key: string;
  /** Whether it was said since then that the cloud keeps every object. */
  readonly locked: boolean;
}

/** A hold of a copy in a bucket. */
export interface StoredHold extends Omit<ActiveHold, 'key'> {
  readonly hold: Hold;
  /** Whether the cloud kept objects by a hold of somebody else before: whoever releases this one leaves that alone. */
  readonly foreign: boolean;
}

export const holdId = ({ by, incident, reason }: Hold): string =>
  fingerprint(JSON.stringify(incident === null ? [by, by === null ? reason : null] : [incident]));

/** Under it lies what was done to the holds of one copy. */
export const holdsOfCopy = ({ path, time }: CopyKey): string => `${bucketLayout.holds}${path}/${time}/`;

/** @param at epoch milliseconds */
export function holdActKey(copy: CopyKey, id: string, act: HoldAct, at: number): string {
  return `${holdsOfCopy(copy)}${id}/${new Date(at).toISOString().replace(/[-:.]/g, '').toLowerCase()}-${act}.json`;
}

const pattern = new RegExp(
  `^${bucketLayout.holds}([^/]+/\\d{12}/[^/]+/[^/]+)/(\\d{8}t\\d{6}z)/(\\w+)/(\\d{8}t\\d{9}z)-(set|locked|unlocked|released)\\.json$`,
);

/** Of two acts of one moment the one that keeps the copy counts; of its locks, the one that claims less. */
const precedence: readonly HoldAct[] = ['released', 'set', 'locked', 'unlocked'];

interface Act {
  readonly at: string;
  readonly act: HoldAct;
  readonly key: string;
}

/** What the objects under {@link bucketLayout.holds} say, in any order; what is none of them says nothing. */
export class HoldActs {
  /** By the copy, and then by the hold. */
  private readonly acts = new Map<string, Map<string, Act[]>>();

  /** @param key relative to the bucket's own prefix */
  add(key: string): void {
    const [, path, time, id, at, act] = pattern.exec(key) ?? [];
    if (path === undefined || time === undefined || id === undefined || at === undefined) return;
    const copy = `${path}/${time}`;
    const ofCopy = this.acts.get(copy) ?? new Map<string, Act[]>();
    this.acts.set(copy, ofCopy.set(id, [...(ofCopy.get(id) ?? []), { at, act: act as HoldAct, key }]));
  }

  active({ path, time }: CopyKey): readonly ActiveHold[] {
    return [...(this.acts.get(`${path}/${time}`) ?? [])].flatMap(([id, acts]) => activeOf(id, acts) ?? []);
  }

  /** A time after everything that was done to a hold, whatever the clocks of those who did it say: epoch milliseconds. */
  after({ path, time }: CopyKey, id: string, now: number): number {
    const done = this.acts.get(`${path}/${time}`)?.get(id) ?? [];
    return Math.max(now, ...done.map(({ at }) => millisecondsOf(at) + 1));
  }
}

function activeOf(id: string, acts: readonly Act[]): ActiveHold | null {
  let set: Act | null = null;
  let locked = false;
  const inOrder = [...acts].sort(
    (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0) || precedence.indexOf(a.act) - precedence.indexOf(b.act),
  );
  for (const act of inOrder) {
    if (act.act === 'set') set ??= act;
    else if (act.act === 'released') [set, locked] = [null, false];
    else locked = act.act === 'locked';
  }
  return set === null ? null : { id, key: set.key, locked };
}

function millisecondsOf(time: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)(\d{3})z$/.exec(time) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, milliseconds = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
}

/** Nobody believes a hold of more letters: a person has written it. */
const mostCharacters = 4096;

/** What the object says that sets a hold. */
export function holdNote(hold: Hold, foreign: boolean): string {
  return `${JSON.stringify({ version: 1, hold, foreign })}\n`;
}

/** What cannot be read holds as well: as a text that nobody has signed, and with whatever the cloud holds being somebody else's. */
export function readHold({ id, locked, key }: ActiveHold, content: string): StoredHold {
  const unreadable: Hold = { by: null, since: null, incident: null, reason: `a hold that cannot be read in ${key}` };
  const unsigned: StoredHold = { id, locked, hold: unreadable, foreign: true };
  if (content.length > mostCharacters) return unsigned;
  try {
    const { hold, foreign } = JSON.parse(content) as { readonly hold?: Partial<Hold>; readonly foreign?: unknown };
    const { by, since, incident = null, reason } = hold ?? {};
    if (typeof by !== 'string' || typeof since !== 'string' || typeof reason !== 'string') return unsigned;
    if (incident !== null && typeof incident !== 'string') return unsigned;
    const said: Hold = { by, since, incident, reason };
    // As a tag would say it: whoever could write there could write what no hold looks like.
    const [read, ...more] = parseHolds(holdsValue([said]));
    if (read === undefined || more.length > 0 || !isSameHold(read, said) || read.by === null || holdId(said) !== id)
      return unsigned;
    return { id, locked, hold: said, foreign: foreign !== false };
  } catch {
    return unsigned;
  }
}

/** The same as the tag `farcopy:hold` of a snapshot says it. */
export function storedHoldsValue(holds: readonly Pick<StoredHold, 'hold'>[]): string {
  return holdsValue(holds.map(({ hold }) => hold));
}

/** The value of both: of what a record says since it was written, and of what was done since. */
export function joinedHolds(recorded: string, holds: readonly Pick<StoredHold, 'hold'>[]): string {
  if (holds.length === 0) return recorded;
  return holdsValue([...parseHolds(recorded), ...holds.map(({ hold }) => hold)]) || noHold;
}
