import { bucketLayout } from '../catalogue/bucket';
import { fingerprint } from '../naming';
import { type Hold, holdsValue, isSameHold, parseHolds } from './hold';

/**
 * Holds of copies in a bucket. A bucket has no tags that many people could change at once, so each thing that somebody does to a hold is an object
 * of its own, written once and never overwritten. Its name tells whose hold it is, when, and what was done. The object that sets a hold has the
 * author and the reason as well.
 *
 * - `set`: it holds.
 * - `locking`: from now on the cloud keeps objects, none of which it kept before.
 * - `beside`: from now on the cloud keeps objects, some of which it kept before by a hold of somebody else.
 * - `refused`: the cloud let Farcopy set none.
 * - `locked`: the cloud keeps every object.
 * - `unlocked`: a release is under way, and the cloud may keep them no more.
 * - `released`: it holds no more.
 */
export type HoldAct = (typeof acts)[number];

/** Of two acts of one moment the one that keeps the copy counts; of its locks, the one that claims less. */
const acts = ['released', 'set', 'refused', 'locking', 'beside', 'locked', 'unlocked'] as const;

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
  /** Whether it was said since then that the cloud keeps every object: as it was then, not as it is now. */
  readonly locked: boolean;
  /** Whose the holds of the cloud are: null: Farcopy has begun to set none. */
  readonly cloud: 'ours' | 'others' | null;
  /** Whether somebody has begun to release it, and has not come to the end. */
  readonly releasing: boolean;
}

/** A hold of a copy in a bucket. */
export interface StoredHold extends Omit<ActiveHold, 'key'> {
  readonly hold: Hold;
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
  `^${bucketLayout.holds}([^/]+/\\d{12}/[^/]+/[^/]+)/(\\d{8}t\\d{6}z)/(\\w+)/(\\d{8}t\\d{9}z)-(${acts.join('|')})\\.json$`,
);

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
    return [...(this.acts.get(`${path}/${time}`) ?? [])].flatMap(([id, done]) => activeOf(id, done) ?? []);
  }

  /** Keys of what was done to a hold, in its order. */
  of({ path, time }: CopyKey, id: string): readonly { readonly act: HoldAct; readonly key: string }[] {
    return inOrder(this.acts.get(`${path}/${time}`)?.get(id) ?? []);
  }

  /** A time after everything that was done to a hold, whatever the clocks of those who did it say: epoch milliseconds. */
  after({ path, time }: CopyKey, id: string, now: number): number {
    const done = this.acts.get(`${path}/${time}`)?.get(id) ?? [];
    return Math.max(now, ...done.map(({ at }) => millisecondsOf(at) + 1));
  }
}

const inOrder = (done: readonly Act[]): readonly Act[] =>
  [...done].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0) || acts.indexOf(a.act) - acts.indexOf(b.act));

function activeOf(id: string, done: readonly Act[]): ActiveHold | null {
  const none = { set: null as Act | null, locked: false, cloud: null as ActiveHold['cloud'], releasing: false };
  let now = none;
  for (const one of inOrder(done)) {
    if (one.act === 'released') {
      now = none;
      continue;
    }
    // Whoever has taken away what set it has not released it.
    now = { ...now, set: now.set?.act === 'set' ? now.set : one.act === 'set' ? one : (now.set ?? one) };
    if (one.act === 'set') now.releasing = false;
    if (one.act === 'locking') now.cloud ??= 'ours';
    if (one.act === 'refused') now.cloud = null;
    if (one.act === 'beside') now.cloud = 'others';
    if (one.act === 'locked') now.locked = true;
    if (one.act === 'unlocked') now = { ...now, locked: false, releasing: true };
  }
  const { set, ...rest } = now;
  return set === null ? null : { id, key: set.key, ...rest };
}

function millisecondsOf(time: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)(\d{3})z$/.exec(time) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, milliseconds = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
}

/** Nobody believes a hold of more letters: a person has written it. */
const mostCharacters = 4096;

/** What the object says that sets a hold. */
export function holdNote(hold: Hold): string {
  return `${JSON.stringify({ version: 1, hold })}\n`;
}

/** What cannot be read holds as well: as a text that nobody has signed. */
export function readHold({ key, ...active }: ActiveHold, content: string): StoredHold {
  const reason = `a hold that cannot be read in ${key}`;
  const unsigned: StoredHold = { ...active, hold: { by: null, since: null, incident: null, reason } };
  if (content.length > mostCharacters) return unsigned;
  try {
    const { hold } = JSON.parse(content) as { readonly hold?: Partial<Hold> };
    const { by, since, incident = null, reason: why } = hold ?? {};
    if (typeof by !== 'string' || typeof since !== 'string' || typeof why !== 'string') return unsigned;
    if (incident !== null && typeof incident !== 'string') return unsigned;
    const said: Hold = { by, since, incident, reason: why };
    // As a tag would say it: whoever could write there could write what no hold looks like.
    const [read, ...more] = parseHolds(holdsValue([said]));
    if (read === undefined || more.length > 0 || !isSameHold(read, said) || read.by === null) return unsigned;
    return holdId(said) === active.id ? { ...active, hold: said } : unsigned;
  } catch {
    return unsigned;
  }
}

/** Whether it was said of a hold that the cloud keeps every object: as it was then. */
export function isLocked(holds: readonly Pick<StoredHold, 'hold' | 'locked'>[], hold: Hold): boolean {
  return holds.some((one) => one.locked && isSameHold(one.hold, hold));
}

/** The same as the tag `farcopy:hold` of a snapshot says it. */
export function storedHoldsValue(holds: readonly Pick<StoredHold, 'hold'>[]): string {
  return holdsValue(holds.map(({ hold }) => hold));
}

/** The value of both: of what a record says since it was written, and of what was done since. */
export function joinedHolds(recorded: string, holds: readonly Pick<StoredHold, 'hold'>[]): string {
  if (holds.length === 0) return recorded;
  return holdsValue([...parseHolds(recorded), ...holds.map(({ hold }) => hold)]);
}
