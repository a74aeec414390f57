import { type CataloguedCopy, listCopies } from '../../listCopies';
import { InvalidRequestError } from '../../invalidRequestError';
import { matches, parseResourceArgument, type ResourceArgument } from '../../resourceArgument';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { limited, rowLimit } from '../rowLimit';

interface CopiesOptions {
  readonly limit: number;
  readonly place?: string;
}

export const addCopies: AddCommand = (program, terminal, ended) => {
  program
    .command('copies')
    .summary('list every copy, as the clouds know it')
    .description(
      "Lists every copy of the fleet's from the tags in all accounts and regions, sources and vaults: what Temporal has " +
        'forgotten is there as well. Needs no Temporal.',
    )
    .argument('[resource...]', 'only copies of these')
    .option('--place <name>', 'only copies in this place: source, or a vault of the fleet file')
    .option('--limit <n>', 'show at most this many copies, the newest first; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy copies
  farcopy copies panda-cluster-1 --place secure-dr
  farcopy copies --limit 0 --json | jq '.copies[] | select(.verified == null)'

Exit code: 3 when some accounts could not be read, 5 when none answered.`,
    )
    .action(
      actionOf<CopiesOptions, [string[]]>(terminal, ended, async (context, { limit, place }, names) => {
        const { fleet, clouds, signal, out } = context;
        const named = names.map(parseResourceArgument);
        const { copies, problems } = await listCopies(fleet, clouds, signal);
        const wanted = copies.filter(
          (copy) =>
            (place === undefined || copy.place === place) && (named.length === 0 || named.some((n) => isOf(copy, n))),
        );
        const shown = limited(wanted, limit);
        out.table(
          [
            'resource',
            'recovery point of',
            'place',
            'account',
            'region',
            'status',
            'size',
            'verified',
            'hold',
            'identifier',
          ],
          shown.map(({ resource, scheduledTime, place: where, temporary, verified, hold, copy }) => [
            resource.slice(resource.lastIndexOf(':') + 1),
            out.time(scheduledTime),
            temporary ? `${where} (temporary)` : where,
            copy.account,
            copy.region,
            out.state(copy.status === 'in-progress' ? `${copy.percent} %` : copy.rawStatus),
            `${copy.sizeGiB} GiB`,
            verified?.split(' ')[0] ?? 'no',
            hold,
            copy.id,
          ]),
          emptyText(copies.length, problems.length),
        );
        if (shown.length < wanted.length) out.line(`${shown.length} of ${wanted.length} shown; --limit 0 shows all`);
        for (const { account, region, message } of problems)
          out.note(`could not read ${account}/${region}: ${message}`);
        const nothingAnswers =
          copies.length === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(copies.length, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, total: wanted.length, copies: shown, problems });
        return exitCode;
      }),
    );
};

/** A name or place that is mistyped must not read as a database without copies. */
export function emptyText(ofFleet: number, problems: number): string {
  if (ofFleet > 0) return `None of the ${ofFleet} copies of the fleet is of what was named.`;
  return problems > 0 ? 'No copy is in what could be read.' : 'There are no copies.';
}

/** Whether a copy is of the named resource, by the ARN in its tags. */
function isOf({ resource }: CataloguedCopy, named: ResourceArgument): boolean {
  try {
    const { kind, account, region, id } = parseResourceArgument(resource);
    return (
      kind !== undefined &&
      account !== undefined &&
      region !== undefined &&
      matches(named, { kind, account, region, id })
    );
  } catch (error) {
    // Someone has changed the tag.
    if (error instanceof InvalidRequestError) return false;
    throw error;
  }
}
