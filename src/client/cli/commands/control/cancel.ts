import { type Client } from '@temporalio/client';
import { suggestion } from '../../../../config/reading/suggestion';
import { inParallel } from '../../../../core/inParallel';
import { toldBy } from '../../../../core/ledger/entry';
import { callerName } from '../../../callerName';
import { type CancelledWork, cancelRounds, cancelWork, type CancelOptions } from '../../../control/cancelWork';
import { type RoundsOfTier, roundsOfTier, type RunningWork } from '../../../control/runningWork';
import { type AddCommand } from '../../addCommand';
import { actionOf, type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodeOf, exitCodes } from '../../exitCodes';
import { requireWorker } from '../../requireWorker';
import { tellActs } from '../ledger/tellActs';
import { type Choice, chooseWork, lifecycleOf } from './chooseWork';
import { timeoutMilliseconds, usualTimeout } from './timeout';

interface Options {
  readonly round?: string;
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
      'Cancels what runs, waits until it has ended, and says how it ended and what stays. Half-done copies are removed; proven ' +
        'ones stay. A resource stands for its recovery point that is being made, for its drills, and for a restore that makes it; ' +
        'anything may be named by the id of its workflow. With --round: the rounds of a tier that run, and the recovery points that ' +
        'rounds of it have asked for. One that waits behind another has not begun, and is not among them. It shows what it would ' +
        'cancel, and does so with --yes only. The next round begins as ever: see `farcopy pause`.',
    )
    .argument('[name...]', 'a resource (identifier, end of its path, ARN), or the id of a workflow')
    .option('--round <tier>', 'the rounds of this tier that run, with their recovery points')
    .option('--yes', 'do it: without, it shows what it would cancel')
    .option('--reason <text>', 'why: it is kept in the ledger, if the fleet has one')
    .option('--by <name>', 'who does it; default: who you are on this machine')
    .option('--timeout <duration>', 'wait no longer: `10m`, `2h`; an hour unless given', timeoutMilliseconds)
    .addHelpText(
      'after',
      `
Examples:
  farcopy cancel panda-cluster-1
  farcopy cancel panda-cluster-1 --yes --reason "ticket 4711"
  farcopy cancel restore/aurora-cluster/999999999999/eu-west-1/panda-cluster-1-restored --yes
  farcopy cancel --round standard --yes --json | jq '.cancelled[] | select(.state == "running")'
  temporal workflow cancel -w restore/KIND/999999999999/eu-west-1/panda-cluster-1-restored

Ctrl-C ends the waiting, not the cancelling. Exit code: 0 all have ended, or nothing runs, 2 without --yes, 3 some still run when the time is over, 4 all do.`,
    )
    .action(
      actionOf<Options, [string[]]>(host, async (context, options, names) => {
        const { fleet, out } = context;
        const { round, yes = false } = options;
        requireNames(context, names, round);
        const client = await context.temporal();
        const { choice, ofRound } = await choiceOf(context, client, names, round);
        const { running, ended, notes } = choice;
        for (const { what, state } of ended) out.line(`${what}: ${state}`);
        for (const work of running) out.line(`${work.what} ${work.workflowId}, since ${out.time(work.startedAt)}`);
        for (const note of notes) out.note(note);
        if (running.length > 0 && !yes) throw notDone(running);
        if (running.length > 0) await requireWorker(context);
        const { told, ...waiting } = waitingFor(context, client, options);
        const { cancelled, unknown } =
          ofRound === null
            ? { cancelled: await cancelWork(client, running, waiting), unknown: null }
            : running.length === 0
              ? { cancelled: [], unknown: null }
              : await cancelRounds(client, fleet.name, round ?? '', ofRound, waiting);
        for (const { workflowId, what, state, left } of cancelled)
          out.line(`${what} ${workflowId}: ${words[state]}${left === null ? '' : `; ${left}`}`);
        if (unknown !== null) out.note(`whether more of it runs is not known, say it again: ${unknown}`);
        const open = cancelled.filter(({ state }) => state === 'running' || state === 'unasked').length;
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

/** @throws CommandFailure where nothing is named, or too much, or no tier of the fleet file */
function requireNames({ fleet }: CommandContext, names: readonly string[], round: string | undefined): void {
  if ((round === undefined) === (names.length === 0))
    throw new CommandFailure(
      round === undefined ? 'nothing is named' : '--round and names exclude each other',
      exitCodes.usage,
      'name resources or ids of workflows, or a tier by --round',
    );
  const tiers = fleet.tiers.map(({ name }) => name);
  if (round !== undefined && !tiers.includes(round))
    throw new CommandFailure(`fleet ${fleet.name} has no tier ${round}`, exitCodes.usage, suggestion(round, tiers));
}

async function choiceOf(
  context: CommandContext,
  client: Client,
  names: readonly string[],
  tier: string | undefined,
): Promise<{ readonly choice: Choice; readonly ofRound: RoundsOfTier | null }> {
  if (tier === undefined) return { choice: await chooseWork(context, client, names), ofRound: null };
  const ofRound = await roundsOfTier(client, context.fleet.name, tier);
  const running = [...ofRound.rounds, ...ofRound.points];
  const ended =
    running.length > 0 ? [] : [{ what: `tier ${tier}`, state: 'no round runs, and no recovery point of one' }];
  return { choice: { running, ended, notes: [] }, ofRound };
}

function notDone(running: readonly RunningWork[]): CommandFailure {
  const ids = running.slice(0, mostNamed).map(({ workflowId }) => workflowId);
  const more = running.length - ids.length;
  return new CommandFailure(
    `nothing was cancelled; ${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''} would be`,
    exitCodes.usage,
    '--yes cancels',
  );
}

/** How the ends are waited for. What Temporal has taken is an act: of names each, of a round one of all. */
function waitingFor(
  context: CommandContext,
  client: Client,
  { round, reason, by, timeout }: Options,
): CancelOptions & { readonly told: () => boolean | null } {
  const { out, signal, terminal } = context;
  const asToldByCaller = toldBy({ by: by ?? callerName(), why: reason });
  let told: boolean | null = null;
  let isRoundTold = false;
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
      if (round === undefined) {
        const acts = await inParallel(work, width, async ({ workflowId, tier, resource }) => {
          const lifecycle = resource === null ? null : await lifecycleOf(client, resource);
          return { ...act, tier, resource: lifecycle?.resource ?? null, what: workflowId };
        });
        told = (await tellActs(context, acts)) ?? told;
      } else if (!isRoundTold) {
        isRoundTold = true;
        told = await tellActs(context, [{ ...act, tier: round, resource: null, what: `rounds of tier ${round}` }]);
      }
    },
    told: () => told,
  };
}
