import { type FleetPlan, type PlannedResource, planFleet } from '../../backup/planFleet';
import { unprotectedText } from '../../../core/backup/unprotected';
import { whereOf } from '../../fleet/scopeProblem';
import { type AddCommand } from '../addCommand';
import { ownerColumns } from '../tables/columns';
import { actionOf } from '../commandContext';
import { durationText } from '../durationText';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { limited, rowLimit } from '../rowLimit';
import { type Output } from '../output';

interface PlanOptions {
  readonly limit: number;
}

export const addPlan: AddCommand = (program, host) => {
  program
    .command('plan')
    .summary('show what a backup would do, without doing it')
    .description(
      'Shows which resources the fleet file selects into which tier, the steps of each, the service limits that those run ' +
        'under, and how long it would take. Reads the clouds, changes nothing, and needs no Temporal.',
    )
    .option('--limit <n>', 'show at most this many resources; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy plan
  farcopy plan --overlay staging
  farcopy plan --json | jq '.resources[] | {id: .resource.id, tier, steps: [.steps[].id]}'`,
    )
    .action(
      actionOf<PlanOptions, []>(host, async ({ fleet, clouds, signal, out }, { limit }) => {
        const plan = await planFleet(fleet, clouds, { signal });
        print(plan, limit, out);
        const exitCode = exitCodeOfPlan(plan);
        out.document(exitCode === exitCodes.ok, plan);
        return exitCode;
      }),
    );
};

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
      ],
      '',
    );
    out.line();
    out.line(
      `All at once would take about ${durationText(plan.expectedSeconds)} (a first guess: some sizes show only in snapshots).`,
    );
  }
  out.line(`${plan.resources.length} selected, ${plan.excluded.length} not selected`);
  for (const { resource, note } of plan.resources) if (note !== undefined) out.note(`note: ${resource.arn}: ${note}`);
  for (const { resource, message } of plan.problems) out.note(`problem: ${resource.arn}: ${message}`);
  for (const one of plan.unprotected) out.note(unprotectedText(one));
  for (const problem of plan.unreadable) out.note(`could not read ${whereOf(problem)}: ${problem.message}`);
}
