import { type DeletedCopy, type DeletionReport, type MarkReport } from '../retention/pruneRun';
import { resourcePath } from '../resource';
import { type Recorder } from './entries';
import { entryReason, type PruneEntry } from './entry';

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

/** The entry of what was marked; null where no mark has changed. */
export function markedEntry(
  fleet: string,
  { plan, marked, unmarked }: MarkReport,
  recorder: Recorder,
): PruneEntry | null {
  if (marked + unmarked === 0) return null;
  const reason = entryReason(`${marked} copies marked, ${unmarked} marked no more`);
  return { ...base(fleet, plan, recorder), resource: null, outcome: 'marked', reason, copies: [] };
}

/** An entry for each resource that has lost copies. */
export function deletedEntries(fleet: string, { plan, deleted }: DeletionReport, recorder: Recorder): PruneEntry[] {
  const byResource = new Map<string, DeletedCopy[]>();
  for (const one of deleted) {
    const path = resourcePath(one.resource);
    byResource.set(path, [...(byResource.get(path) ?? []), one]);
  }
  return [...byResource.values()].flatMap((copies) => {
    const [first] = copies;
    if (first === undefined) return [];
    const entry = { ...base(fleet, plan, recorder), resource: first.resource, outcome: 'deleted', reason: null };
    return [{ ...entry, copies: copies.map(({ resource: _, ...copy }) => copy) }];
  });
}
