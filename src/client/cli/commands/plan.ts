import { type LimitRound } from '../../backup/fleetLoad';
import { type Learned, learnedDurations } from '../../backup/learnedDurations';
import { limitLoadText, percent, tierLoadText } from '../../backup/loadText';
import { type FleetPlan, type PlannedResource, planFleet } from '../../backup/planFleet';
import { unprotectedText } from '../../../core/backup/unprotected';
import { stockText } from '../../retention/stockForecast';
import { whereOf } from '../../../activities/catalogue/scopeProblem';
import { type AddCommand } from '../addCommand';
import { ownerColumns } from '../tables/columns';
import { actionOf, type CommandContext } from '../commandContext';
import { durationText } from '../durationText';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { requireWorker } from '../requireWorker';
import { limited, rowLimit } from '../rowLimit';
import { type Output } from '../output';

interface PlanOptions {
  readonly limit: number;
  readonly learned?: boolean;
}

export const addPlan: AddCommand = (program, host) => {
  program
    .command('plan')
    .summary('show what a backup would do, without doing it')
    .description(
      'Shows which resources the fleet file selects into which tier, the steps of each, the service limits that those run ' +
        'under, and how long it would take. Says which limits cannot carry the fleet within its RPO, and what would. Reads ' +
        'the clouds and changes nothing. Needs no Temporal, unless --learned is given.',
    )
    .option('--limit <n>', 'show at most this many resources; 0 shows all', rowLimit, 100)
    .option('--learned', 'take what earlier backups took instead of guesses; asks every lifecycle')
    .addHelpText(
      'after',
      `
Examples:
  farcopy plan
  farcopy plan --learned --json | jq '.limits[] | select(.verdict != "carried")'
  farcopy plan --overlay staging
  farcopy plan --json | jq '.resources[] | {id: .resource.id, tier, steps: [.steps[].id]}'`,
    )
    .action(
      actionOf<PlanOptions, []>(host, async (context, { limit, learned = false }) => {
        const { fleet, clouds, signal, out } = context;
        const told = learned ? await askLifecycles(context) : null;
        const plan = await planFleet(fleet, clouds, { signal, ...(told === null ? {} : { learned: told.of }) });
        print(plan, limit, out);
        const exitCode = exitCodeOfPlan(plan);
        out.document(exitCode === exitCodes.ok, { ...plan, silentLifecycles: told?.silent ?? 0 });
        return exitCode;
      }),
    );
};

/** Without a worker none would answer, and each would be waited for. */
async function askLifecycles(context: CommandContext): Promise<Learned> {
  await requireWorker(context);
  const learned = await learnedDurations(await context.temporal(), context.fleet.name);
  const { asked, silent } = learned;
  if (silent > 0)
    context.out.note(
      `${silent} of ${asked} lifecycles did not answer, so their resources are guessed; does a worker run?`,
    );
  return learned;
}

export function exitCodeOfPlan({ resources, problems, unreadable }: FleetPlan): ExitCode {
  const nothingAnswers = unreadable.length > 0 && unreadable.every((problem) => problem.unreachable);
  if (nothingAnswers && resources.length + problems.length === 0) return exitCodes.unreachable;
  return exitCodeOf(resources.length, problems.length + unreadable.length);
}

function print(plan: FleetPlan, limit: number, out: Output): void {
  const shown = limited(plan.resources, limit);
  out.rows(
    shown,
    [
      { title: 'resource', cell: ({ resource }) => resource.id },
      ...ownerColumns<PlannedResource>(({ resource }) => resource),
      { title: 'tier', cell: ({ tier }) => tier, same: (tier) => `tier ${tier}` },
      { title: 'size', cell: ({ sizeGiB }) => `${sizeGiB} GiB` },
      { title: 'key', cell: ({ encryption }) => encryption, same: (key) => `key ${key}` },
      { title: 'about', cell: (planned) => durationText(planned.expectedSeconds) },
      {
        title: 'steps',
        cell: ({ steps }) => steps.map(({ id }) => id).join(' → '),
        same: (steps) => (shown.length > 1 ? `steps ${steps}` : null),
      },
    ],
    'No resource is selected.',
  );
  if (shown.length < plan.resources.length)
    out.line(`${shown.length} of ${plan.resources.length} shown; --limit 0 shows all`);
  if (plan.limits.length > 0) {
    out.line();
    out.rows(
      plan.limits,
      [
        { title: 'service limit', cell: ({ limit: name }) => name },
        { title: 'account', cell: ({ account }) => account },
        { title: 'region', cell: ({ region }) => region },
        { title: 'at once', cell: ({ capacity }) => String(capacity) },
        { title: 'steps under it', cell: ({ steps }) => String(steps) },
        { title: 'busy', cell: ({ busy }) => percent(busy) },
        { title: 'of what the rpo leaves', cell: ({ rounds }) => roundsText(rounds) },
        { title: '', cell: ({ verdict }) => out.state(verdictStates[verdict], verdict) },
      ],
      '',
    );
    out.line();
    out.line(`All at once would take about ${durationText(plan.expectedSeconds)} (${guessText(plan)}).`);
  }
  out.line(`${plan.resources.length} selected, ${plan.excluded.length} not selected`);
  for (const load of plan.tiers) noteIfAny(tierLoadText(load), out);
  for (const load of plan.limits) noteIfAny(limitLoadText(load), out);
  for (const load of plan.stocks) noteIfAny(stockText(load), out);
  for (const { resource, note } of plan.resources) if (note !== undefined) out.note(`note: ${resource.arn}: ${note}`);
  for (const { resource, message } of plan.problems) out.note(`problem: ${resource.arn}: ${message}`);
  for (const one of plan.unprotected) out.note(unprotectedText(one));
  for (const problem of plan.unreadable) out.note(`could not read ${whereOf(problem)}: ${problem.message}`);
}

const verdictStates = { carried: 'ok', tight: 'warning', exceeded: 'failed' } as const;

function noteIfAny(text: string | null, out: Output): void {
  if (text !== null) out.note(text);
}

/** Of the tier that needs most. */
function roundsText(rounds: readonly LimitRound[]): string {
  const shares = rounds.flatMap(({ share }) => share ?? []);
  return shares.length === 0 ? '–' : percent(Math.max(...shares));
}

function guessText({ learnedOf, resources }: FleetPlan): string {
  if (learnedOf === resources.length) return 'by what earlier backups took';
  const guess = 'a first guess: some sizes show only in snapshots';
  return learnedOf === 0
    ? guess
    : `by what earlier backups took, of ${resources.length - learnedOf} resources ${guess}`;
}
