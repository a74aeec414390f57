import { type LifecycleState } from '../backup/lifecycle';
import { type CreateRecoveryPointResult } from '../backup/recoveryPointResult';
import { sourcePlace } from '../catalogue/copy';
import { type RestoreDrillInput } from '../drill/drillRequest';
import { type DrillResult } from '../drill/drillResult';
import { type RestorePlan } from '../restore/restorePlan';
import { type RestoreRequest } from '../restore/restoreRequest';
import { type RestoreResult } from '../restore/restoreResult';
import {
  type ActEntry,
  type AsToldByCaller,
  type DrillEntry,
  entryReason,
  type LedgerEntry,
  type PlaceEntry,
  type RecoveryPointEntry,
  type RestoreEntry,
  untold,
} from './entry';

/** What only the workflow knows that asks for an entry. */
export interface Recorder {
  readonly workflow: LedgerEntry['workflow'];
  /** When it began: epoch milliseconds. */
  readonly begun: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly asked: AsToldByCaller;
}

const written = ({ workflow, now }: Pick<Recorder, 'workflow' | 'now'>) =>
  ({ version: 1, workflow, at: new Date(now).toISOString() }) as const;

/**
 * The entry of the recovery point that a lifecycle has just taken in; null where the fleet keeps no ledger.
 *
 * @param result null where it has none: it was cancelled, terminated, or another lifecycle had begun it
 */
export function recoveryPointEntry(
  { resource, policy, protectedSince, outcomes }: LifecycleState,
  result: CreateRecoveryPointResult | null,
  forced: boolean,
  { workflow }: Recorder,
): RecoveryPointEntry | null {
  const last = outcomes.at(-1);
  if (policy.ledger !== true || last === undefined) return null;
  const { scheduledTime, state, endedAt, reason } = last;
  const copies = result?.copies ?? [];
  return {
    ...written({ workflow, now: Date.parse(endedAt) }),
    type: 'recovery-point',
    fleet: policy.fleet,
    tier: policy.tier,
    resource,
    outcome: state,
    reason: entryReason(reason),
    asToldByCaller: untold,
    scheduledTime,
    dataTime: copies[0]?.dataTime ?? null,
    rpoSeconds: policy.rpoSeconds,
    protectedSince,
    forced,
    places: result === null ? [] : placesOf(policy.route, copies),
    stepSeconds: rounded(result?.stepSeconds ?? {}),
  };
}

/** Every place of the route, and what else keeps a copy: the exports on the way to a bucket. */
function placesOf(
  route: readonly { readonly name: string }[],
  copies: CreateRecoveryPointResult['copies'],
): PlaceEntry[] {
  const places = new Set([sourcePlace, ...route.map(({ name }) => name), ...copies.map(({ place }) => place)]);
  return [...places].map((place) => {
    const copy = copies.find((one) => one.place === place);
    if (copy === undefined) return { place, copy: null };
    const { account, region, id, arn, sizeGiB, bytes = null, verifiedAt } = copy;
    return { place, copy: { account, region, id, arn, sizeGiB, bytes, verifiedAt } };
  });
}

/**
 * The entry of a restore by a service; null where the fleet keeps no ledger, or it is that of a drill, which has its own.
 *
 * @param plan null where it was not planned: it has touched nothing
 */
export function restoreEntry(
  plan: RestorePlan | null,
  { drill }: Pick<RestoreRequest, 'drill'>,
  outcome: RestoreEntry['outcome'],
  end: { readonly reason: string } | Pick<RestoreResult, 'rtoSeconds'>,
  recorder: Recorder,
): RestoreEntry | null {
  if (plan?.ledger !== true || drill) return null;
  const { fleet, tier, resource, recoveryPoint, source, target, id } = plan;
  return {
    ...written(recorder),
    type: 'restore',
    fleet,
    tier,
    resource,
    outcome,
    reason: 'reason' in end ? entryReason(end.reason) : null,
    asToldByCaller: recorder.asked,
    recoveryPoint,
    dataTime: source.dataTime,
    from: source.place,
    to: `${target.account}/${target.region}/${id}`,
    rtoSeconds: 'rtoSeconds' in end ? end.rtoSeconds : null,
    totalSeconds: (recorder.now - recorder.begun) / 1000,
  };
}

/** The entry of a drill; null where the fleet keeps no ledger. */
export function drillEntry(
  { ledger }: Pick<RestoreDrillInput, 'ledger'>,
  result: DrillResult,
  wasCancelled: boolean,
  recorder: Recorder,
): DrillEntry | null {
  if (ledger !== true) return null;
  const { fleet, tier, drill, resource, recoveryPoint, dataTime, from, to, checks } = result;
  const passed = checks.filter(({ ok }) => ok).length;
  return {
    ...written(recorder),
    type: 'drill',
    fleet,
    tier,
    resource,
    outcome: wasCancelled ? 'cancelled' : result.verdict,
    reason: entryReason(result.failures.join('; ')),
    asToldByCaller: recorder.asked,
    drill,
    recoveryPoint,
    dataTime,
    from,
    to,
    rtoSeconds: result.rtoSeconds,
    rtoObjectiveSeconds: result.rtoObjectiveSeconds,
    checks: { passed, failed: checks.length - passed },
    left: result.tornDown === true ? null : entryReason(result.tornDown),
  };
}

/** The entry of what an operator told a lifecycle; null where the fleet keeps no ledger. */
export function actEntry(
  { resource, policy: { fleet, tier, ledger } }: LifecycleState,
  outcome: string,
  asToldByCaller: AsToldByCaller,
  recorder: Recorder,
): ActEntry | null {
  if (ledger !== true) return null;
  return { ...written(recorder), type: 'act', fleet, tier, resource, outcome, reason: null, asToldByCaller };
}

function rounded(seconds: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(seconds).map(([step, one]) => [step, Math.round(one * 10) / 10]));
}
