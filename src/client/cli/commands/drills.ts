import { type DrillStatus, latestDrills } from '../../drill/latestDrills';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { rowLimit } from '../rowLimit';
import { rtoText } from './drill';

interface DrillsOptions {
  readonly limit: number;
}

export const addDrills: AddCommand = (program, terminal, ended) => {
  program
    .command('drills')
    .summary('list the latest drills, with verdict and measured RTO')
    .description(
      'Lists the drills that Temporal remembers, the newest first: what was restored from where, whether it passed, how ' +
        'long it took until the database answered, and why it failed.',
    )
    .option('--limit <n>', 'show at most this many; 0 shows all', rowLimit, 20)
    .addHelpText(
      'after',
      `
Examples:
  farcopy drills
  farcopy drills --limit 0 --json | jq '.drills[] | select(.verdict != "passed")'`,
    )
    .action(
      actionOf<DrillsOptions, []>(terminal, ended, async (context, { limit }) => {
        const { fleet, out } = context;
        const drills = await latestDrills(await context.temporal(), fleet.name, limit);
        out.table(
          ['resource', 'tier', 'drill', 'verdict', 'RTO', 'from', 'recovery point of', 'began', 'why'],
          drills.map((drill) => [
            drill.resource,
            drill.tier,
            drill.drill,
            out.state(drill.verdict),
            rtoText(drill.rtoSeconds),
            drill.from ?? '–',
            out.time(scheduledTimeOf(drill)),
            out.time(drill.startedAt),
            drill.failures[0] ?? '',
          ]),
          'Temporal remembers no drill.',
        );
        out.document(true, { fleet: fleet.name, drills });
        return exitCodes.ok;
      }),
    );
};

function scheduledTimeOf({ recoveryPoint }: DrillStatus): string | null {
  return recoveryPoint?.slice(recoveryPoint.lastIndexOf('/') + 1) ?? null;
}
