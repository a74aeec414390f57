import { ledgerWorkflowId } from '../naming';
import { resourcePath, type ResourceRef } from '../resource';
import { type AsToldByCaller, entryReason, type HoldEntry } from './entry';

/** As many copies fit into an entry. */
const copiesPerEntry = 200;

/** What somebody has done to holds. */
export interface HoldAct {
  readonly fleet: string;
  readonly outcome: 'set' | 'released';
  /** The incident, or the author of what belongs to none. */
  readonly hold: string;
  readonly asked: AsToldByCaller;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A copy that an act was to change. */
export interface HeldCopy {
  readonly resource: ResourceRef;
  /** Its ARN. */
  readonly copy: string;
  readonly state: 'changed' | 'unchanged' | 'failed';
}

/** Entries of each resource with a changed copy. No workflow has done it: an entry names the one that writes it down. */
export function holdEntries(
  { fleet, outcome, hold, asked, now }: HoldAct,
  copies: readonly HeldCopy[],
): readonly HoldEntry[] {
  const at = new Date(now).toISOString();
  const byResource = new Map<string, HeldCopy[]>();
  for (const one of copies) {
    const path = resourcePath(one.resource);
    byResource.set(path, [...(byResource.get(path) ?? []), one]);
  }
  return [...byResource].flatMap(([path, all]) => {
    const changed = all.filter(({ state }) => state === 'changed');
    const failed = all.filter(({ state }) => state === 'failed').length;
    const [first] = changed;
    if (first === undefined) return [];
    return Array.from({ length: Math.ceil(changed.length / copiesPerEntry) }, (_, i): HoldEntry => {
      const id = ledgerWorkflowId(fleet, `${path} ${outcome} ${hold} ${at} ${i}`);
      return {
        ...{ version: 1, type: 'hold', fleet, tier: null, resource: first.resource, at, outcome, hold },
        reason: failed === 0 ? null : entryReason(`not complete: ${failed} more copies could not be changed`),
        asToldByCaller: asked,
        workflow: { id, runId: '-' },
        copies: changed.slice(i * copiesPerEntry, (i + 1) * copiesPerEntry).map(({ copy }) => copy),
      };
    });
  });
}
