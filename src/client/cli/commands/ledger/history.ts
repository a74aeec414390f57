import { openState } from '../../../../activities/ledger/stateBucket';
import { type EntryType, entryTypes, type StoredEntry } from '../../../../core/ledger/entry';
import { InvalidRequestError } from '../../../invalidRequestError';
import { LedgerReader, type LedgerProblem, type LedgerQuestion, type Window } from '../../../ledger/readLedger';
import { type RememberedEntry, temporalHistory } from '../../../ledger/temporalHistory';
import { parseResourceArgument } from '../../../catalogue/resourceArgument';
import { type AddCommand } from '../../addCommand';
import { actionOf, type CommandContext } from '../../commandContext';
import { durationText } from '../../durationText';
import { exitCodeOf } from '../../exitCodes';
import { moment } from '../../moment';
import { type Output } from '../../output';
import { rowLimit } from '../../rowLimit';
import { type Column, ownerColumns } from '../../tables/columns';
import { shortReason } from '../../tables/shortReason';

export interface WindowOptions {
  readonly since?: number;
  readonly until?: number;
}

interface HistoryOptions extends WindowOptions {
  readonly kind?: readonly EntryType[];
  readonly limit: number;
}

export const sinceText = 'from then on: a duration like 90d, or a time; the last 30 days unless given';
const defaultMilliseconds = 30 * 86_400_000;

/** What people did, and what carries data out or away. */
const audited: readonly EntryType[] = ['act', 'restore', 'hold', 'prune'];

/** The commands that read the ledger entry by entry: `history`, `audit`. */
export const addHistory: AddCommand = (program, host) => {
  program
    .command('history')
    .summary('list what has ended: recovery points, restores, drills')
    .description(
      'Lists what has ended or happened, the newest first, from the ledger that the fleet file names as `state`. Without ' +
        'one it tells what Temporal remembers. Either way it says how far back it can see.',
    )
    .argument('[resource...]', 'only what concerns these')
    .option('--since <when>', sinceText, moment)
    .option('--until <when>', 'up to then', moment)
    .option('--kind <kinds>', `only these, with commas between them: ${entryTypes.join(', ')}`, kindsOf)
    .option('--limit <n>', 'show at most this many, the newest first; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy history panda-cluster-1 --since 90d
  farcopy history --kind restore,drill
  farcopy history --limit 0 --json | jq '.entries[] | select(.outcome == "failed")'

Exit code: 3 when something in the ledger is no entry or could not be read.`,
    )
    .action(
      actionOf<HistoryOptions, [string[]]>(host, async (context, { kind = entryTypes, ...options }, names) => {
        const { out } = context;
        const found = await historyOf(context, names, kind, options);
        const anyWhy = found.entries.some(({ reason }) => reason !== null);
        out.rows<HistoryEntry>(
          found.entries,
          [
            { title: 'ended', cell: ({ at }) => out.time(at) },
            { title: 'what', cell: ({ type }) => type },
            { title: 'outcome', cell: ({ outcome }) => out.state(outcome) },
            ...resourceColumns,
            { title: 'of', cell: (entry) => out.shortTime(pointOf(entry)) },
            { title: 'more', cell: detailOf },
            anyWhy ? { title: 'why', cell: ({ reason }) => shortReason(reason ?? '') } : null,
          ],
          'Nothing has ended in this time.',
          { fits: anyWhy },
        );
        return tell(context, found);
      }),
    );

  program
    .command('audit')
    .summary('list who did what, when and why')
    .description(
      'Lists from the ledger what operators did (pause, resume, force, retire), restores, holds and deletions, the newest ' +
        'first. Who and why stand there as the caller told them: Temporal does not say who sends a message, so nothing ' +
        'of it is proven. Without a ledger it tells the restores that Temporal remembers.',
    )
    .argument('[resource...]', 'only what concerns these')
    .option('--since <when>', sinceText, moment)
    .option('--until <when>', 'up to then', moment)
    .option('--limit <n>', 'show at most this many, the newest first; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy audit
  farcopy audit panda-cluster-1 --since 2026-10-01 --until 2026-11-01 --json`,
    )
    .action(
      actionOf<Omit<HistoryOptions, 'kind'>, [string[]]>(host, async (context, options, names) => {
        const { out } = context;
        const found = await historyOf(context, names, audited, options);
        out.rows<HistoryEntry>(
          found.entries,
          [
            { title: 'when', cell: ({ at }) => out.time(at) },
            { title: 'what', cell: ({ type, outcome }) => (type === 'act' ? outcome : `${type} ${outcome}`) },
            ...resourceColumns,
            { title: 'more', cell: detailOf },
            { title: 'who, as told', cell: (entry) => toldOf(entry).by ?? '–' },
            { title: 'why, as told', cell: (entry) => toldOf(entry).why ?? '–' },
          ],
          'Nobody did anything in this time.',
        );
        return tell(context, found);
      }),
    );
};

