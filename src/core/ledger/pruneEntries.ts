import { type DeletedCopy, type DeletionReport, type MarkReport } from '../retention/pruneRun';
import { resourcePath } from '../resource';
import { type Recorder } from './entries';
import { entryReason, type PrunedCopy, type PruneEntry } from './entry';

/** So many fit into an entry, whatever they are called. */
const copiesOfEntry = 50;

const base = (fleet: string, plan: string, { workflow, now, asked }: Recorder) =>
  ({
    version: 1,
    type: 'prune',
    fleet,
    tier: null,
    at: new Date(now).toISOString(),
    workflow,
    asToldByCaller: asked,
    plan,
  }) as const;

/** The entry of a run that has marked; null where no mark has changed. */
export function markedEntry(
  fleet: string,
  { plan, marked, unmarked }: MarkReport,
  recorder: Recorder,
): PruneEntry | null {
  if (marked + unmarked === 0) return null;
  const reason = entryReason(`${marked} copies marked, ${unmarked} marked no more`);
  return { ...base(fleet, plan, recorder), resource: null, outcome: 'marked', reason, copies: [] };
}

/** Entries of the copies that each resource has lost. */
export function deletedEntries(fleet: string, { plan, deleted }: DeletionReport, recorder: Recorder): PruneEntry[] {
  const byResource = new Map<string, DeletedCopy[]>();
  for (const one of deleted) {
    const path = resourcePath(one.resource);
    const known = byResource.get(path);
    if (known === undefined) byResource.set(path, [one]);
    else known.push(one);
  }
  return [...byResource.values()].flatMap((ofResource) =>
    chunks(ofResource).flatMap((chunk) => {
      const [first] = chunk;
      if (first === undefined) return [];
      const copies = chunk.map(({ resource: _, ...copy }): PrunedCopy => copy);
      return [{ ...base(fleet, plan, recorder), resource: first.resource, outcome: 'deleted', reason: null, copies }];
    }),
  );
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / copiesOfEntry) }, (_, i) =>
    all.slice(i * copiesOfEntry, (i + 1) * copiesOfEntry),
  );
}
