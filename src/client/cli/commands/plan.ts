import { type FleetPlan, planFleet } from '../../backup/planFleet';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { durationText } from '../durationText';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { limited, rowLimit } from '../rowLimit';
import { type Output } from '../output';

interface PlanOptions {
  readonly limit: number;
}

export const addPlan: AddCommand = (program, terminal, ended) => {
  program
    .command('plan')
    .summary('show what a backup would do, without doing it')
    .description(
      'Shows which resources are selected into which tier, the legs each would travel, the service limits they would run ' +
        'under, and how long it would take. Reads the clouds only; needs no Temporal.',
    )
    .option('--limit <n>', 'show at most this many resources; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy plan
  farcopy plan --overlay staging
  farcopy plan --json | jq '.resources[] | {id: .resource.id, tier, legs: [.legs[].id]}'`,
    )
    .action(
      actionOf<PlanOptions, []>(terminal, ended, async ({ fleet, clouds, signal, out }, { limit }) => {
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
  out.table(
    ['resource', 'account', 'region', 'tier', 'size', 'key', 'legs', 'about'],
    shown.map(({ resource, tier, sizeGiB, encryption, legs, expectedSeconds }) => [
      resource.id,
      resource.account,
      resource.region,
      tier,
      `${sizeGiB} GiB`,
      encryption,
      legs.map(({ id }) => id).join(' → '),
      durationText(expectedSeconds),
    ]),
    'No resource is selected.',
  );
  if (shown.length < plan.resources.length)
    out.line(`${shown.length} of ${plan.resources.length} shown; --limit 0 shows all`);
  if (plan.limits.length > 0) {
    out.line();
    out.table(
      ['service limit', 'account', 'region', 'at once', 'legs under it'],
      plan.limits.map(({ limit: name, account, region, capacity, legs }) => [
        name,
        account,
        region,
        String(capacity),
        String(legs),
      ]),
      '',
    );
    out.line();
    out.line(
      `All at once would take about ${durationText(plan.expectedSeconds)} (a first guess: Aurora tells sizes only in snapshots).`,
    );
  }
  out.line(`${plan.resources.length} selected, ${plan.excluded.length} not selected`);
  for (const { resource, note } of plan.resources) if (note !== undefined) out.note(`note: ${resource.arn}: ${note}`);
  for (const { resource, message } of plan.problems) out.note(`problem: ${resource.arn}: ${message}`);
  for (const { account, region, message } of plan.unreadable)
    out.note(`could not read ${account}/${region}: ${message}`);
}
