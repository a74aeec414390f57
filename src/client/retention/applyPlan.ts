import { cloudClock } from '../../activities/retention/cloudTime';
import { markDoomed } from '../../activities/retention/markDoomed';
import { planRetention } from '../../activities/retention/planRetention';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type Fleet } from '../../config';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import { type MarkReport } from '../../core/retention/pruneRun';
import { type SeenPlan } from './planStore';

export interface AppliedPlan extends Omit<MarkReport, 'ledger'> {
  /** Of what the person has seen, what retention still lets go: that was marked. */
  readonly approved: readonly DoomedCopy[];
  /** Of what the person has seen, what stays now after all, or is gone. */
  readonly overtaken: number;
}

export interface ApplyOptions {
  /** Epoch milliseconds, by the clock of this machine. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told how many are marked. */
  readonly onMarked: (count: number) => void;
}

/**
 * Marks what a person has seen and lets go, brakes or not: of that no more than retention lets go now.
 *
 * @param clouds as the role that marks opens them: whoever may not take that role on lets nothing go
 */
export async function applyPlan(
  fleet: Fleet,
  clouds: FleetClouds,
  { id, copies }: SeenPlan,
  { now, signal, onMarked }: ApplyOptions,
): Promise<AppliedPlan> {
  const clock = cloudClock(fleet, clouds, now, signal);
  const judged = await planRetention(fleet, clouds, await clock(), signal);
  const seen = new Set(copies);
  const approved = judged.plan.doomed.filter(({ copy }) => seen.has(copy.id));
  let count = 0;
  const report = await markDoomed(judged, clouds, {
    approval: { plan: id, copies: seen },
    clock,
    signal,
    onMarked: () => onMarked((count += 1)),
  });
  return { ...report, approved, overtaken: copies.length - approved.length };
}
