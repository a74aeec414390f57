import { Option } from 'commander';
import { type AsToldByCaller, toldBy } from '../../../../core/ledger/entry';
import { departureOf, departureText } from '../../../../core/retention/mark';
import { type PruneReport, waitingLines } from '../../../../core/retention/pruneRun';
import { retentionQueues } from '../../../../worker/workerQueues';
import { workflowEnd } from '../../../backup/followSteps';
import { callerName } from '../../../callerName';
import { startPrune } from '../../../retention/runPrune';
import { requireRole } from '../../requireRole';
import { requireWorker } from '../../requireWorker';
import { type DoomedCopy } from '../../../../core/retention/prunePlan';
import { ageText } from '../../../../core/report/fleetFindings';
import { planToLookAt, type RetentionPlan } from '../../../../activities/retention/planRetention';
import { messageOf } from '../../../../core/failure';
import { type CatalogueIndex } from '../../../catalogueIndex/catalogueIndex';
import { applyPlan } from '../../../retention/applyPlan';
import { planByIndex } from '../../../retention/planByIndex';
import { keepPlan, seenPlan } from '../../../retention/planStore';
import { type AddCommand } from '../../addCommand';
import { actionOf, type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { type ExitCode, exitCodeOf, exitCodes } from '../../exitCodes';
import { type Output } from '../../output';
import { rowLimit } from '../../rowLimit';
import { type Column } from '../../tables/columns';
import { openIndex } from '../catalogue/openIndex';
import { PlanDigest } from './planDigest';

interface PruneOptions {
  readonly plan?: boolean;
  readonly apply?: string;
  readonly run?: boolean;
  readonly reason?: string;
  readonly limit: number;
  readonly index?: boolean;
}

export const addPrune: AddCommand = (program, host) => {
  program
    .command('prune')
    .summary('show which copies retention lets go, and why; mark and delete them')
    .description(
      'Reads every copy of the fleet from the clouds, and judges each by the retention of its resource’s tier ' +
        '(docs/retention.md): what stays, for which reasons; what would go, by which rule; and what is neither counted nor ' +
        'deleted. --plan needs no Temporal, and changes nothing. --apply marks what you have seen in a plan, brakes or not, of it no ' +
        'more than retention lets go still. What is marked is deleted 72 hours later at the earliest, by --run or by a schedule ' +
        '(`prune: enabled` in the fleet file), if retention lets it go then. A plan by the index (--index) is there to be looked at: --apply refuses it.',
    )
    .addOption(new Option('--plan', 'show the plan').conflicts(['apply', 'run']))
    .addOption(
      new Option(
        '--apply <plan>',
        'mark what the plan of this id lets go, or the plan in this file, as --plan --json has written it',
      ).conflicts('run'),
    )
    .option('--run', 'have workers mark what no brake holds, and delete what is due, as the schedule does')
    .addOption(
      new Option('--reason <text>', 'why, with --run: it is kept in the ledger, if the fleet has one').conflicts([
        'plan',
        'apply',
      ]),
    )
    .addOption(
      new Option(
        '--index',
        'with --plan, go by the index of the catalogue, as old as it is: to be looked at',
      ).conflicts(['apply', 'run']),
    )
    .option('--limit <n>', 'show at most this many copies; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy prune --plan
  farcopy prune --plan --index
  farcopy prune --apply 3f2a90c1b7d4
  farcopy prune --run
  farcopy prune --plan --json | jq '.kept[] | select(.copy.place == "secure-dr") | {id: .copy.id, reasons}'
  farcopy prune --plan --json | jq -r '.refused[].why' | sort | uniq -c

Exit code: 3 when some accounts, buckets or records could not be read, or some copies not be marked or deleted, 5 when none
answered. Nothing goes of a resource whose places could not all be read.`,
    )
    .action(
      actionOf<PruneOptions, []>(
        host,
        async (
          context,
          { plan: isAsked = false, apply: name, run: isRun = false, reason, limit, index: isIndexed = false },
        ) => {
          const { fleet, clouds, signal, out } = context;
          if (name !== undefined) return apply(context, name);
          if (isRun) return run(context, toldBy({ by: callerName(), why: reason }), host.terminal.now());
          if (!isAsked)
            throw new CommandFailure(
              'prune: --plan, --apply or --run is missing',
              exitCodes.usage,
              '`farcopy prune --plan` shows what retention would let go, and tells its id; `farcopy prune --apply ID` carries it out',
            );
          const now = host.terminal.now();
          const index = isIndexed ? await openIndex(context) : null;
          const indexed = index === null ? null : await showIndexed(context, index, limit);
          if (indexed !== null) return indexed;
          const plan = await planToLookAt(fleet, clouds, now, signal);
          const { id, kept, doomed, refused, brakes, problems } = plan;
          tellPlan(out, PlanDigest.of(plan, limit), { id, brakes }, { limit, now });
          if (doomed.length > 0 && fleet.roles.marker !== undefined) await keepForApply(out, fleet.name, plan);
          for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
          const all = kept.length + doomed.length + refused.length;
          const nothingAnswers = all === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
          const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(all, problems.length);
          out.document(exitCode === exitCodes.ok, {
            fleet: fleet.name,
            ...plan,
            ...(isIndexed ? { index: null } : {}),
          });
          return exitCode;
        },
      ),
    );
};

/** Marks what a person has seen. It takes the role that marks, which no worker of backups has, and neither has Temporal. */
async function apply(context: CommandContext, name: string): Promise<ExitCode> {
  const { fleet, out, signal, terminal } = context;
  const clouds = context.cloudsAs('marker');
  const seen = await seenPlan(fleet, name, terminal.now());
  const applied = await applyPlan(fleet, clouds, seen, {
    now: () => terminal.now(),
    signal,
    onMarked: (count) => {
      if (count % tellEvery === 0) out.note(`${count} marked`);
    },
  });
  const { approved, overtaken, marked, inBuckets, firstGoes, problems } = applied;
  out.line(`plan ${seen.id}: ${approved.length} of its ${seen.copies.length} copies go, ${marked} marked now`);
  if (overtaken > 0)
    out.line(`${overtaken} stay after all, or are gone: retention has changed its mind since the plan`);
  if (inBuckets > 0) out.line(`${inBuckets} lie in buckets, where Farcopy deletes nothing yet`);
  if (approved.length > 0) {
    out.line(`deleted at ${out.time(firstGoes)} at the earliest, if retention lets them go then`);
    if (fleet.prune?.enabled !== true)
      out.line('no schedule does it: run `farcopy prune --run` then, or write `prune: enabled` into the fleet file');
  }
  for (const problem of problems) out.note(`problem: ${problem}`);
  const exitCode = exitCodeOf(marked + approved.length, problems.length);
  out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...applied, plan: seen.id });
  return exitCode;
}

/** Has the workers mark and delete now. */
async function run(context: CommandContext, asked: AsToldByCaller, now: number): Promise<ExitCode> {
  const { fleet, out } = context;
  for (const role of ['marker', 'pruner'] as const) requireRole(fleet, role);
  for (const queue of ['fleet', ...retentionQueues] as const) await requireWorker(context, queue);
  const client = await context.temporal();
  const started = await startPrune(client, fleet, asked, now);
  out.note(`workflow ${started.workflowId}`);
  context.goesOn(
    'pruning goes',
    [started.workflowId],
    '; what is deleted is gone',
    (workflowId) => `temporal workflow cancel -w ${workflowId}`,
  );
  const handle = client.workflow.getHandle(started.workflowId, started.runId);
  const end = await workflowEnd<PruneReport>(handle.result());
  const report = end.state === 'completed' ? end.result : (end.details as PruneReport | null);
  if (report === null) throw new CommandFailure(end.state === 'completed' ? '' : end.message, exitCodes.failed);
  const { marking, deleted, waiting, more, problems } = report;
  if (marking !== null) {
    out.line(`plan ${marking.plan}: ${marking.doomed} copies go, ${marking.marked} marked now`);
    if (marking.unmarked > 0) out.line(`${marking.unmarked} marked no more, since they stay`);
    if (marking.inBuckets > 0) out.line(`${marking.inBuckets} lie in buckets, where Farcopy deletes nothing yet`);
    for (const brake of marking.brakes) out.line(`brake: ${brake}`);
    if (marking.braked > 0)
      out.line(`${marking.braked} wait for a person: \`farcopy prune --plan\`, then \`farcopy prune --apply\``);
  }
  out.line(`${deleted} deleted${more ? '; more may go: run it again' : ''}`);
  for (const line of waitingLines(waiting)) out.line(line);
  for (const problem of problems) out.note(`problem: ${problem}`);
  const exitCode = problems.length === 0 ? exitCodes.ok : exitCodeOf(marking === null ? 0 : 1, problems.length);
  out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...started, prune: report });
  return exitCode;
}

