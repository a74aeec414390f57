import { type Fleet } from '../../config';
import { type Compliance, complianceOf, type ProtectionEvent } from '../../core/ledger/compliance';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { type ResourceArgument } from '../catalogue/resourceArgument';
import { type LedgerProblem, type LedgerReader, resourceOf, type Window } from './readLedger';

export interface ResourceCompliance extends NamedResource, Compliance {
  /** The RPO in force at the end of the window, as far as the ledger tells. */
  readonly rpoSeconds: number | null;
}

export interface FleetCompliance {
  /** The worst first. */
  readonly resources: readonly ResourceCompliance[];
  readonly reachesBackTo: string | null;
  readonly problems: readonly LedgerProblem[];
}

/** An entry from before the window says how it begins: so far back it is looked for, at the least. */
const leastLookBackSeconds = 8 * 86_400;
const mostProblems = 20;

/** What share of a window the RPO of the time was met in, resource by resource: by the keys of the ledger alone. */
export async function fleetCompliance(
  reader: LedgerReader,
  { tiers }: Pick<Fleet, 'tiers'>,
  window: Window,
  named: readonly ResourceArgument[],
): Promise<FleetCompliance> {
  const lookBack = Math.max(leastLookBackSeconds, ...tiers.map(({ rpoSeconds }) => 2 * rpoSeconds)) * 1000;
  const reachesBackTo = await reader.firstDay();
  const events = new Map<string, ProtectionEvent[]>();
  for await (const keys of reader.keys({ from: window.from - lookBack, to: window.to }, reachesBackTo, named))
    for (const { path, type, outcome, at, protectedSince, rpoSeconds } of keys) {
      const isEnd = type === 'act' && outcome === 'retire';
      if (path === null || !(type === 'recovery-point' || isEnd)) continue;
      const protection =
        isEnd || protectedSince === null || rpoSeconds === null ? null : { protectedSince, rpoSeconds };
      const ofResource = events.get(path) ?? [];
      if (ofResource.length === 0) events.set(path, ofResource);
      ofResource.push({ at, protection });
    }
  const resources = [...events].flatMap(([path, ofResource]): ResourceCompliance[] => {
    const resource = resourceOf(path);
    const last = ofResource.reduce((a, b) => (a.at >= b.at ? a : b));
    const compliance = complianceOf(ofResource, window);
    if (resource === null || compliance.share === null) return [];
    return [{ ...resource, ...compliance, rpoSeconds: last.protection?.rpoSeconds ?? null }];
  });
  resources.sort((a, b) => (a.share ?? 0) - (b.share ?? 0));
  return { resources, reachesBackTo, problems: reader.problems.slice(0, mostProblems) };
}
