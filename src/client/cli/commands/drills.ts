import { type DrillStatus, latestDrills } from '../../drill/latestDrills';
import { type AddCommand } from '../addCommand';
import { ownerColumns } from '../tables/columns';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { rowLimit } from '../rowLimit';
import { shortReason } from '../tables/shortReason';
import { stepText } from '../stepText';
import { isHeldUp } from '../../backup/stepWords';
import { rtoText } from './drill';

interface DrillsOptions {
  readonly limit: number;
}

export const addDrills: AddCommand = (program, host) => {
  program
    .command('drills')
    .summary('list the latest drills, with verdict and measured RTO')
    .description(
      'Lists the drills that Temporal remembers, the newest first: what was restored from where, whether it passed, how ' +
        'long it took until it could be used, and why it failed. Shows the steps of a drill that runs.',
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
      actionOf<DrillsOptions, []>(host, async (context, { limit }) => {
        const { fleet, out } = context;
        const drills = await latestDrills(await context.temporal(), fleet.name, limit);
        const anyWhy = drills.some((drill) => whyOf(drill, out) !== '');
        out.rows(
          drills,
          [
            { title: 'resource', cell: ({ resource }) => resource },
            ...ownerColumns<DrillStatus>((drill) => drill),
            { title: 'tier', cell: ({ tier }) => tier, same: (tier) => `tier ${tier}` },
            { title: 'drill', cell: ({ drill }) => drill, same: (drill) => `drill ${drill}` },
            { title: 'verdict', cell: ({ verdict }) => out.state(verdict) },
            { title: 'RTO', cell: ({ rtoSeconds }) => rtoText(rtoSeconds) },
            { title: 'from', cell: ({ from }) => from ?? '–' },
            { title: 'of', cell: (drill) => out.shortTime(scheduledTimeOf(drill)) },
            { title: 'began', cell: ({ startedAt }) => out.shortTime(startedAt) },
            anyWhy ? { title: 'why', cell: (drill) => shortReason(whyOf(drill, out)) } : null,
          ],
          'Temporal remembers no drill.',
          { fits: anyWhy },
        );
        for (const { workflowId, failures, steps } of drills) {
          const underWay = steps.filter(({ state }) => ['waiting', 'starting', 'running'].includes(state));
          if (failures.length + underWay.length > 0) out.line(`\n${workflowId}`);
          for (const line of [...failures, ...underWay.map((step) => stepText(step, out))]) out.line(`  ${line}`);
        }
        out.document(true, { fleet: fleet.name, drills });
        return exitCodes.ok;
      }),
    );
};

/** Why it failed; of one that runs, what it is at. */
function whyOf({ failures, steps }: DrillStatus, out: Output): string {
  const held = steps.find(isHeldUp) ?? steps.find(({ state }) => state === 'running');
  return failures[0] ?? (held === undefined ? '' : stepText(held, out));
}

function scheduledTimeOf({ recoveryPoint }: DrillStatus): string | null {
  return recoveryPoint?.slice(recoveryPoint.lastIndexOf('/') + 1) ?? null;
}
