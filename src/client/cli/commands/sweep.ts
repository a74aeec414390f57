import { type SweepReport } from '../../../core/sweep/sweep';
import { workflowEnd } from '../../backup/followSteps';
import { startSweep } from '../../sweep/runSweep';
import { type AddCommand } from '../addCommand';
import { CommandFailure } from '../commandFailure';
import { actionOf } from '../commandContext';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { requireWorker } from '../requireWorker';

interface SweepOptions {
  readonly dryRun?: boolean;
}

export const addSweep: AddCommand = (program, host) => {
  program
    .command('sweep')
    .summary('remove what terminated recovery points, drills and restores have left behind')
    .description(
      'Looks in the scratch accounts and servers of the drills, and wherever copies are made on their way, for what ' +
        'nobody needs any more, and removes it. The schedule that `farcopy apply` makes does it every hour. It never touches ' +
        'what a restore of yours has made.',
    )
    .option('--dry-run', 'show what would be removed')
    .addHelpText(
      'after',
      `
Examples:
  farcopy sweep --dry-run
  farcopy sweep
  farcopy sweep --json | jq '.sweep.removed'

Exit code: 3 where some place could not be looked at, or something not be removed.`,
    )
    .action(
      actionOf<SweepOptions, []>(host, async (context, { dryRun = false }) => {
        const { fleet, out } = context;
        await requireWorker(context);
        const client = await context.temporal();
        const started = await startSweep(client, fleet.name, dryRun, host.terminal.now());
        out.note(`workflow ${started.workflowId}`);
        const end = await workflowEnd<SweepReport>(
          client.workflow.getHandle(started.workflowId, started.runId).result(),
        );
        const report = end.state === 'completed' ? end.result : (end.details as SweepReport | null);
        if (report === null) throw new CommandFailure(end.state === 'completed' ? '' : end.message, exitCodes.failed);
        const { found, removed, kept, problems } = report;
        const state = (what: string) =>
          removed.includes(what) ? 'removed' : dryRun ? 'would be removed' : 'could not be removed';
        out.table(
          ['what', ''],
          [...found.map((what) => [what, state(what)]), ...kept.map(({ what, why }) => [what, `left alone: ${why}`])],
          'Nothing was left behind.',
        );
        for (const problem of problems) out.note(`problem: ${problem}`);
        const exitCode = problems.length === 0 ? exitCodes.ok : exitCodeOf(1, problems.length);
        out.document(exitCode === exitCodes.ok, { ...started, sweep: report });
        return exitCode;
      }),
    );
};
