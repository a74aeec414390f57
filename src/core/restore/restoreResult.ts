import { markdown } from '../markdown';
import { type ResourceKind } from '../resource';
import { type StepGraph, type StepReport } from '../steps/stepGraph';
import { type VisibleState } from '../searchAttributes';
import { type RestoredFacts, type RestorePlan } from './restorePlan';

/** What came back, and how it differs from what was. */
export interface RestoreResult extends RestoredFacts {
  readonly kind: ResourceKind;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly recoveryPoint: string;
  /** When the data is from (ISO 8601, UTC). */
  readonly dataTime: string;
  readonly from: { readonly place: string; readonly account: string; readonly region: string };
  /** From the start of the workflow until it could be used: what a recovery time objective is about. */
  readonly rtoSeconds: number;
  /** Until everything was done, settings included. */
  readonly totalSeconds: number;
  /** What is not as it was, in words for people. */
  readonly differences: readonly string[];
}

/** What the query `progress` of a restore answers. */
export interface RestoreProgress {
  readonly state: VisibleState;
  /** Null until it is planned. */
  readonly plan: RestorePlan | null;
  readonly steps: readonly StepReport[];
}

/**
 * The result of a restore whose steps are all done.
 *
 * @param times epoch milliseconds
 */
export function restoreResult(
  { resource, target, id, recoveryPoint, source, differences, steps, usable }: RestorePlan,
  graph: StepGraph,
  times: { readonly begun: number; readonly ended: number },
): RestoreResult {
  const facts = steps.flatMap((step) => graph.result(step.id)?.facts ?? []).at(-1) as unknown as RestoredFacts;
  const usableAt = Math.max(times.begun, ...usable.map((step) => graph.endedAt(step) ?? times.ended));
  return {
    kind: resource.kind,
    account: target.account,
    region: target.region,
    id,
    ...facts,
    recoveryPoint,
    dataTime: source.dataTime,
    from: { place: source.place, account: source.account, region: source.region },
    rtoSeconds: (usableAt - times.begun) / 1000,
    totalSeconds: (times.ended - times.begun) / 1000,
    differences: [...differences, ...graph.notes.map(({ message }) => message)],
  };
}

/** Why a restore failed of which the data is back all the same. */
export function keptText(why: string, { id, target: { account, region } }: RestorePlan): string {
  return `${why}. The data is back all the same: ${id} in ${account}/${region} is available and was left there; go on with it by hand, or delete it`;
}

/** Markdown for the Temporal UI. */
export function differenceLines({ differences }: RestorePlan): string[] {
  return differences.map((one) => markdown`- not as it was: ${one}`);
}
