import { type SourceObject } from './route';

/** What one activity brings: minutes to an hour, so that a killed worker costs little and a million objects few events. */
export const shardLimits = { objects: 5_000, bytes: 32 * 1024 ** 3 } as const;

/** Consecutive objects of a listing. */
export interface ShardPlan {
  /** The key before the first one, null for the first shard. */
  readonly after: string | null;
  readonly objects: readonly SourceObject[];
}

/** Cuts a listing into shards; an object larger than a shard is one. */
export async function* planShards(
  pages: AsyncIterable<readonly SourceObject[]>,
  limits: { readonly objects: number; readonly bytes: number } = shardLimits,
): AsyncGenerator<ShardPlan> {
  let after: string | null = null;
  let objects: SourceObject[] = [];
  let bytes = 0;
  for await (const page of pages)
    for (const object of page) {
      if (objects.length === limits.objects || (objects.length > 0 && bytes + object.bytes > limits.bytes)) {
        yield { after, objects };
        after = objects.at(-1)?.key ?? null;
        objects = [];
        bytes = 0;
      }
      objects.push(object);
      bytes += object.bytes;
    }
  if (objects.length > 0) yield { after, objects };
}
