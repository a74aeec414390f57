import { copyId } from '../../../../core/catalogue/judgedCopy';
import { toldBy } from '../../../../core/ledger/entry';
import { type Hold, holdName, holdText, isSameHold, newHold, withHold } from '../../../../core/retention/hold';
import { type HoldPoint, holdsOf, whyNoHold } from '../../../../core/retention/holdPoints';
import { callerName } from '../../../callerName';
import { InvalidRequestError } from '../../../invalidRequestError';
import { changeHolds, type HoldChange } from '../../../retention/changeHolds';
import { type PointWords, readPointChoice } from '../../../retention/choosePoints';
import { listHoldPoints } from '../../../retention/listHoldPoints';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodes } from '../../exitCodes';
import { lastMoment, moment } from '../../moment';
import { type Output } from '../../output';
import { limited, rowLimit } from '../../rowLimit';
import { type Column, ownerColumns } from '../../tables/columns';
import { countText, documented, exitCodeOfChanges, tellLedger } from './changesDone';
import { incidentName } from './incidentName';

interface HoldOptions extends PointWords {
  readonly all?: boolean;
  readonly reason: string;
  readonly incident?: string;
  readonly dryRun?: boolean;
  readonly limit: number;
}

export const addHold: AddCommand = (program, host) => {
  program
    .command('hold')
    .summary('have nothing deleted of recovery points, until they are released')
    .description(
      'Holds every copy of the recovery points that you name, in all places, as they are now (docs/retention.md#holds): snapshots by the tag ' +
        'farcopy:hold, copies in buckets by an object beside them, and by a hold of the cloud on each object where it has one. A hold says who has set ' +
        'it, when and why. While any copy of a recovery point has one, retention lets go of none of its copies, marked or not. A hold stays beside ' +
        'those of others. It needs the role `roles.marker`, and no Temporal.',
    )
    .argument('[resource...]', 'identifier, path kind/account/region/id (or the end of it), or ARN')
    .requiredOption('--reason <text>', 'why: it stands in the tags, in letters that AWS takes there')
    .option('--all', 'recovery points of all resources')
    .option('--incident <name>', 'what it belongs to: all of it can be listed and released together', incidentName)
    .option('--point <id>', 'the recovery point of this id, or of this scheduled time')
    .option('--from <time>', 'recovery points of this time and later: a day, a time, or a duration before now', moment)
    .option('--to <time>', 'recovery points of this time and earlier; of a day, to its end (UTC)', lastMoment)
    .option('--dry-run', 'show what would be held, and change nothing')
    .option('--limit <n>', 'show at most this many recovery points; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy hold panda-cluster-1 --reason "ticket 4711"
  farcopy hold --all --from 2026-11-21 --to 2026-11-21 --incident breach-7 --reason "keep all of that day"
  farcopy hold panda-cluster-1 --point 2026-11-21T02:00:00Z --reason audit
  farcopy hold panda-cluster-1 --reason "ticket 4711" --json | jq '.copies[] | select(.state == "failed")'

Exit code: 3 when some copies could not be held, or some places not be read, 4 when none could, 5 when nothing answered.
Run it again then: what is held stays as it is.`,
    )
    .action(
      actionOf<HoldOptions, [string[]]>(host, async (context, options, names) => {
        const { all = false, dryRun = false, limit, reason } = options;
        const { fleet, out, signal, terminal } = context;
        const choice = readPointChoice(names, options, context.kinds);
        if (all && choice.named.length > 0)
          throw new CommandFailure('resources and --all exclude each other', exitCodes.usage, 'give one');
        if (!all && choice.named.length === 0)
          throw new CommandFailure('nothing is named', exitCodes.usage, 'name resources, or all of them by --all');
        const hold = holdOf(reason, options.incident, terminal.now());
        const clouds = context.cloudsAs('marker');
        const { points, problems } = await listHoldPoints(fleet, clouds, choice, signal, (line) => out.note(line));
        if (points.length === 0) throw nothingThere(problems.length);
        const unheld = points.flatMap((point) => {
          const why = whyNoHold(point);
          return why === null ? [] : [{ ...point, why }];
        });
        const doubted = points.flatMap(doubtedOf);
        const changing = { isDry: dryRun, clock: () => terminal.now(), signal };
        const changes = await changeHolds(clouds, points, (value) => withHold(value, hold), changing);
        const [failed, done] = [changes.filter(isFailed), changes.filter((change) => !isFailed(change))];

        out.rows(limited(rowsOf(points, changes), limit), rowColumns(out, dryRun), 'Nothing can be held.');
        if (limit !== 0 && points.length > limit) out.line(`${limit} of ${points.length} shown; --limit 0 shows all`);
        out.line(`hold: ${holdText(hold)}`);
        const before = done.filter(({ state }) => state === 'unchanged').length;
        const were = before === 0 ? '' : `; ${before} of them were before, and say so as they did`;
        out.line(`${countText(done)} ${dryRun ? 'would be' : 'are'} held${were}`);
        for (const line of othersText(points, hold)) out.line(line);
        for (const { recoveryPoint, why } of unheld) out.note(`not held: ${recoveryPoint}: ${why}`);
        for (const { copy, why } of doubted) out.note(`not held: ${copy}: not believed: ${why}`);
        for (const { copy, message } of failed) out.note(`could not hold ${copy}: ${message ?? ''}`);
        for (const { copy, remark } of done)
          if (remark !== null) out.note(`held, and not locked by the service: ${copy}: ${remark}`);
        const undone = unheld.length + doubted.length + problems.length;
        const isComplete = failed.length + undone === 0;
        if (!isComplete) out.note('the hold is not complete: what is named above is not held');
        const asked = toldBy({ by: callerName(), why: reason });
        const act = { fleet: fleet.name, outcome: 'set', hold: holdName(hold), asked, now: terminal.now() } as const;
        const toldToLedger = dryRun ? null : await tellLedger(context, act, changes);
        const exitCode = exitCodeOfChanges(changes, undone);
        out.document(exitCode === exitCodes.ok, {
          ...{ fleet: fleet.name, dryRun, complete: isComplete, hold, copies: documented(changes) },
          notHeld: unheld.map(({ recoveryPoint, why }) => ({ recoveryPoint, why })),
          doubted,
          heldByOthers: othersOf(points, hold),
          ...{ problems, toldToLedger },
        });
        return exitCode;
      }),
    );
};

const isFailed = ({ state }: HoldChange) => state === 'failed';

function holdOf(reason: string, incident: string | undefined, now: number): Hold {
  try {
    return newHold(callerName(), now, incident ?? null, reason);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandFailure(error.message, exitCodes.usage, 'say why: --reason "…"');
  }
}

function nothingThere(problems: number): Error {
  return problems === 0
    ? new InvalidRequestError('there is no such recovery point', '`farcopy copies` lists what there is')
    : new CommandFailure(
        'no such recovery point is in what could be read',
        exitCodes.failed,
        'mend what could not be read, and run it again',
      );
}

interface HoldRow extends Pick<HoldPoint, 'resource' | 'scheduledTime'> {
  readonly held: readonly string[];
  readonly failed: readonly string[];
}

function rowsOf(points: readonly HoldPoint[], changes: readonly HoldChange[]): HoldRow[] {
  const byPoint = new Map<string, HoldChange[]>();
  for (const change of changes)
    byPoint.set(change.recoveryPoint, [...(byPoint.get(change.recoveryPoint) ?? []), change]);
  return points.map(({ resource, scheduledTime, recoveryPoint }) => {
    const all = byPoint.get(recoveryPoint) ?? [];
    const places = (some: readonly HoldChange[]) => some.map(({ place }) => place).sort();
    return {
      resource,
      scheduledTime,
      held: places(all.filter((one) => !isFailed(one))),
      failed: places(all.filter(isFailed)),
    };
  });
}

function rowColumns(out: Output, dryRun: boolean): Column<HoldRow>[] {
  return [
    { title: 'resource', cell: ({ resource }) => resource.id },
    ...ownerColumns<HoldRow>(({ resource }) => resource),
    { title: 'recovery point of', cell: ({ scheduledTime }) => out.time(scheduledTime) },
    { title: dryRun ? 'would be held in' : 'held in', cell: ({ held }) => held.join(', ') || 'no place' },
    {
      title: 'not in',
      cell: ({ failed }) => failed.join(', '),
      same: (places) => (places === '' ? null : `not in ${places}`),
    },
  ];
}

/** Copies that a hold leaves out, since their tags are not believed. */
const doubtedOf = ({ recoveryPoint, doubted }: HoldPoint) =>
  doubted.map((one) => ({ recoveryPoint, place: one.place, copy: copyId(one), why: one.doubt ?? '' }));

/** Holds of others beside this one, in the order of recovery points. */
function othersOf(points: readonly HoldPoint[], hold: Hold) {
  return points.flatMap(holdsOf).filter((one) => !isSameHold(one.hold, hold));
}

/** Each hold of others once, with the number of recovery points. */
function othersText(points: readonly HoldPoint[], hold: Hold): string[] {
  const counts = new Map<string, number>();
  for (const { hold: other } of othersOf(points, hold)) {
    const text = holdText(other);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${count} held by others too, which stays: ${text}`);
}
