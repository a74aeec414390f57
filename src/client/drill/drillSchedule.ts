import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type Tier } from '../../config';
import { type DrillPolicy } from '../../core/drill/drill';
import { workflowNames } from '../../core/messageNames';
import { drillScheduleId, drillTierWorkflowId } from '../../core/naming';
import { type FleetSchedule, fleetSchedule } from '../fleet/fleetSchedule';
import { heldBackAndForeseen, type ScheduleSettings } from '../schedule/scheduleSettings';
import { markdown } from '../../core/markdown';

export interface DrillScheduleSettings extends ScheduleSettings {
  readonly tier: string;
  readonly drill: string;
}

/** A drill that was missed proves as much some hours later; after a longer outage the next one does. */
const catchupSeconds = 6 * 3600;

/** The rounds of a drill: one at a time, since they share a scratch account. */
export function drillSchedule(
  fleet: string,
  { name: tier, blackout }: Pick<Tier, 'name' | 'blackout'>,
  { name, schedule, timezone, jitterSeconds, paused }: DrillPolicy,
  now: number,
): FleetSchedule<DrillScheduleSettings> {
  return fleetSchedule({
    scheduleId: drillScheduleId(fleet, tier, name),
    settings: {
      fleet,
      tier,
      drill: name,
      cron: schedule,
      timezone,
      jitterSeconds,
      catchupSeconds,
      paused,
      ...heldBackAndForeseen({ schedule, timezone, jitterSeconds, blackout }, now),
    },
    tier,
    overlap: ScheduleOverlapPolicy.SKIP,
    action: {
      workflowType: workflowNames.drillTier,
      workflowId: drillTierWorkflowId(fleet, tier, name),
      args: [{ version: 1, fleet, tier, drill: name }],
      staticSummary: `${fleet} · ${tier} · drill ${name}`,
      staticDetails: markdown`Drill **${name}** of tier **${tier}** of fleet **${fleet}**: recovery points are restored, checked and torn down.`,
    },
  });
}
