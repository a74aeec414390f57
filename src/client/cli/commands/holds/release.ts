import { type ListedCopy, type ListedRecord } from '../../../../core/catalogue/catalogue';
import { toldBy } from '../../../../core/ledger/entry';
import {
  type Hold,
  holdName,
  holdText,
  isSameHold,
  parseHolds,
  tagText,
  withoutHolds,
} from '../../../../core/retention/hold';
import { type HeldPoint, type HoldPoint, holdsOf } from '../../../../core/retention/holdPoints';
import { callerName } from '../../../callerName';
import { changeHolds } from '../../../retention/changeHolds';
import { type PointWords, readPointChoice } from '../../../retention/choosePoints';
import { listHoldPoints } from '../../../retention/listHoldPoints';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodes } from '../../exitCodes';
import { lastMoment, moment } from '../../moment';
import { limited, rowLimit } from '../../rowLimit';
import { countText, documented, exitCodeOfChanges, tellLedger } from './changesDone';
import { heldColumns } from './heldColumns';
import { incidentName } from './incidentName';

interface ReleaseOptions extends PointWords {
  readonly reason: string;
  readonly incident?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly limit: number;
}

export const addRelease: AddCommand = (program, host) => {
  program
    .command('release')
    .summary('take holds away: retention may let go of the recovery points again')
    .description(
      'Takes holds from the copies that have them (docs/retention.md#holds). With --incident it takes those of that incident, ' +
        'of all resources or of those that you name. Without, it takes those of no incident, whoever has set them: it shows them, and does so ' +
        'with --yes only. Holds of other incidents stay. It needs the role `roles.marker`, and no Temporal.',
    )
    .argument('[resource...]', 'identifier, path kind/account/region/id (or the end of it), or ARN')
    .requiredOption('--reason <text>', 'why: it is kept in the ledger, if the fleet has one')
    .option('--incident <name>', 'the holds of this incident, and of no other', incidentName)
    .option('--point <id>', 'the recovery point of this id, or of this scheduled time')
    .option('--from <time>', 'recovery points of this time and later: a day, a time, or a duration before now', moment)
    .option('--to <time>', 'recovery points of this time and earlier; of a day, to its end (UTC)', lastMoment)
    .option('--yes', 'without --incident: release what is shown, whoever holds it')
    .option('--dry-run', 'show what would be released, and change nothing')
    .option('--limit <n>', 'show at most this many recovery points; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy release --incident breach-7 --reason "case closed"
  farcopy release panda-cluster-1 --reason "ticket 4711 is done" --dry-run
  farcopy release panda-cluster-1 --reason "ticket 4711 is done" --yes

In buckets it takes off what hold has had the cloud hold, also where somebody else has set such a hold on the same object since: that leaves no trace.

Exit code: 3 when some copies could not be released, or some places not be read, 4 when none could, 5 when nothing answered.`,
    )
    .action(
      actionOf<ReleaseOptions, [string[]]>(host, async (context, options, names) => {
        const { dryRun = false, yes = false, limit, reason, incident } = options;
        const { fleet, out, signal, terminal } = context;
        const choice = readPointChoice(names, options, context.kinds);
        if (incident === undefined && choice.named.length === 0)
          throw new CommandFailure('nothing is named', exitCodes.usage, 'name resources, or an incident by --incident');
        if (tagText(reason) === '')
          throw new CommandFailure(
            'a release has a reason in letters or digits',
            exitCodes.usage,
            'say why: --reason "…"',
          );
        const isMeant = (hold: Pick<Hold, 'incident'>) => hold.incident === (incident ?? null);
        const clouds = context.cloudsAs('marker');
        const { points, problems } = await listHoldPoints(fleet, clouds, choice, signal, (line) => out.note(line));
        const held = points.flatMap(holdsOf);
        const meant = held.filter(({ hold }) => isMeant(hold));
        const staying = held.filter(({ hold }) => !isMeant(hold));

        out.rows(limited(meant, limit), heldColumns(out), nothingText(incident));
        if (limit !== 0 && meant.length > limit) out.line(`${limit} of ${meant.length} shown; --limit 0 shows all`);
        if (incident === undefined && meant.length > 0 && !yes && !dryRun)
          throw new CommandFailure(
            `nothing was released: ${meant.length} recovery points are held by ${authorsOf(meant)}`,
            exitCodes.usage,
            '--dry-run shows them; --yes releases them all the same',
          );
        const concerned = points.map((point) => ({
          ...point,
          copies: [...point.copies, ...point.passing].filter(({ hold }) => parseHolds(hold).some(isMeant)),
          stored: point.stored.filter(({ stored }) => (stored.holds ?? []).some(({ hold }) => isMeant(hold))),
        }));
        const newer = new Map<string, HeldPoint>();
        const release = (value: string, { recoveryPoint, place }: Pick<ListedCopy, 'recoveryPoint' | 'place'>) => {
          const shown = meant.filter((one) => one.recoveryPoint === recoveryPoint);
          const isShown = (hold: Hold) => shown.some((one) => isSameHold(one.hold, hold));
          const [of] = shown;
          for (const hold of parseHolds(value).filter((one) => isMeant(one) && !isShown(one))) {
            const key = `${recoveryPoint} ${holdText(hold)}`;
            const places = new Set([...(newer.get(key)?.places ?? []), place]);
            if (of !== undefined)
              newer.set(key, { ...of, hold, places: [...places].sort(), without: [], unlocked: [] });
          }
          return withoutHolds(value, isShown);
        };
        const changes = await changeHolds(clouds, concerned, release, {
          isDry: dryRun,
          clock: () => terminal.now(),
          signal,
        });
        staying.push(...newer.values());
        const failed = changes.filter(({ state }) => state === 'failed');
        const records = recordsHeld(points, isMeant);

        if (meant.length > 0)
          out.line(
            `${countText(changes.filter(({ state }) => state !== 'failed'))} ${dryRun ? 'would be' : 'are'} released`,
          );
        for (const line of stayingText(staying, incident)) out.line(line);
        for (const { recoveryPoint, hold } of newer.values())
          out.note(`stays held: ${recoveryPoint}: set since it was listed: ${holdText(hold)}`);
        for (const { copy, message } of failed) out.note(`could not release ${copy}: ${message ?? ''}`);
        for (const { copy, remark } of changes) if (remark !== null) out.note(`${copy}: ${remark}`);
        for (const record of records) out.note(`not released: ${record}: Farcopy changes no records in buckets`);
        const asked = toldBy({ by: callerName(), why: reason });
        const hold = incident ?? [...new Set(meant.map((one) => holdName(one.hold)))].join(' ');
        const act = {
          fleet: fleet.name,
          outcome: 'released',
          hold: hold.slice(0, 255),
          asked,
          now: terminal.now(),
        } as const;
        const toldToLedger = dryRun ? null : await tellLedger(context, act, changes);
        const undone = records.length + problems.length;
        const exitCode = changes.length === 0 && undone === 0 ? exitCodes.ok : exitCodeOfChanges(changes, undone);
        out.document(exitCode === exitCodes.ok, {
          ...{ fleet: fleet.name, dryRun, incident: incident ?? null, released: meant, copies: documented(changes) },
          ...{ staying, problems, toldToLedger },
        });
        return exitCode;
      }),
    );
};

function nothingText(incident: string | undefined): string {
  return incident === undefined
    ? 'None of it is held without an incident.'
    : `Nothing is held for incident ${incident}.`;
}

const authorsOf = (held: readonly HeldPoint[]): string =>
  [...new Set(held.map(({ hold }) => hold.by ?? 'somebody without a name'))].join(', ');

/** What is still held, and how it is released; of an incident that nobody meant, only where nothing else was found. */
function stayingText(staying: readonly HeldPoint[], incident: string | undefined): string[] {
  const counts = new Map<string, number>();
  for (const { hold } of staying) {
    const name = hold.incident === null ? 'without an incident' : `for incident ${hold.incident}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(
    ([name, count]) => `${count} recovery points ${incident === undefined ? 'of it ' : ''}stay held ${name}`,
  );
}

/** Records that were written with a hold: what lies there is never written again. */
function recordsHeld(points: readonly HoldPoint[], isMeant: (hold: Hold) => boolean): string[] {
  return points.flatMap(({ stored, exports, recoveryPoint }) =>
    [...stored, ...exports]
      .filter((one) =>
        parseHolds(one.hold)
          .filter(isMeant)
          .some((hold) => !isSetSince(one, hold)),
      )
      .map(({ place }) => `the record of ${recoveryPoint} in ${place}`),
  );
}

const isSetSince = ({ stored }: ListedRecord, hold: Hold) =>
  (stored.holds ?? []).some((one) => isSameHold(one.hold, hold));
