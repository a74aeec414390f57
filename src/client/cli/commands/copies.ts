import { type ListedCopy, listCopies } from '../../catalogue/listCopies';
import { parseResourceArgument } from '../../catalogue/resourceArgument';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { rowLimit } from '../rowLimit';
import { type Cell } from '../table';

interface CopiesOptions {
  readonly limit: number;
  readonly place?: string;
}

export const addCopies: AddCommand = (program, terminal, ended) => {
  program
    .command('copies')
    .summary('list every copy, as the clouds know it')
    .description(
      "Lists every copy of the fleet's: snapshots by their tags in all accounts and regions, sources and vaults, and what lies " +
        'in buckets by the records there. What Temporal has forgotten is there as well. Needs no Temporal.',
    )
    .argument('[resource...]', 'only copies of these')
    .option(
      '--place <name>',
      'only copies in this place: source, or a vault of the fleet file (its exports: NAME-export)',
    )
    .option('--limit <n>', 'show at most this many copies, the newest first; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy copies
  farcopy copies panda-cluster-1 --place secure-dr
  farcopy copies --place other-cloud
  farcopy copies --limit 0 --json | jq '.copies[] | select(.verified == null)'

Exit code: 3 when some accounts, buckets or records could not be read, 5 when none answered.`,
    )
    .action(
      actionOf<CopiesOptions, [string[]]>(terminal, ended, async (context, { limit, place }, names) => {
        const { fleet, clouds, signal, out } = context;
        const { copies, total, ofFleet, problems } = await listCopies(fleet, clouds, {
          named: names.map(parseResourceArgument),
          place,
          limit: limit === 0 ? Infinity : limit,
          signal,
        });
        out.table(
          [
            'resource',
            'recovery point of',
            'data from',
            'place',
            'where',
            'status',
            'size',
            'verified',
            'hold',
            'identifier',
          ],
          copies.map((listed) => rowOf(listed, out)),
          emptyText(ofFleet, problems.length),
        );
        for (const { stored } of copies)
          for (const { table, reason } of stored?.skippedTables ?? [])
            out.line(
              `${stored?.bucket ?? ''}/${stored?.prefix ?? ''}: AWS left out ${table}${reason === null ? '' : `: ${reason}`}`,
            );
        if (copies.length < total) out.line(`${copies.length} of ${total} shown; --limit 0 shows all`);
        for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
        const nothingAnswers = ofFleet === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(ofFleet, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, total, copies, problems });
        return exitCode;
      }),
    );
};

function rowOf(listed: ListedCopy, out: Output): readonly Cell[] {
  const { resource, scheduledTime, dataTime, place, temporary, verified, hold } = listed;
  const { where, status, size, id } =
    listed.stored === null ? snapshotColumns(listed.copy) : storedColumns(listed.stored);
  return [
    resource.slice(resource.lastIndexOf(':') + 1),
    out.time(scheduledTime),
    out.time(dataTime),
    temporary ? `${place} (temporary)` : place,
    where,
    out.state(status),
    size,
    verified?.split(' ')[0] ?? 'no',
    hold,
    id,
  ];
}

function snapshotColumns({
  account,
  region,
  status,
  percent,
  rawStatus,
  sizeGiB,
  id,
}: NonNullable<ListedCopy['copy']>) {
  return {
    where: `${account}/${region}`,
    status: status === 'in-progress' ? `${percent} %` : rawStatus,
    size: `${sizeGiB} GiB`,
    id,
  };
}

function storedColumns({ bucket, prefix, objects, bytes, skippedTables }: NonNullable<ListedCopy['stored']>) {
  return {
    where: bucket,
    status: skippedTables.length === 0 ? 'available' : 'partial',
    size: `${bytesText(bytes)} in ${objects}`,
    id: prefix,
  };
}

/** For people: `1.4 GiB`, `312 KiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A name or place that is mistyped must not read as a database without copies. */
export function emptyText(ofFleet: number, problems: number): string {
  if (ofFleet > 0) return `None of the ${ofFleet} copies of the fleet is of what was named.`;
  return problems > 0 ? 'No copy is in what could be read.' : 'There are no copies.';
}
