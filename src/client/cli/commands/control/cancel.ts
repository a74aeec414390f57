import { type Client } from '@temporalio/client';
import { inParallel } from '../../../../core/inParallel';
import { toldBy } from '../../../../core/ledger/entry';
import { callerName } from '../../../callerName';
import { type CancelledWork, cancelWork, type CancelOptions } from '../../../control/cancelWork';
import { type RunningWork } from '../../../control/runningWork';
import { type AddCommand } from '../../addCommand';
import { actionOf, type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodeOf, exitCodes } from '../../exitCodes';
import { requireWorker } from '../../requireWorker';
import { tellActs } from '../ledger/tellActs';
import { chooseWork, lifecycleOf } from './chooseWork';
import { timeoutMilliseconds, usualTimeout } from './timeout';

interface Options {
  readonly yes?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly timeout?: number;
}

/** As many are named where nothing is done. */
const mostNamed = 5;
const width = 4;

export const addCancel: AddCommand = (program, host) => {
  program
    .command('cancel')
    .summary('cancel a recovery point, restore, drill, transfer or round that runs')
    .description(
      'Cancels what runs, waits until it has ended, and says how it ended and what stays. A recovery point tries to remove what is half ' +
        'done; its proven copies stay. A resource stands for its recovery point that is being made, for its drills, and for a restore that ' +
        'makes it; anything, a round too, may be named by the id of its workflow. It shows what it would cancel, and does so with --yes ' +
        'only. One that waits behind another begins then, and the next round begins as ever: see `farcopy pause`.',
    )
    .argument('<name...>', 'a resource (identifier, end of its path, ARN), or the id of a workflow')
    .option('--yes', 'do it: without, it shows what it would cancel')
    .option('--reason <text>', 'why: it is kept in the ledger, if the fleet has one')
    .option('--by <name>', 'who does it; default: who you are on this machine')
    .option('--timeout <duration>', 'wait no longer: `10m`, `2h`; an hour unless given', timeoutMilliseconds)
    .addHelpText(
      'after',
      `
Examples:
  farcopy cancel panda-cluster-1
  farcopy cancel recovery-point/KIND/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z --yes --reason "ticket 4711"
  farcopy cancel restore/KIND/999999999999/eu-west-1/panda-cluster-1-restored --yes
  farcopy cancel panda-cluster-1 --yes --json | jq '.cancelled[] | select(.state == "running")'
  temporal workflow cancel -w restore/KIND/999999999999/eu-west-1/panda-cluster-1-restored

Ctrl-C ends the waiting, not the cancelling. Exit code: 0 all have ended, or nothing runs, 2 without --yes, 3 some still run when the time is over, 4 all do.`,
    )
    .action(
      actionOf<Options, [string[]]>(host, async (context, options, names) => {
        const { fleet, out } = context;
        const { yes = false } = options;
        const client = await context.temporal();
        const { running, ended, notes, unknown, several } = await chooseWork(context, client, names);
        for (const { what, state } of ended) out.line(`${what}: ${state}`);
        for (const work of running) out.line(`${work.what} ${work.workflowId}, since ${out.time(work.startedAt)}`);
        for (const note of notes) out.note(note);
        if (running.length > 0 && !yes) throw notDone(running, 'would be');
        if (several.length > 0)
          throw notDone(running, `are of several types, and ${several.join(', ')} means all of them`);
        if (running.length > 0) await requireWorker(context);
        const { told, ...waiting } = waitingFor(context, client, options);
        const cancelled = await cancelWork(client, running, waiting);
        for (const { workflowId, what, state, left } of cancelled)
          out.line(`${what} ${workflowId}: ${words[state]}${left === null ? '' : `; ${left}`}`);
        if (unknown !== null) out.note(`${unknown}: say it again`);
        const open = cancelled.filter(({ state }) => ['running', 'unasked', 'forgotten'].includes(state)).length;
        const exitCode = exitCodeOf(cancelled.length - open, open + (unknown === null ? 0 : 1));
        const document = { fleet: fleet.name, cancelled, unknown, endedBefore: ended, ledger: told() };
        out.document(exitCode === exitCodes.ok, document);
        return exitCode;
      }),
    );
};

const words: Readonly<Record<CancelledWork['state'], string>> = {
  unasked: 'could not be asked',
  running: 'was asked, and still runs',
  cancelled: 'cancelled',
  completed: 'had completed before it heard of it',
  failed: 'failed',
  terminated: 'somebody has terminated it',
  'timed-out': 'timed out',
  forgotten: 'Temporal knows it no more',
};

function notDone(running: readonly RunningWork[], why: string): CommandFailure {
  const ids = running.slice(0, mostNamed).map(({ workflowId }) => workflowId);
  const more = running.length - ids.length;
  return new CommandFailure(
    `nothing was cancelled; ${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${why}`,
    exitCodes.usage,
    'say which by its id, and --yes',
  );
}

/** How the ends are waited for. What Temporal has taken is an act. */
function waitingFor(
  context: CommandContext,
  client: Client,
  { reason, by, timeout }: Options,
): CancelOptions & { readonly told: () => boolean | null } {
  const { out, signal, terminal } = context;
  const asToldByCaller = toldBy({ by: by ?? callerName(), why: reason });
  let told: boolean | null = null;
  let shown = '';
  return {
    until: Date.now() + (timeout ?? usualTimeout),
    signal,
    progress: (all, ended) => {
      const line = `${ended} of ${all} have ended`;
      if (all > 1 && line !== shown) out.note(line);
      shown = line;
    },
    asked: async (work) => {
      const act = { outcome: 'cancel', told: asToldByCaller, now: terminal.now() };
      const acts = await inParallel(work, width, async ({ workflowId, tier, resource }) => {
        const lifecycle = resource === null ? null : await lifecycleOf(client, resource);
        return { ...act, tier, resource: lifecycle?.resource ?? null, what: workflowId };
      });
      const isTold = await tellActs(context, acts);
      if (isTold !== null) told = isTold && told !== false;
    },
    told: () => told,
  };
}
