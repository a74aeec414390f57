import { formatDuration, parseDuration } from '../../core/duration';
import { parseCron } from '../schedule/cron';
import { type Report } from '../reading/report';
import { longestGap, type ScheduleGap } from '../schedule/scheduleGap';
import { type FleetFile } from '../schema/fleetFile';
import { type Check, check } from './check';

/** Warns where a tier's schedule alone already breaks its RPO. `now` is in milliseconds since the epoch. */
export function schedulesKeepTheRpo(now: number): Check {
  const known = new Map<string, ScheduleGap>();
  return check(['tiers'], ({ tiers }, report) => {
    for (const [name, tier] of Object.entries(tiers)) {
      const schedule = [tier.schedule].flat();
      const key = [tier.timezone, ...schedule].join('\n');
      const gap = known.get(key) ?? longestGap(schedule.map(parseCron), tier.timezone, now);
      known.set(key, gap);
      warnOfGap(name, tier, gap, report);
    }
  });
}

function warnOfGap(name: string, tier: FleetFile['tiers'][string], gap: ScheduleGap, report: Report): void {
  const rpoSeconds = parseDuration(tier.rpo) ?? 0;
  if (rpoSeconds >= gap.seconds) return;
  const from = new Date(gap.from).toISOString().slice(0, 16);
  const why = gap.clocksChange ? `, since clocks in ${tier.timezone} change` : '';
  report.warn(
    ['tiers', name, 'rpo'],
    `shorter than the ${formatDuration(gap.seconds)} without a firing after ${from}Z${why}`,
    gap.clocksChange
      ? 'choose a time that clocks never skip, the zone UTC, or a longer rpo'
      : 'fire more often, or allow a longer rpo',
  );
}
