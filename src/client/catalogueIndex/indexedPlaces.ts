import { type Fleet } from '../../config';
import { exportPlace, sourcePlace } from '../../core/catalogue/copy';
import { type JudgedCopy, pointsOf } from '../../core/catalogue/judgedCopy';
import { type CopyGroup } from '../../core/catalogueIndex/copyGroup';
import { latestFirst } from '../../core/catalogueIndex/mergeGroups';
import { fingerprint } from '../../core/naming';

type Places = Pick<Fleet, 'vaults' | 'buckets'>;

/** Places that have a shard of their own. What lies elsewhere, as intermediate copies do, has one shard together. */
export function placesOf({ vaults, buckets }: Places): readonly string[] {
  const ofBuckets = buckets.flatMap(({ name }) => [name, exportPlace(name)]);
  return [...new Set([sourcePlace, ...vaults.map(({ name }) => name), ...ofBuckets])];
}

/** Tells apart fleet files whose copies lie in other places: what the index says of them is believed no more. */
export function placesPrint({ vaults, buckets }: Places): string {
  return fingerprint(JSON.stringify([vaults, buckets.map(({ name, bucket }) => [name, bucket])]));
}

/** Copies by the place of the shard that they belong into, in the order that shards have. */
export function groupsByPlace(
  copies: Iterable<JudgedCopy>,
  places: readonly string[],
): Map<string | null, CopyGroup[]> {
  const known = new Set(places);
  const shards = new Map<string | null, Map<string, JudgedCopy[]>>();
  for (const copy of copies) {
    const place = known.has(copy.place) ? copy.place : null;
    const groups = shards.get(place) ?? new Map<string, JudgedCopy[]>();
    shards.set(place, groups);
    const key = pointsOf(copy.recoveryPoint);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [copy]);
    else group.push(copy);
  }
  return new Map(
    [...shards].map(([place, groups]) => [
      place,
      [...groups]
        .map(([key, ofKey]) => ({ key, copies: ofKey.sort(latestFirst) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    ]),
  );
}
