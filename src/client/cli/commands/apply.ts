import { formatDuration } from '../../../core/duration';
import { applyFleet, type FleetDifference } from '../../fleet/applyFleet';
import { type ScheduleSettings } from '../../fleet/fleetSchedule';
import { type ScheduleChange, type SettingChange } from '../../fleet/scheduleDifference';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';

interface ApplyOptions {
  readonly dryRun?: boolean;
}

export const addApply: AddCommand = (program, terminal, ended) => {
  program
    .command('apply')
    .summary('make Temporal fit the fleet file')
    .description(
      'Registers the search attributes and creates, updates and removes the schedules of the tiers and ' +
        'their drills, after showing the difference. Doing it twice changes nothing. A schedule that a person has paused stays paused.',
    )
    .option('--dry-run', 'show the difference only')
    .addHelpText(
      'after',
      `
Examples:
  farcopy apply --dry-run
  farcopy apply
  farcopy apply --json | jq '.schedules[].change'

Workers read the fleet file when they start: restart them after a change.`,
    )
    .action(
      actionOf<ApplyOptions, []>(terminal, ended, async (context, { dryRun = false }) => {
        const { fleet, out } = context;
        const client = await context.temporal();
        const difference = await applyFleet(client, fleet, { dryRun, onDifference: (d) => print(d, out) });
        const nothing = difference.searchAttributes.length + difference.schedules.length === 0;
        if (!nothing) out.line(dryRun ? 'Nothing was changed.' : 'Done.');
        out.document(true, {
          fleet: fleet.name,
          dryRun,
          changed: !dryRun && !nothing,
          searchAttributes: difference.searchAttributes,
          schedules: difference.schedules,
        });
        return exitCodes.ok;
      }),
    );
};

function print({ searchAttributes, schedules }: FleetDifference, out: Output): void {
  if (searchAttributes.length + schedules.length === 0) return out.line('Temporal is as the fleet file says.');
  const rows = [
    ...searchAttributes.map((name) => [out.state('create'), `search attribute ${name}`, '']),
    ...schedules.map((change) => [out.state(change.change), `schedule ${change.scheduleId}`, changeText(change)]),
  ];
  out.table(['', 'what', 'how'], rows, '');
}

/** What is new, or what becomes different. */
export function changeText(change: ScheduleChange): string {
  if (change.change === 'remove') return 'the fleet file has it no more';
  if (change.change === 'create') return scheduleText(change.schedule);
  if (change.settings.length === 0) return `it was changed by hand; back to ${scheduleText(change.schedule)}`;
  return change.settings.map(settingText).join('; ');
}

function scheduleText({ cron, timezone, jitterSeconds, paused }: ScheduleSettings): string {
  const jitter = jitterSeconds > 0 ? `, up to ${formatDuration(jitterSeconds)} late` : '';
  return `${cron.join(' and ')} (${timezone}${jitter})${paused ? ', paused' : ''}`;
}

function settingText({ setting, from, to }: SettingChange): string {
  return `${setting}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: SettingChange['from']): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(' and ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
