import { type Fleet } from '../../../config';
import { exportPlace, noHold, sourcePlace } from '../../../core/catalogue/copy';
import { holdName, parseHolds } from '../../../core/retention/hold';
import { isLocked } from '../../../core/retention/storedHold';
import { type NamedResource } from '../../backup/recoveryPointSnapshot';
import { type ListedCopy, listCopies } from '../../../activities/catalogue/listCopies';
import { meantBy, parseResourceArgument } from '../../catalogue/resourceArgument';
import { type AddCommand } from '../addCommand';
import { type Column, ownerColumns } from '../tables/columns';
import { actionOf } from '../commandContext';
import { noSuchPlace } from '../../restore/restoreSource';
import { CommandFailure } from '../commandFailure';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { rowLimit } from '../rowLimit';

interface CopiesOptions {
  readonly limit: number;
  readonly place?: string;
}

export const addCopies: AddCommand = (program, host) => {
  program
    .command('copies')
    .summary('list every copy, as the clouds know it')
    .description(
      'Lists every copy of the fleet, the newest recovery point first: those of a service by their tags, in the accounts and ' +
        'regions of sources and vaults, and those in buckets by the records there. It lists copies that Temporal has forgotten ' +
        'as well, and needs no Temporal. With --json it also tells the identifier, place, key and tags of each.',
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
  farcopy copies --limit 0 --json | jq '.copies[] | select(.verified == null and .place != "source")'

Exit code: 3 when some accounts, buckets or records could not be read, 5 when none answered.`,
    )
    .action(
      actionOf<CopiesOptions, [string[]]>(host, async (context, { limit, place }, names) => {
        const { fleet, clouds, signal, out } = context;
        const { copies, total, ofFleet, problems } = await listCopies(fleet, clouds, {
          isWanted: meantBy(names.map((name) => parseResourceArgument(name, context.kinds))),
          place,
          limit: limit === 0 ? Infinity : limit,
          signal,
        });
        const unknown = unknownPlace(fleet, place);
        // Copies lie on in a place that the fleet file has no more.
        if (total === 0 && problems.length === 0 && unknown !== null)
          throw new CommandFailure(unknown, exitCodes.usage);
        const shown = copies.map((copy) => ({ ...copy, of: ownerOf(copy) }));
        out.rows(
          shown,
          copyColumns(out, new Set(copies.map(({ resource }) => resource)).size === 1),
          emptyText(ofFleet, problems.length),
        );
        for (const { stored } of copies)
          for (const { table, reason } of stored?.skippedTables ?? [])
            out.line(
              `${stored?.bucket ?? ''}/${stored?.prefix ?? ''}: AWS left out ${table}${reason === null ? '' : `: ${reason}`}`,
            );
        for (const line of remarksOn(copies)) out.line(line);
        if (copies.length < total) out.line(`${copies.length} of ${total} shown; --limit 0 shows all`);
        for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
        const nothingAnswers = ofFleet === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(ofFleet, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, total, copies: shown, problems });
        return exitCode;
      }),
    );
};

type ShownCopy = ListedCopy & { readonly of: NamedResource | null };

/** What a person must know of copies besides: what is not believed, not proven, or of another resource of the same name. */
export function remarksOn(copies: readonly ListedCopy[]): string[] {
  const nameOf = ({ copy, stored }: ListedCopy) => copy?.arn ?? `${stored?.bucket ?? ''}/${stored?.prefix ?? ''}`;
  const doubted = copies.flatMap((one) => (one.doubt === null ? [] : [`${nameOf(one)}: not believed: ${one.doubt}`]));
  const unproven = copies.flatMap((one) =>
    one.stored?.manifestSha256 && one.stored.proof.type === 'unproven'
      ? [`${nameOf(one)}: no vault proves it: ${one.stored.proof.why}`]
      : [],
  );
  return [...doubted, ...unproven, ...swapped(copies)];
}

/** Copies of another resource that bore the same name: which are of the one that was copied last stands in `--json`. */
function swapped(copies: readonly ListedCopy[]): string[] {
  const latest = new Map<string, ListedCopy>();
  const others = new Map<string, string>();
  // The latest comes first.
  for (const one of copies) {
    const { resource, incarnation, doubt, scheduledTime } = one;
    if (incarnation === null || doubt !== null) continue;
    const last = latest.get(resource);
    if (last === undefined) latest.set(resource, one);
    else if (last.incarnation !== incarnation && !others.has(resource)) others.set(resource, scheduledTime);
  }
  return [...others].map(
    ([resource, time]) =>
      `${resource}: copies of ${time} and before are of another one of that name, which was deleted and made again, or swapped`,
  );
}

/** What a copy is of, as the id of its recovery point says; null where someone has changed the tag. */
function ownerOf({ recoveryPoint }: Pick<ListedCopy, 'recoveryPoint'>): NamedResource | null {
  const [kind, account, region, id, time, ...more] = recoveryPoint.split('/');
  if (kind === undefined || account === undefined || region === undefined || id === undefined) return null;
  return time === undefined || more.length > 0 ? null : { kind, account, region, id };
}

/**
 * Where a copy lies, under which name and hold, is for `--json`.
 *
 * @param isOfOne all are of one resource, so that there is room for whole times
 */
function copyColumns(out: Output, isOfOne: boolean): Column<ShownCopy>[] {
  return [
    {
      title: 'resource',
      cell: ({ of, resource }) => of?.id ?? resource.slice(resource.lastIndexOf(':') + 1),
      ...(isOfOne ? { same: (id: string) => `resource ${id}` } : {}),
    },
    ...ownerColumns<ShownCopy>(({ of }) => of),
    isOfOne
      ? { title: 'recovery point of', cell: ({ scheduledTime }) => out.time(scheduledTime) }
      : { title: 'point of', cell: ({ scheduledTime }) => out.shortTime(scheduledTime) },
    { title: 'place', cell: ({ place, temporary }) => (temporary ? `${place} (temporary)` : place) },
    {
      title: 'status',
      cell: (copy) => out.state(statusOf(copy)),
      same: (status) => (status === 'available' ? status : `status ${status}`),
    },
    { title: 'size', cell: sizeOf },
    { title: 'verified', cell: verifiedOf },
    {
      title: 'hold',
      cell: holdsText,
      same: (hold) => (hold === noHold ? null : `hold ${hold}`),
    },
  ];
}

/** Whoever holds it; of a copy in a bucket also, where its cloud does not keep it by itself. */
function holdsText({ hold, stored }: ListedCopy): string {
  const holds = parseHolds(hold);
  if (holds.length === 0) return noHold;
  const names = holds.map(holdName).join(', ');
  const isKept = stored === null || holds.every((one) => isLocked(stored.holds ?? [], one));
  return isKept ? names : `${names} (not locked)`;
}

/** At the source nothing is: whoever owns it can write that there. */
function verifiedOf({ verified, place, doubt }: ListedCopy): string {
  if (doubt !== null) return 'not believed';
  if (verified !== null) return verified.split(' ')[0] ?? '';
  return place === sourcePlace ? '–' : 'no';
}

function statusOf({ copy, stored }: ListedCopy): string {
  if (copy === null) return stored.skippedTables.length === 0 ? 'available' : 'partial';
  return copy.status === 'in-progress' ? `${copy.percent} %` : copy.rawStatus;
}

function sizeOf({ copy, stored }: ListedCopy): string {
  return copy === null ? bytesText(stored.bytes) : `${copy.sizeGiB} GiB`;
}

/** For people: `1.4 GiB`, `312 KiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A place that the fleet file does not have, with those that it has; null where it has it. */
function unknownPlace(
  { vaults, buckets }: Pick<Fleet, 'vaults' | 'buckets'>,
  place: string | undefined,
): string | null {
  const known = [
    sourcePlace,
    ...vaults.map(({ name }) => name),
    ...buckets.flatMap(({ name }) => [name, exportPlace(name)]),
  ];
  return place === undefined || known.includes(place) ? null : noSuchPlace(place, known);
}

/** A name that is mistyped must not read as a database without copies. */
export function emptyText(ofFleet: number, problems: number): string {
  if (ofFleet > 0) return `None of the ${ofFleet} copies of the fleet is of what was named.`;
  return problems > 0 ? 'No copy is in what could be read.' : 'There are no copies.';
}
