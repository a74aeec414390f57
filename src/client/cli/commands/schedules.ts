import { InvalidArgumentError } from 'commander';
import { isTimezone, offsetMinutes } from '../../../config';
import { type ListedSchedule, listSchedules } from '../../schedule/listSchedules';
import { pauseText } from '../../../core/schedulePause';
import { scheduleText } from '../../schedule/scheduleText';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { timeText } from '../timeText';

interface SchedulesOptions {
  readonly next: number;
}

/** Temporal tells no more. */
const mostNext = 10;

export const addSchedules: AddCommand = (program, host) => {
  program
    .command('schedules')
    .summary('show when rounds and drills begin next')
    .description(
      'Shows each schedule of the fleet as Temporal has it: its times in words, when it begins next in its own time zone and in ' +
        'UTC, and whether it is paused, by whom, why and until when. The times have their jitter, and leave out blackouts. A ' +
        'schedule that differs from the fleet file is told by `farcopy apply --dry-run`.',
    )
    .option('--next <n>', `how many beginnings to show, ${mostNext} at most`, nextCount, 3)
    .addHelpText(
      'after',
      `
Examples:
  farcopy schedules
  farcopy schedules --next 10
  farcopy schedules --json | jq '.schedules[] | {scheduleId, pause, next: .next[0]}'`,
    )
    .action(
      actionOf<SchedulesOptions, []>(host, async (context, { next }) => {
        const { fleet, out, terminal } = context;
        const listed = await listSchedules(await context.temporal(), fleet, terminal.now());
        const schedules = listed.map((one) => ({ ...one, next: one.next.slice(0, next), words: wordsOf(one) }));
        for (const { settings, pause, next: beginnings, words, ...of } of schedules) {
          out.line(`${nameOf(of)}: ${words}`);
          if (pause !== null) out.line(`  ${pauseText(pause, (time) => out.time(time))}`);
          for (const time of beginnings) out.line(`  ${beginningText(time, settings?.timezone ?? 'UTC')}`);
        }
        out.document(true, { fleet: fleet.name, schedules });
        return exitCodes.ok;
      }),
    );
};

/** Of which tier or drill it is, for people. */
export function nameOf({ scheduleId, tier, drill }: Pick<ListedSchedule, 'scheduleId' | 'tier' | 'drill'>): string {
  if (tier === null) return scheduleId;
  return drill === null ? `tier ${tier}` : `drill ${drill} of tier ${tier}`;
}

function wordsOf({ exists, settings }: ListedSchedule): string {
  if (!exists) return 'not there yet; run `farcopy apply`';
  const byHand = 'changed by hand; `farcopy apply` makes it anew';
  try {
    return settings === null ? byHand : scheduleText({ ...settings, paused: false });
  } catch {
    // Its memo may hold anything.
    return byHand;
  }
}

/** `Mon 2026-11-30 03:00:12 +01:00 = 02:00:12 UTC`, with the date where that is another in UTC. */
export function beginningText(time: string, timezone: string): string {
  const offset = offsetMinutes(isTimezone(timezone) ? timezone : 'UTC', Date.parse(time));
  const local = timeText(time, false, () => offset);
  const weekday = new Date(Date.parse(time) + offset * 60_000).toUTCString().slice(0, 3);
  if (offset === 0) return `${weekday} ${timeText(time, true)}`;
  const utc = timeText(time, true);
  return `${weekday} ${local} = ${utc.slice(0, 10) === local.slice(0, 10) ? utc.slice(11) : utc}`;
}

function nextCount(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) <= mostNext) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number up to ${mostNext}.`);
}
