import { openState } from '../../../../activities/ledger/stateBucket';
import { fleetCompliance, type ResourceCompliance } from '../../../ledger/fleetCompliance';
import { LedgerReader } from '../../../ledger/readLedger';
import { InvalidRequestError } from '../../../invalidRequestError';
import { parseResourceArgument } from '../../../catalogue/resourceArgument';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { durationText } from '../../durationText';
import { exitCodeOf } from '../../exitCodes';
import { moment } from '../../moment';
import { ownerColumns } from '../../tables/columns';
import { sinceText, windowOf, type WindowOptions } from './history';

export const addCompliance: AddCommand = (program, host) => {
  program
    .command('compliance')
    .summary('tell how much of the time each RPO was met')
    .description(
      'Tells of each resource the share of a time in which its last complete recovery point was no older than the RPO that ' +
        'was in force then. A later change of the RPO changes nothing of that. Reckoned from the ledger; a time before the ' +
        'first entry of a resource is not measured, and counts as neither met nor missed.',
    )
    .argument('[resource...]', 'only these')
    .option('--since <when>', sinceText, moment)
    .option('--until <when>', 'up to then', moment)
    .addHelpText(
      'after',
      `
Examples:
  farcopy compliance
  farcopy compliance --since 2026-07-01 --until 2026-10-01 --json | jq '.resources[] | select(.share < 1)'

Exit code: 3 when something in the ledger is none of its entries.`,
    )
    .action(
      actionOf<WindowOptions, [string[]]>(host, async (context, options, names) => {
        const { fleet, clouds, signal, out } = context;
        const state = openState(fleet, clouds.access);
        if (state === null)
          throw new InvalidRequestError(
            `the fleet file of ${fleet.name} names no \`state\`, and nothing else remembers which RPO was in force`,
            'give it a `state` bucket (docs/fleet-file.md); `farcopy status` tells whether each RPO is met now',
          );
        const asked = windowOf(context, options);
        // What is still to come is neither met nor missed.
        const window = { ...asked, to: Math.min(asked.to, context.terminal.now()) };
        const named = names.map((name) => parseResourceArgument(name, context.kinds));
        const reader = new LedgerReader(state, fleet.name, signal);
        const { resources, reachesBackTo, problems } = await fleetCompliance(reader, fleet, window, named);
        out.rows<ResourceCompliance>(
          resources,
          [
            { title: 'resource', cell: ({ id }) => id },
            ...ownerColumns<ResourceCompliance>((one) => one),
            { title: 'RPO', cell: ({ rpoSeconds }) => (rpoSeconds === null ? '–' : durationText(rpoSeconds)) },
            { title: 'met', cell: ({ share }) => out.state(share === 1 ? 'ok' : 'failed', percentText(share)) },
            { title: 'of', cell: ({ measuredSeconds }) => durationText(measuredSeconds) },
            { title: 'gaps', cell: ({ gaps }) => String(gaps.length) },
            { title: 'longest', cell: longestOf },
            { title: 'last gap', cell: ({ gaps }) => out.shortTime(gaps.at(-1)?.from ?? null) },
          ],
          'The ledger tells of no recovery point in this time.',
        );
        out.line(reachesBackTo === null ? 'The ledger is empty.' : `The ledger reaches back to ${reachesBackTo}.`);
        for (const { key, message } of problems) out.note(`${key}: ${message}`);
        out.document(problems.length === 0, {
          fleet: fleet.name,
          since: new Date(window.from).toISOString(),
          until: new Date(window.to).toISOString(),
          reachesBackTo,
          resources,
          problems,
        });
        return exitCodeOf(resources.length + 1, problems.length);
      }),
    );
};

/** Rounded down: what was missed for a moment is not 100 %. */
function percentText(share: number | null): string {
  return share === null ? '–' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

function longestOf({ gaps }: ResourceCompliance): string {
  if (gaps.length === 0) return '–';
  return durationText(Math.max(...gaps.map(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 1000)));
}
