import { formatDuration, parseDuration } from '../../core/duration';
import { type Path } from '../reading/located';
import { type Report } from '../reading/report';
import { type ScheduleTimes } from '../schedule/firings';
import { longestGap, mostHeldInARow, type ScheduleGap } from '../schedule/scheduleGap';
import { windowOf } from '../schema/blackout';
import { type FleetFile } from '../schema/fleetFile';
import { cronsOf } from '../schema/schedule';
import { type Check, check } from './check';

/** Temporal's server fails where it must pass by some hundred thousand firings to find the next one. */
const mostHeld = 10_000;

/**
 * Refuses blackouts that leave nothing of a schedule, and warns where a tier's schedule alone already breaks its RPO. `now` is in
 * milliseconds since the epoch.
 */
export function schedulesKeepTheRpo(now: number): Check {
  const known = new Map<string, ScheduleGap>();
  const gapOf = (times: ScheduleTimes) => {
    const key = JSON.stringify(times);
    const gap = known.get(key) ?? longestGap(times, now);
    known.set(key, gap);
    return gap;
  };
  return check(['tiers', 'blackout'], ({ tiers, blackout }, report) => {
    for (const [name, tier] of Object.entries(tiers)) {
      const windows = [...blackout, ...tier.blackout].map(windowOf);
      const times = timesOf(tier, tier.timezone, windows);
      const where = tier.blackout.length > 0 ? ['tiers', name, 'blackout'] : ['blackout'];
      if (isHeldTooLong(times, `tier \`${name}\``, where, report)) continue;
      const gap = gapOf(times);
      const unheld = windows.length === 0 ? gap : gapOf({ ...times, blackout: [] });
      warnOfGap(name, tier, gap, unheld.seconds < gap.seconds, report);
      for (const [drillName, drill] of Object.entries(tier.drills ?? {})) {
        if (drill.schedule === undefined) continue;
        const drillTimes = timesOf({ ...drill, schedule: drill.schedule }, drill.timezone ?? tier.timezone, windows);
        isHeldTooLong(drillTimes, `drill \`${drillName}\` of tier \`${name}\``, where, report);
      }
    }
  });

  function isHeldTooLong(times: ScheduleTimes, of: string, where: Path, report: Report): boolean {
    if (times.blackout.length === 0) return false;
    if (gapOf(times).neverFires) {
      report.error(where, `leaves no firing of the schedule of ${of}`, jitterHint(times) ?? 'make a window shorter');
      return true;
    }
    if (mostHeldInARow(times, now) <= mostHeld) return false;
    report.error(
      where,
      `holds back more than ${mostHeld} firings in a row of the schedule of ${of}, which Temporal cannot carry`,
      'make a window shorter, or fire less often',
    );
    return true;
  }
}

type Scheduled = Pick<FleetFile['tiers'][string], 'schedule' | 'jitter'>;

function timesOf(
  { schedule, jitter }: Scheduled,
  timezone: string,
  blackout: ScheduleTimes['blackout'],
): ScheduleTimes {
  return { schedule: cronsOf(schedule), timezone, jitterSeconds: parseDuration(jitter) ?? 0, blackout };
}

function jitterHint({ jitterSeconds }: ScheduleTimes): string | null {
  if (jitterSeconds === 0) return null;
  return `what its jitter of ${formatDuration(jitterSeconds)} could let begin within a window does not fire either`;
}

function warnOfGap(
  name: string,
  tier: FleetFile['tiers'][string],
  gap: ScheduleGap,
  isOfBlackouts: boolean,
  report: Report,
): void {
  const rpoSeconds = parseDuration(tier.rpo) ?? 0;
  if (rpoSeconds >= gap.seconds) return;
  const from = new Date(gap.from).toISOString().slice(0, 16);
  const why = isOfBlackouts
    ? ', since blackouts hold firings back'
    : gap.clocksChange
      ? `, since clocks in ${tier.timezone} change`
      : '';
  report.warn(
    ['tiers', name, 'rpo'],
    `shorter than the ${formatDuration(gap.seconds)} without a firing after ${from}Z${why}`,
    isOfBlackouts
      ? 'make a window shorter, fire just before and after it, or allow a longer rpo'
      : gap.clocksChange
        ? 'choose the zone UTC, or a longer rpo'
        : 'fire more often, or allow a longer rpo',
  );
}
