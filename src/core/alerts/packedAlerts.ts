import { type Batch, type CarriedBatch, type Episode, type PackedEpisodes } from './alert';
import { type NameSet, type NameSets } from './nameSet';

const minute = 60_000;

/** Sets of receivers by their index, each name once. */
export class PackedSets {
  readonly names: string[] = [];
  readonly sets: number[][] = [];
  private readonly known = new Map<string, number>();

  indexOf({ key, names }: Pick<NameSet, 'key' | 'names'>): number {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    this.sets.push([...names].map((name) => this.nameIndex(name)));
    this.known.set(key, this.sets.length - 1);
    return this.sets.length - 1;
  }

  private readonly nameIndexes = new Map<string, number>();

  private nameIndex(name: string): number {
    const index = this.nameIndexes.get(name) ?? this.names.push(name) - 1;
    this.nameIndexes.set(name, index);
    return index;
  }
}

/**
 * About fifteen bytes an episode, where many have opened in the same place; {@link unpackedEpisodes} makes them again, to the minute.
 * A row is a name, as the number of characters that it has in common with the one before and what differs, and behind tabs three times:
 * since when it is open, how much later it has opened again, and its end.
 */
export function packedEpisodes(episodes: Iterable<Episode>, sets: PackedSets): PackedEpisodes[] {
  const groups = new Map<
    string,
    { readonly group: Omit<PackedEpisodes, 'rows' | 'from' | 'endsFrom'>; readonly members: Episode[] }
  >();
  for (const episode of episodes) {
    const { key, state, event, latest, asOf, size, saidSize, worseAt, flaps, batches } = episode;
    const { heard, settled, unaware } = episode;
    const group = {
      ...{ in: key.slice(0, nameAt(key)), state, event, latest, asOf, size, saidSize, worseAt, flaps },
      ...{ heard: sets.indexOf(heard), settled: sets.indexOf(settled) },
      ...{ unaware: sets.indexOf(unaware), batches: [...batches] },
    };
    const id = JSON.stringify(group);
    const known = groups.get(id) ?? { group, members: [] };
    known.members.push(episode);
    groups.set(id, known);
  }
  return [...groups.values()].map(({ group, members }) => {
    const first = (timeOf: (one: Episode) => number) =>
      members.reduce((t, one) => Math.min(t, minuteOf(timeOf(one))), Infinity);
    const [from, endsFrom] = [first(({ since }) => since), first(({ resolvedAt }) => resolvedAt)];
    return { ...group, from, endsFrom, rows: packedRows(members, from, endsFrom) };
  });
}

export function unpackedEpisodes(
  { in: folder, rows, from, endsFrom, batches, heard, settled, unaware, ...group }: PackedEpisodes,
  setAt: (index: number) => NameSet,
): Episode[] {
  let name = '';
  return rows.split('\n').map((row) => {
    const [packed = '', ...times] = row.split('\t');
    name = `${name.slice(0, numberOf(packed.charAt(0)))}${packed.slice(1)}`;
    const [since = 0, later = 0, end = 0] = times.map(numberOf);
    return {
      ...group,
      key: `${folder}${name}`,
      since: (from + since) * minute,
      openedAt: (from + since + later) * minute,
      resolvedAt: (endsFrom + end) * minute,
      heard: setAt(heard),
      settled: setAt(settled),
      unaware: setAt(unaware),
      batches: new Set(batches),
      text: null,
    };
  });
}

export function packedBatch(
  { to, message: { fleet: _, ...message }, ...batch }: Batch,
  sets: PackedSets,
  names: NameSets,
): CarriedBatch {
  return { ...batch, message, to: sets.indexOf(names.of(to)) };
}

function packedRows(episodes: readonly Episode[], from: number, endsFrom: number): string {
  const sorted = [...episodes].sort((a, b) => (a.key < b.key ? -1 : 1));
  let before = '';
  return sorted
    .map(({ key, since, openedAt, resolvedAt }) => {
      const name = key.slice(nameAt(key));
      const shared = sharedWith(before, name);
      before = name;
      const [first, opened, resolved] = [minuteOf(since), minuteOf(openedAt), minuteOf(resolvedAt)];
      const times = [first - from, opened - first, resolved - endsFrom];
      while (times.at(-1) === 0) times.pop();
      const parts = [`${digits(shared)}${name.slice(shared)}`, ...times.map(digits)];
      return parts.join('\t');
    })
    .join('\n');
}

const nameAt = (key: string) => key.lastIndexOf('/') + 1;
const minuteOf = (time: number) => Math.floor(time / minute);
const digits = (number: number) => number.toString(36);
const numberOf = (text: string) => Math.min(mostMinutes, Math.max(0, parseInt(text, 36) || 0));
/** Whoever has packed it: dates can say as many. */
const mostMinutes = 5e7;
/** One digit. */
const mostShared = 35;

/** Never half of a character. */
function sharedWith(a: string, b: string): number {
  let shared = 0;
  while (shared < mostShared && shared < a.length && shared < b.length && a[shared] === b[shared]) shared += 1;
  return /[\uD800-\uDBFF]/.test(b.charAt(shared - 1)) ? shared - 1 : shared;
}
