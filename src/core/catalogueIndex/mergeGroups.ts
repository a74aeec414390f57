import { copyId, type JudgedCopy } from '../catalogue/judgedCopy';
import { type CopyGroup } from './copyGroup';

/** Groups of one shard, or of a place that was read, in the order of their keys: each key once. */
export type Groups = Iterator<CopyGroup>;

/** How often a copy was met that had been met before. */
export interface Twins {
  count: number;
}

/**
 * Every resource with all its copies from all shards, one after the other in the order of their keys; of each the newest copies first. A copy
 * that stands in the shards twice is one: what is doubted gives way, then what came from an earlier source.
 *
 * @param twins counts what was left out
 */
export function* mergeGroups(sources: readonly Groups[], twins: Twins): Generator<CopyGroup> {
  const heads = sources.map((source) => source.next());
  const seen = new Set<number>();
  for (;;) {
    let key: string | null = null;
    for (const head of heads) if (head.done !== true && (key === null || head.value.key < key)) key = head.value.key;
    if (key === null) return;
    const copies: JudgedCopy[] = [];
    /** Where among them each one is, by its name: made once a twin is met. */
    let places: Map<string, number> | null = null;
    for (const [i, source] of sources.entries()) {
      const head = heads[i];
      if (head === undefined || head.done === true || head.value.key !== key) continue;
      for (const copy of head.value.copies) {
        const name = nameOf(copy);
        const print = printOf(name);
        if (!seen.has(print)) {
          seen.add(print);
          places?.set(name, copies.length);
          copies.push(copy);
          continue;
        }
        twins.count += 1;
        places ??= new Map(copies.map((one, at) => [nameOf(one), at]));
        const at = places.get(name);
        // What was met under another resource counts there alone.
        if (at !== undefined && (copy.doubt === null || copies[at]?.doubt !== null)) copies[at] = copy;
      }
      heads[i] = source.next();
    }
    yield { key, copies: copies.sort(latestFirst) };
  }
}

/** Several vaults may be filled from one export, and each has it as a place of its own. */
const nameOf = (copy: JudgedCopy): string => (copy.copy === null ? `${copyId(copy)} ${copy.place}` : copy.copy.arn);

export function latestFirst(a: JudgedCopy, b: JudgedCopy): number {
  if (a.scheduledTime !== b.scheduledTime) return a.scheduledTime < b.scheduledTime ? 1 : -1;
  return a.place < b.place ? -1 : a.place > b.place ? 1 : 0;
}

/** 53 bits of a text: of a million copies, two share them once in ten thousand fleets, and names need no memory. */
function printOf(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
