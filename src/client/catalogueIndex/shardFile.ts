import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type CopyGroup, decodeGroup, encodeGroup, ShardFault } from '../../core/catalogueIndex/copyGroup';
import { type IndexShard } from '../../core/catalogueIndex/indexLayout';

/** So much is unpacked at once: a reader holds one block of each shard. */
const blockBytes = 1024 ** 2;
/** A block ends with the line that fills it, and a line is one resource. Whoever can write into the bucket could pack more. */
const mostBlockBytes = 64 * 1024 ** 2;

/** A shard as it is written: blocks of gzip, one after the other, which together are one file of gzip. */
export interface PackedShard extends IndexShard {
  readonly content: Buffer;
}

/** @param groups in the order of their keys */
export function packShard(place: string | null, groups: Iterable<CopyGroup>): PackedShard {
  const parts: Buffer[] = [];
  let [lines, size, copies]: [string[], number, number] = [[], 0, 0];
  const end = () => {
    if (lines.length > 0) parts.push(gzipSync(lines.join('')));
    [lines, size] = [[], 0];
  };
  for (const group of groups) {
    const line = `${encodeGroup(group)}\n`;
    lines.push(line);
    size += line.length;
    copies += group.copies.length;
    if (size >= blockBytes) end();
  }
  end();
  const content = Buffer.concat(parts);
  return {
    ...{ place, copies, content, bytes: content.length, sha256: sha256Of(content) },
    blocks: parts.map(({ length }) => length),
  };
}

/** Whether a file is the one that a manifest names; in words for people why it is not. */
export function faultOfShard({ bytes, sha256, blocks }: IndexShard, content: Buffer): string | null {
  if (content.length !== bytes) return `it has ${content.length} bytes, and the index says ${bytes}`;
  if (sha256Of(content) !== sha256) return 'its checksum is not the one that the index says';
  return blocks.reduce((sum, size) => sum + size, 0) === bytes ? null : 'its blocks are not as long as it is';
}

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/**
 * Reads a shard, resource by resource.
 *
 * @param places of the fleet file
 * @throws ShardFault where it is not what it should be
 */
export function* groupsOf(
  { place, copies, blocks }: IndexShard,
  content: Buffer,
  places: ReadonlySet<string>,
): Generator<CopyGroup, void> {
  const belongs = (of: string) => (place === null ? !places.has(of) : of === place);
  let [from, read, last]: [number, number, string | null] = [0, 0, null];
  for (const size of blocks) {
    const block = unpacked(content.subarray(from, from + size), place);
    from += size;
    for (let start = 0; start < block.length;) {
      const end = block.indexOf(0x0a, start);
      if (end === -1) throw new ShardFault(place, 'a line has no end');
      const group = decodeGroup(block.toString('utf8', start, end), place, belongs);
      start = end + 1;
      if (last !== null && group.key <= last) throw new ShardFault(place, `${group.key} comes after ${last}`);
      last = group.key;
      if (group.copies.length === 0) throw new ShardFault(place, `of ${group.key}, there is no copy`);
      read += group.copies.length;
      if (read > copies) throw new ShardFault(place, `it has more than the ${copies} copies that the index says`);
      yield group;
    }
  }
  if (read !== copies) throw new ShardFault(place, `it has ${read} copies, and the index says ${copies}`);
}

/** What the shard of everything that lies in no place of the fleet file is called. */
export const otherPlaces = 'other places';

function unpacked(block: Buffer, place: string | null): Buffer {
  try {
    return gunzipSync(block, { maxOutputLength: mostBlockBytes });
  } catch (error) {
    throw new ShardFault(place, `it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}
