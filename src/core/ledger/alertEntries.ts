import { type LostDelivery } from '../alerts/alert';
import { type LifecycleState } from '../backup/lifecycle';
import { type Recorder } from './entries';
import { type AlertEntry, entryReason, untold } from './entry';

const base = ({ workflow, now }: Recorder) =>
  ({ version: 1, type: 'alert', at: new Date(now).toISOString(), workflow, asToldByCaller: untold }) as const;

/** The entry of an RPO that is missed or met again; null where the fleet keeps no ledger. */
export function rpoEntry(
  { resource, policy, outcomes }: Pick<LifecycleState, 'resource' | 'policy' | 'outcomes'>,
  outcome: 'opened' | 'resolved',
  recorder: Recorder,
): AlertEntry | null {
  const { fleet, tier, rpoSeconds, ledger } = policy;
  if (ledger !== true) return null;
  const reason = entryReason(outcome === 'opened' ? outcomes.at(-1)?.reason : null);
  return { ...base(recorder), fleet, tier, resource, outcome, reason, alert: 'rpo-missed', rpoSeconds };
}

/** The entry of a message that a receiver could not be told. */
export function lostEntry(
  fleet: string,
  event: string,
  { receiver, subject, since, problem }: LostDelivery,
  recorder: Recorder,
): AlertEntry {
  const reason = entryReason(`${receiver} could not be told since ${since}: ${subject}; ${problem}`);
  const ofFleet = { fleet, tier: null, resource: null, rpoSeconds: null };
  return { ...base(recorder), ...ofFleet, outcome: 'given-up', reason, alert: event };
}
