import { holdsOf } from '../../../../core/retention/holdPoints';
import { readPointChoice } from '../../../retention/choosePoints';
import { listHoldPoints } from '../../../retention/listHoldPoints';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodeOf, exitCodes } from '../../exitCodes';
import { limited, rowLimit } from '../../rowLimit';
import { heldColumns } from './heldColumns';
import { incidentName } from './incidentName';

interface HoldsOptions {
  readonly incident?: string;
  readonly limit: number;
}

export const addHolds: AddCommand = (program, host) => {
  program
    .command('holds')
    .summary('list recovery points that are held, by whom and why')
    .description(
      'Lists the holds of recovery points as their copies tell them, the newest recovery point first: the places whose copies say so, ' +
        'buckets whose cloud does not lock what is held (`not locked in`), since when, by whom, for which incident and why. It needs no Temporal.',
    )
    .argument('[resource...]', 'only of these')
    .option('--incident <name>', 'only those of this incident', incidentName)
    .option('--limit <n>', 'show at most this many; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy holds
  farcopy holds --incident breach-7
  farcopy holds --json | jq '.holds[] | select(.without != []) | {recoveryPoint, without}'

Exit code: 3 when some accounts, buckets or records could not be read, 5 when none answered.`,
    )
    .action(
      actionOf<HoldsOptions, [string[]]>(host, async (context, { incident, limit }, names) => {
        const { fleet, clouds, signal, out } = context;
        const choice = readPointChoice(names, {}, context.kinds);
        const { points, problems } = await listHoldPoints(fleet, clouds, choice, signal, (line) => out.note(line));
        const all = points.flatMap(holdsOf);
        const holds = all.filter(({ hold }) => incident === undefined || hold.incident === incident);
        out.rows(
          limited(holds, limit),
          heldColumns(out),
          incident === undefined ? 'Nothing is held.' : `Nothing is held for incident ${incident}.`,
        );
        if (limit !== 0 && holds.length > limit) out.line(`${limit} of ${holds.length} shown; --limit 0 shows all`);
        const exitCode = exitCodeOf(1, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, holds, problems });
        return exitCode;
      }),
    );
};