type HistoryEntry = StoredEntry | RememberedEntry;

interface History {
  readonly source: 'ledger' | 'temporal';
  readonly since: string;
  readonly until: string;
  readonly reachesBackTo: string | null;
  readonly entries: readonly HistoryEntry[];
  readonly more: boolean;
  readonly problems: readonly LedgerProblem[];
}

async function historyOf(
  context: CommandContext,
  names: readonly string[],
  types: readonly EntryType[],
  { limit, ...options }: Omit<HistoryOptions, 'kind'>,
): Promise<History> {
  const { fleet, clouds, signal } = context;
  const window = windowOf(context, options);
  const question: LedgerQuestion = {
    ...window,
    types,
    named: names.map((name) => parseResourceArgument(name, context.kinds)),
    limit: limit === 0 ? Infinity : limit,
  };
  const times = { since: new Date(window.from).toISOString(), until: new Date(window.to).toISOString() };
  const state = openState(fleet, clouds.access);
  if (state !== null)
    return { source: 'ledger', ...times, ...(await new LedgerReader(state, fleet.name, signal).read(question)) };
  const remembered = await temporalHistory(await context.temporal(), fleet.name, question);
  return { source: 'temporal', ...times, ...remembered, problems: [] };
}

/** @throws InvalidRequestError of a window that ends before it begins. */
export function windowOf({ terminal }: CommandContext, { since, until }: WindowOptions): Window {
  const to = until ?? terminal.now() + 1;
  const from = since ?? to - defaultMilliseconds;
  if (to > from) return { from, to };
  throw new InvalidRequestError('--until must be later than --since');
}

function tell({ fleet, out }: CommandContext, { entries, more, problems, ...found }: History) {
  if (more) out.line(`the newest ${entries.length} shown; --limit 0 shows all`);
  out.line(reachText(out, found));
  for (const { key, message } of problems) out.note(`${key}: ${message}`);
  const exitCode = exitCodeOf(entries.length + 1, problems.length);
  out.document(problems.length === 0, { fleet: fleet.name, ...found, entries, more, problems });
  return exitCode;
}

function reachText(out: Output, { source, reachesBackTo }: Pick<History, 'source' | 'reachesBackTo'>): string {
  if (source === 'ledger')
    return reachesBackTo === null ? 'The ledger is empty.' : `The ledger reaches back to ${reachesBackTo}.`;
  const since = reachesBackTo === null ? 'as long as it keeps what has ended' : `back to ${out.time(reachesBackTo)}`;
  return `The fleet file names no \`state\`, so this is what Temporal remembers, ${since}, and no act of an operator is in it.`;
}

const resourceColumns: readonly Column<HistoryEntry>[] = [
  { title: 'resource', cell: ({ resource }) => resource?.id ?? '–' },
  ...ownerColumns<HistoryEntry>(({ resource }) => resource),
  { title: 'tier', cell: ({ tier }) => tier ?? '–', same: (tier) => (tier === '–' ? null : `tier ${tier}`) },
];

const toldOf = (entry: HistoryEntry) => ('asToldByCaller' in entry ? entry.asToldByCaller : { by: null, why: null });

/** The scheduled time of the recovery point that it is about. */
function pointOf(entry: HistoryEntry): string | null {
  if ('scheduledTime' in entry) return entry.scheduledTime;
  const point = 'recoveryPoint' in entry ? entry.recoveryPoint : null;
  const time = point?.slice(point.lastIndexOf('/') + 1) ?? '';
  return Number.isNaN(Date.parse(time)) ? null : time;
}

function detailOf(entry: HistoryEntry): string {
  if (!('writtenBy' in entry)) return '';
  const rto = (seconds: number | null) => (seconds === null ? [] : [`RTO ${durationText(seconds)}`]);
  switch (entry.type) {
    case 'recovery-point': {
      const kept = entry.places.filter(({ copy }) => copy !== null).length;
      return entry.places.length === 0 ? '' : `${kept} of ${entry.places.length} places`;
    }
    case 'restore':
      return [`${entry.from} → ${entry.to}`, ...rto(entry.rtoSeconds)].join(', ');
    case 'drill':
      return [entry.drill, `from ${entry.from ?? '–'}`, ...rto(entry.rtoSeconds)].join(', ');
    case 'alert':
      return entry.alert;
    case 'prune':
      return `${entry.copies.length} copies, by plan ${entry.plan}`;
    case 'hold':
      return `${entry.hold}: ${entry.copies.length} copies`;
    case 'act':
      return entry.reason ?? '';
  }
}

function kindsOf(text: string): readonly EntryType[] {
  return text.split(',').map((name) => {
    const known = entryTypes.find((one) => one === name.trim());
    if (known !== undefined) return known;
    throw new InvalidRequestError(`there are no entries of kind ${name.trim()}`, `there are ${entryTypes.join(', ')}`);
  });
}
