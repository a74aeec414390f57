import { applyFleet, type FleetDifference } from '../../fleet/applyFleet';
import { type TemporalView, temporalViews, viewColumns } from '../../fleet/temporalViews';
import { temporalUi, TemporalUi } from '../../temporalUi';
import { type ScheduleChange } from '../../fleet/scheduleDifference';
import { scheduleText, settingText } from '../../schedule/scheduleText';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';

interface ApplyOptions {
  readonly dryRun?: boolean;
}

export const addApply: AddCommand = (program, host) => {
  program
    .command('apply')
    .summary('make Temporal fit the fleet file')
    .description(
      'Shows what Temporal lacks of, or has beyond, what the fleet file says, and changes it: search attributes, and the ' +
        'schedules of the tiers, their drills and the sweeper. A second time changes nothing. A schedule that a person has ' +
        'paused stays paused, and schedules of others are not touched. Ends with a link to the list of workflows.',
    )
    .option('--dry-run', 'show the difference, and change nothing')
    .addHelpText(
      'after',
      `
Examples:
  farcopy apply --dry-run
  farcopy apply
  farcopy apply --json | jq '.schedules[].change'
  farcopy apply --dry-run --json | jq -r '.views[] | "\\(.name)  \\(.link)"'

Workers read the fleet file when they start: restart them after a change.`,
    )
    .action(
      actionOf<ApplyOptions, []>(host, async (context, { dryRun = false }) => {
        const { fleet, out } = context;
        const ui = temporalUi();
        const client = await context.temporal();
        const difference = await applyFleet(client, fleet, {
          dryRun,
          onDifference: (d) => print(d, out),
          onWait: (text) => out.note(text),
        });
        const nothing = difference.searchAttributes.length + difference.schedules.length === 0;
        if (!nothing) out.line(dryRun ? 'Nothing was changed.' : 'Done.');
        const views = temporalViews(fleet.name, ui ?? new TemporalUi('', client.options.namespace));
        if (!dryRun) tellViews(views, out);
        out.document(true, {
          fleet: fleet.name,
          dryRun,
          changed: !dryRun && !nothing,
          searchAttributes: difference.searchAttributes,
          schedules: difference.schedules,
          views,
          columns: viewColumns,
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

/** The UI of Temporal knows neither views nor columns of others: a person opens the one and adds the others. */
function tellViews([all]: readonly TemporalView[], out: Output): void {
  if (all === undefined) return;
  out.line(`Watch it in the Temporal UI, at ${all.link}`);
  out.line(`  with the columns ${viewColumns.join(', ')} (its button Configure Columns); --json has more views`);
}

/** What is new, or what becomes different. */
export function changeText(change: ScheduleChange): string {
  if (change.change === 'remove') return 'the fleet file has it no more';
  if (change.change === 'create') return scheduleText(change.schedule);
  if (change.settings.length === 0) return `it was changed by hand; back to ${scheduleText(change.schedule)}`;
  return change.settings.map(settingText).join('; ');
}
