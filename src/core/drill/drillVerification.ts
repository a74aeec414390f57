import { type ManifestShard } from '../catalogue/manifest';

/** Pieces at most, so that a history does not grow with the number of objects. */
const mostUnits = 64;

/** Cuts the shards of a manifest into runs of neighbours of about equal size, [from, to), each read back by itself. */
export function verificationUnits(shards: readonly Pick<ManifestShard, 'bytes'>[]): { from: number; to: number }[] {
  const wanted = shards.reduce((sum, { bytes }) => sum + bytes, 0) / mostUnits;
  const units: { from: number; to: number }[] = [];
  let from = 0;
  let bytes = 0;
  shards.forEach((shard, i) => {
    bytes += shard.bytes;
    const isLast = i === shards.length - 1;
    if (!isLast && (bytes < wanted || units.length === mostUnits - 1)) return;
    units.push({ from, to: i + 1 });
    from = i + 1;
    bytes = 0;
  });
  return units;
}
