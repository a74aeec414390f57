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

/** About ten bytes an episode, where thousands have opened together; {@link unpackedEpisodes} makes them again, to the minute. */
export function packedEpisodes(episodes: Iterable<Episode>, sets: PackedSets): PackedEpisodes[] {
  const groups = new Map<string, { readonly group: Omit<PackedEpisodes, 'names'>; readonly names: string[] }>();
  for (const {
    key,
    state,
    event,
    latest,
    since,
    openedAt,
    asOf,
    resolvedAt,
    flaps,
    heard,
    settled,
    batches,
  } of episodes) {
    const cut = key.lastIndexOf('/') + 1;
    const group = {
      ...{ in: key.slice(0, cut), state, event, latest, asOf, flaps },
      ...{ since: minuteOf(since), openedAt: minuteOf(openedAt), resolvedAt: minuteOf(resolvedAt) },
      ...{ heard: sets.indexOf(heard), settled: sets.indexOf(settled), batches: [...batches] },
    };
    const id = JSON.stringify(group);
    const known = groups.get(id) ?? { group, names: [] };
    known.names.push(key.slice(cut));
    groups.set(id, known);
  }
  return [...groups.values()].map(({ group, names }) => ({ ...group, names: packedNames(names) }));
}

export function unpackedEpisodes(
  { in: folder, names, batches, heard, settled, ...group }: PackedEpisodes,
  setAt: (index: number) => NameSet,
): Episode[] {
  return unpackedNames(names).map((name) => ({
    ...group,
    key: `${folder}${name}`,
    since: group.since * minute,
    openedAt: group.openedAt * minute,
    resolvedAt: group.resolvedAt * minute,
    heard: setAt(heard),
    settled: setAt(settled),
    batches: new Set(batches),
    text: null,
  }));
}

export function packedBatch(
  { to, message: { fleet: _, ...message }, ...batch }: Batch,
  sets: PackedSets,
  names: NameSets,
): CarriedBatch {
  return { ...batch, message, to: sets.indexOf(names.of(to)) };
}

const minuteOf = (time: number) => Math.floor(time / minute);
const mostShared = 35;

/** Each as the number of characters it has in common with the one before, as a digit of base 36, and what differs. */
export function packedNames(names: readonly string[]): string {
  const sorted = [...names].sort();
  return sorted
    .map((name, i) => {
      const shared = sharedWith(sorted[i - 1] ?? '', name);
      return `${shared.toString(36)}${name.slice(shared)}`;
    })
    .join('\n');
}

export function unpackedNames(packed: string): string[] {
  let before = '';
  return packed
    .split('\n')
    .map((one) => (before = `${before.slice(0, parseInt(one.charAt(0), 36) || 0)}${one.slice(1)}`));
}

/** Never half of a character. */
function sharedWith(a: string, b: string): number {
  let shared = 0;
  while (shared < mostShared && shared < a.length && shared < b.length && a[shared] === b[shared]) shared += 1;
  return /[\uD800-\uDBFF]/.test(b.charAt(shared - 1)) ? shared - 1 : shared;
}