/** Without a place to keep it, the plan is still worth seeing. */
async function keepForApply(out: Output, fleet: string, plan: RetentionPlan): Promise<void> {
  try {
    await keepPlan(fleet, plan);
    out.note(`to mark what it lets go, brakes or not: farcopy prune --apply ${plan.id}`);
  } catch (error) {
    out.note(
      `the plan could not be kept for --apply: ${messageOf(error)}; apply what --plan --json prints, from a file`,
    );
  }
}

const tellEvery = 200;

function doomedColumns(out: Output, now: number): Column<DoomedCopy>[] {
  return [
    { title: 'resource', cell: ({ copy }) => copy.resource },
    { title: 'place', cell: ({ copy }) => copy.place },
    { title: 'data of', cell: ({ copy }) => out.time(copy.dataTime) },
    { title: 'lets it go', cell: ({ rule }) => rule },
    {
      title: 'marked',
      cell: (doomed) => {
        const departure = departureOf(doomed, now);
        return departure.type === 'unmarked' ? '' : departureText(departure, (time) => out.time(time));
      },
    },
  ];
}

interface ShownOptions {
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

function tellPlan(
  out: Output,
  digest: PlanDigest,
  { id, brakes }: Pick<RetentionPlan, 'id' | 'brakes'>,
  { limit, now }: ShownOptions,
): void {
  const { kept, going, refused, spared, firstGoing } = digest;
  out.rows(firstGoing, doomedColumns(out, now), 'Nothing would go.');
  if (firstGoing.length < going) out.line(`${limit} of ${going} shown; --limit 0 shows all`);
  tellPlaces(out, digest);
  tellRefused(out, digest);
  for (const brake of brakes) out.line(`brake: ${brake}`);
  if (spared > 0) out.line(`${spared} are marked, and stay: the next run takes their marks away`);
  out.line(`plan ${id}: ${kept} stay, ${going} would go, ${refused} left alone`);
}

/** A plan by the index: it shows everything, and nobody can apply it. Null: the index cannot be gone by. */
async function showIndexed(context: CommandContext, index: CatalogueIndex, limit: number): Promise<ExitCode | null> {
  const { fleet, clouds, signal, out, terminal } = context;
  const now = terminal.now();
  const begin = () => new PlanDigest(limit, out.json);
  const planned = await planByIndex(fleet, clouds, index, now, signal, begin);
  if (planned === null) return null;
  const { plan, sink } = planned;
  const { braked, problems, ...told } = plan;
  sink.brake(braked);
  tellPlan(out, sink, plan, { limit, now });
  const from = `it is from the index of ${out.time(plan.index.at)}, ${ageText(plan.index.ageSeconds)} old`;
  out.note(`${from}: look only; plan anew without --index to apply`);
  for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
  const exitCode = exitCodeOf(1, problems.length);
  const { kept, doomed, refused } = sink.lists ?? { kept: [], doomed: [], refused: [] };
  out.longDocument(
    exitCode === exitCodes.ok,
    { fleet: fleet.name, ...told, problems },
    { kept, doomed: withBrake(doomed, braked), refused },
  );
  return exitCode;
}

/** How many stay and go in each place, and from when the oldest is that stays. */
function tellPlaces(out: Output, { places }: PlanDigest): void {
  out.line();
  out.table(
    ['place', 'stay', 'would go', 'oldest that stays'],
    [...places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { stay, going, oldest }]) => [name, String(stay), String(going), out.time(oldest)]),
    'There are no copies to judge.',
  );
}

/** Reasons, each once with its number: a thousand copies may have one. */
function tellRefused(out: Output, { reasons }: PlanDigest): void {
  if (reasons.size > 0) out.line();
  const most = [...reasons].sort(([, a], [, b]) => b.count - a.count);
  for (const [why, { first, count }] of most.slice(0, mostReasons))
    out.line(`left alone: ${first}${count > 1 ? ` and ${count - 1} more` : ''}: ${why}`);
  if (reasons.size > mostReasons) out.line(`${reasons.size - mostReasons} more reasons: --json tells all`);
}

/** What stops all that goes is known once all is planned. */
function* withBrake(doomed: Iterable<string>, brake: (one: DoomedCopy) => DoomedCopy): Generator<string> {
  for (const text of doomed) yield JSON.stringify(brake(JSON.parse(text) as DoomedCopy));
}

const mostReasons = 20;
