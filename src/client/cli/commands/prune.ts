import { Option } from 'commander';
import { type AsToldByCaller, toldBy } from '../../../core/ledger/entry';
import { parseMark } from '../../../core/retention/mark';
import { type PruneReport, waitingLines } from '../../../core/retention/pruneRun';
import { retentionQueues } from '../../../worker/workerQueues';
import { workflowEnd } from '../../backup/followSteps';
import { callerName } from '../../callerName';
import { startPrune } from '../../retention/runPrune';
import { requireRole } from '../requireRole';
import { requireWorker } from '../requireWorker';
import { type DoomedCopy, type PrunePlan, type RefusedCopy } from '../../../core/retention/prunePlan';
import { planRetention } from '../../../activities/retention/planRetention';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { limited, rowLimit } from '../rowLimit';
import { type Column } from '../tables/columns';

interface PruneOptions {
  readonly plan?: boolean;
  readonly apply?: string;
  readonly reason?: string;
  readonly limit: number;
}

export const addPrune: AddCommand = (program, host) => {
  program
    .command('prune')
    .summary('show which copies retention lets go, and why; mark and delete them')
    .description(
      'Reads every copy of the fleet from the clouds, and judges each by the retention of its resource’s tier ' +
        '(docs/retention.md): what stays, for which reasons; what would go, by which rule; and what is neither counted nor ' +
        'deleted. --plan needs no Temporal, and changes nothing. --apply has workers mark what the plan lets go, whatever its ' +
        'brakes, and delete what was marked at least 72 hours ago and is let go still: run it again then, or have a schedule do ' +
        'it (`prune: enabled` in the fleet file).',
    )
    .addOption(new Option('--plan', 'show the plan').conflicts('apply'))
    .option('--apply <id>', 'carry out the plan of this id, if it is still what retention would do')
    .option('--reason <text>', 'why, with --apply: it is kept in the ledger, if the fleet has one')
    .option('--limit <n>', 'show at most this many copies; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy prune --plan
  farcopy prune --apply 3f2a90c1b7d4 --reason 'tier moved to daily'
  farcopy prune --plan --json | jq '.kept[] | select(.copy.place == "secure-dr") | {id: .copy.id, reasons}'
  farcopy prune --plan --json | jq -r '.refused[].why' | sort | uniq -c

Exit code: 3 when some accounts, buckets or records could not be read, or some copies not be marked or deleted, 5 when none
answered. Nothing goes of a resource whose places could not all be read.`,
    )
    .action(
      actionOf<PruneOptions, []>(host, async (context, { plan: isAsked = false, apply, reason, limit }) => {
        const { fleet, clouds, signal, out } = context;
        if (apply !== undefined) return applyPlan(context, apply, toldBy({ by: callerName(), why: reason }));
        if (!isAsked)
          throw new CommandFailure(
            'prune: --plan or --apply is missing',
            exitCodes.usage,
            '`farcopy prune --plan` shows what retention would let go, and tells its id; `farcopy prune --apply ID` carries it out',
          );
        const { plan } = await planRetention(fleet, clouds, host.terminal.now(), signal);
        const { id, kept, doomed, refused, brakes, problems } = plan;
        out.rows(limited(doomed, limit), doomedColumns(out), 'Nothing would go.');
        if (limit !== 0 && doomed.length > limit) out.line(`${limit} of ${doomed.length} shown; --limit 0 shows all`);
        tellPlaces(out, plan);
        tellRefused(out, refused);
        for (const brake of brakes) out.line(`brake: ${brake}`);
        out.line(`plan ${id}: ${kept.length} stay, ${doomed.length} would go, ${refused.length} left alone`);
        for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
        const all = kept.length + doomed.length + refused.length;
        const nothingAnswers = all === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(all, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...plan });
        return exitCode;
      }),
    );
};

/** Has workers carry a plan out, and tells how it went. */
async function applyPlan(context: CommandContext, plan: string, asked: AsToldByCaller): Promise<ExitCode> {
  const { fleet, out } = context;
  for (const role of ['marker', 'pruner'] as const) requireRole(fleet, role);
  for (const queue of ['fleet', ...retentionQueues] as const) await requireWorker(context, queue);
  const client = await context.temporal();
  const started = await startPrune(client, fleet.name, plan, asked);
  out.note(`workflow ${started.workflowId}`);
  const handle = client.workflow.getHandle(started.workflowId, started.runId);
  const end = await workflowEnd<PruneReport>(handle.result());
  const report = end.state === 'completed' ? end.result : (end.details as PruneReport | null);
  if (report === null) throw new CommandFailure(end.state === 'completed' ? '' : end.message, exitCodes.failed);
  const { marking, deleted, waiting, more, problems } = report;
  if (marking !== null) {
    out.line(`plan ${marking.plan}: ${marking.doomed} copies go, ${marking.marked} marked now`);
    if (marking.unmarked > 0) out.line(`${marking.unmarked} marked no more, since they stay`);
    if (marking.inBuckets > 0) out.line(`${marking.inBuckets} lie in buckets, where Farcopy deletes nothing yet`);
  }
  out.line(`${deleted} deleted${more ? '; more may go: run it again' : ''}`);
  for (const line of waitingLines(waiting)) out.line(line);
  for (const problem of problems) out.note(`problem: ${problem}`);
  const exitCode = problems.length === 0 ? exitCodes.ok : exitCodeOf(1, problems.length);
  out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...started, prune: report });
  return exitCode;
}

function doomedColumns(out: Output): Column<DoomedCopy>[] {
  return [
    { title: 'resource', cell: ({ copy }) => copy.resource },
    { title: 'place', cell: ({ copy }) => copy.place },
    { title: 'data of', cell: ({ copy }) => out.time(copy.dataTime) },
    { title: 'lets it go', cell: ({ rule }) => rule },
    {
      title: 'marked',
      cell: ({ copy, brake }) => {
        const mark = parseMark(copy.mark);
        if (mark !== null) return `goes after ${out.time(mark.notBefore)}`;
        return brake === null ? '' : 'a person must say so';
      },
    },
  ];
}

/** How many stay and go in each place, and from when the oldest is that stays. */
function tellPlaces(out: Output, { kept, doomed, refused }: PrunePlan): void {
  const staying = [...kept, ...refused].map(({ copy }) => copy);
  const going = doomed.map(({ copy }) => copy);
  const places = [...new Set([...staying, ...going].map(({ place }) => place))].sort();
  out.line();
  out.table(
    ['place', 'stay', 'would go', 'oldest that stays'],
    places.map((name) => {
      const here = staying.filter(({ place }) => place === name);
      const oldest = here.reduce<string | null>(
        (least, { dataTime }) => (dataTime !== null && (least === null || dataTime < least) ? dataTime : least),
        null,
      );
      const leaving = going.filter(({ place }) => place === name).length;
      return [name, String(here.length), String(leaving), out.time(oldest)];
    }),
    'There are no copies to judge.',
  );
}

/** Reasons, each once with its number: a thousand copies may have one. */
function tellRefused(out: Output, refused: readonly RefusedCopy[]): void {
  const reasons = new Map<string, { readonly first: string; count: number }>();
  for (const { copy, why } of refused) {
    const known = reasons.get(why);
    if (known === undefined) reasons.set(why, { first: copy.id, count: 1 });
    else known.count += 1;
  }
  if (reasons.size > 0) out.line();
  const most = [...reasons].sort(([, a], [, b]) => b.count - a.count);
  for (const [why, { first, count }] of most.slice(0, mostReasons))
    out.line(`left alone: ${first}${count > 1 ? ` and ${count - 1} more` : ''}: ${why}`);
  if (reasons.size > mostReasons) out.line(`${reasons.size - mostReasons} more reasons: --json tells all`);
}

const mostReasons = 20;
