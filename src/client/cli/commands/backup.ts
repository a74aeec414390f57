import { type Client } from '@temporalio/client';
import { requestRecoveryPoint } from '../../../activities/backup/requestRecoveryPoint';
import { type Fleet, loadSelection, policyOf } from '../../../config';
import { suggestion } from '../../../config/reading/suggestion';
import { type Disposition } from '../../../core/backup/lifecycle';
import { hasCurrentCopies } from '../../../core/backup/recoveryPointResult';
import { recoveryPointId, recoveryPointWorkflowId, scheduledTimeLabel } from '../../../core/naming';
import { type Resource, type ResourceRef, resourceRef } from '../../../core/resource';
import { discoverFleet, type Discovery } from '../../../activities/catalogue/discoverFleet';
import { inParallel } from '../../../core/inParallel';
import { resourceNames } from '../../backup/resourceNames';
import { renderProgress } from '../../backup/progress';
import { type RecoveryPointSnapshot } from '../../backup/recoveryPointSnapshot';
import { goneResources } from '../../catalogue/goneResources';
import {
  matches,
  parseResourceArgument,
  type ResourceArgument,
  resolveResources,
} from '../../catalogue/resourceArgument';
import { watchRecoveryPoints } from '../../backup/watchRecoveryPoints';
import { type AddCommand } from '../addCommand';
import { ownerColumns } from '../tables/columns';
import { actionOf, type CommandContext } from '../commandContext';
import { whereOf } from '../../../activities/catalogue/scopeProblem';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { failureReport } from '../failureReport';
import { requireWorker } from '../requireWorker';
import { tellSilence } from '../tellSilence';

interface BackupOptions {
  readonly selection?: string;
  readonly all?: boolean;
  readonly tier?: string;
  readonly wait: boolean;
}

/** A resource to back up, and by which tier's rules. */
interface Chosen {
  readonly resource: ResourceRef;
  readonly tier: string;
}

interface Choice {
  readonly chosen: readonly Chosen[];
  /** What should have been backed up too, and why it is not. */
  readonly missed: readonly string[];
}

/** What a lifecycle answered. */
interface Answer extends Chosen {
  readonly disposition: Disposition | 'refused';
  readonly scheduledTime: string | null;
  readonly recoveryPoint: string | null;
  /** Why nothing will happen. */
  readonly error: string | null;
}

/** Requests under way at once. */
const width = 16;

export const addBackup: AddCommand = (program, host) => {
  program
    .command('backup')
    .summary('make a recovery point now')
    .description(
      'Makes a recovery point of each resource now, also of a paused one, and waits until it has travelled its whole route. ' +
        'Meanwhile it shows each step: what it waits for or meets, since when, how often it was tried, and when it is tried ' +
        'next. You name a resource by its identifier, its path kind/account/region/id (or the end of it), or its ARN.',
    )
    .argument('[resource...]', 'what to back up')
    .option(
      '--selection <file>',
      'back up what a JSON file names: {"accounts": [{"account_id": …, "resources": {KIND: […]}}]}',
    )
    .option('--all', 'back up everything that the fleet file selects; with --tier, everything of that tier')
    .option('--tier <name>', 'go by the rules of this tier instead of the one that the fleet file selects')
    .option('--no-wait', 'ask for the recovery points, and do not wait for them')
    .addHelpText(
      'after',
      `
Examples:
  farcopy backup panda-cluster-1
  farcopy backup 999999999999/eu-west-1/panda-cluster-1 888888888888/eu-west-1/panda-cluster-3
  farcopy backup --all --tier critical
  farcopy backup --selection before-migration.json --no-wait
  farcopy backup eu-west-1/panda-cluster-1 --tier critical --json

Ctrl-C ends the waiting, not the backup. Exit code: 0 all completed, 3 some did, 4 none did.`,
    )
    .action(
      actionOf<BackupOptions, [string[]]>(host, async (context, options, names) => {
        const { fleet, out } = context;
        const named = argumentsOf(fleet, options, names);
        const { chosen, missed } =
          options.all === true
            ? await chooseAll(context, options)
            : { chosen: await choose(context, options, named), missed: [] };
        for (const why of missed) out.note(why);
        const client = await context.temporal();
        await requireWorker(context);
        const answers = await request(context, client, chosen);
        const refused = answers.filter(({ scheduledTime }) => scheduledTime === null);
        const nameOf = resourceNames(answers.map(({ resource }) => resource));
        for (const { resource, error } of refused) out.note(`${nameOf(resource)}: ${error ?? ''}`);
        for (const { resource, disposition, scheduledTime } of answers)
          if (disposition === 'joined' || disposition === 'queued')
            out.note(
              `${nameOf(resource)}: ${disposition === 'joined' ? 'joins' : 'waits behind the one in flight, as'} the recovery point of ${out.time(scheduledTime)}`,
            );
        if (!options.wait) {
          out.rows(
            answers,
            [
              { title: 'resource', cell: ({ resource }) => resource.id },
              ...ownerColumns<Answer>(({ resource }) => resource),
              { title: 'tier', cell: ({ tier }) => tier, same: (tier) => `tier ${tier}` },
              { title: 'answer', cell: ({ disposition }) => disposition },
              { title: 'recovery point of', cell: ({ scheduledTime }) => out.time(scheduledTime) },
            ],
            '',
          );
          const exitCode = exitCodeOf(answers.length - refused.length, refused.length + missed.length);
          out.document(exitCode === exitCodes.ok, { fleet: fleet.name, waited: false, missed, requests: answers });
          return exitCode;
        }
        const snapshots = await watch(context, client, answers);
        return report(context, missed, answers, snapshots);
      }),
    );
};

function argumentsOf(
  fleet: Fleet,
  { selection, tier, all = false }: BackupOptions,
  names: readonly string[],
): ResourceArgument[] {
  if (tier !== undefined && !fleet.tiers.some(({ name }) => name === tier)) {
    const near = suggestion(
      tier,
      fleet.tiers.map(({ name }) => name),
    );
    throw new CommandFailure(`fleet ${fleet.name} has no tier ${tier}`, exitCodes.usage, near);
  }
  const selected = selection === undefined ? [] : loadSelection(selection, fleet);
  const named = names.map((name) => parseResourceArgument(name, fleet.kinds));
  if (all && selected.length + named.length > 0)
    throw new CommandFailure('--all and named resources exclude each other', exitCodes.usage);
  if (!all && selected.length + named.length === 0)
    throw new CommandFailure(
      'nothing is named to back up',
      exitCodes.usage,
      'name resources, or give --selection FILE or --all',
    );
  return [
    ...named,
    ...selected.map(({ kind, account, region, id }) => ({
      text: `${account}/${region ?? '*'}/${id}`,
      account,
      ...(region === undefined ? {} : { region }),
      ids: { [kind]: id },
    })),
  ];
}

/** Everything that is selected; what cannot be read, or belongs to no tier, is missed. */
async function chooseAll({ fleet, clouds, signal }: CommandContext, { tier }: BackupOptions): Promise<Choice> {
  const { resources, problems } = await discoverFleet(fleet, clouds, { signal });
  const missed = problems.map((problem) => `could not read ${whereOf(problem)}: ${problem.message}`);
  const chosen = resources.flatMap(({ resource, selection }): Chosen[] => {
    if ('problem' in selection) missed.push(`${resource.arn}: ${selection.problem}`);
    if (!('tier' in selection) || (tier !== undefined && selection.tier !== tier)) return [];
    return [{ resource: resourceRef(resource), tier: selection.tier }];
  });
  if (chosen.length > 0) return { chosen, missed };
  if (missed.length === 0)
    throw new CommandFailure('the fleet file selects nothing', exitCodes.usage, '`farcopy plan` shows what is there');
  const unanswered = problems.length === missed.length && problems.every(({ unreachable }) => unreachable);
  throw new CommandFailure(
    missed.join('\n'),
    unanswered ? exitCodes.unreachable : exitCodes.failed,
    '`farcopy check` tells more',
  );
}

/** Finds what is named, and the tier of each. */
async function choose(
  context: CommandContext,
  { tier }: BackupOptions,
  named: readonly ResourceArgument[],
): Promise<Chosen[]> {
  const { fleet, clouds, signal, out } = context;
  const discovery = await discoverFleet(fleet, clouds, {
    kinds: fleet.kinds.names.filter((kind) => named.some(({ ids }) => ids[kind] !== undefined)),
    where: ({ account, region }) =>
      named.some((n) => (n.account ?? account) === account && (n.region ?? region) === region),
    signal,
  });
  for (const problem of discovery.problems) out.note(`could not read ${whereOf(problem)}: ${problem.message}`);
  const resources = await resolveFound(context, named, discovery);
  const faults: string[] = [];
  const chosen = resources.flatMap((resource): Chosen[] => {
    const selection = discovery.resources.find((d) => d.resource === resource)?.selection;
    if (tier !== undefined) return [{ resource: resourceRef(resource), tier }];
    if (selection !== undefined && 'tier' in selection)
      return [{ resource: resourceRef(resource), tier: selection.tier }];
    const why = selection === undefined ? '' : 'problem' in selection ? selection.problem : selection.excluded;
    faults.push(`${resource.id} (${resource.account}/${resource.region}) belongs to no tier: ${why}`);
    return [];
  });
  if (faults.length > 0)
    throw new CommandFailure(faults.join('\n'), exitCodes.usage, '--tier NAME backs them up all the same');
  return chosen;
}

/** An account that could not be read explains a name that is not found; else what is left of it does. */
async function resolveFound(
  context: CommandContext,
  named: readonly ResourceArgument[],
  { resources, problems }: Discovery,
): Promise<Resource[]> {
  const { fleet, clouds, signal } = context;
  const found = resources.map(({ resource }) => resource);
  const where = `the accounts of fleet ${fleet.name}`;
  try {
    return resolveResources(named, found, where);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (problems.length === 0) {
      const missing = named.filter((one) => !found.some((resource) => matches(one, resource)));
      if (missing.length === 0) throw error;
      const gone = await goneResources(fleet, clouds, () => context.temporal(), missing, signal);
      return resolveResources(named, found, where, gone);
    }
    const exitCode = problems.every(({ unreachable }) => unreachable) ? exitCodes.unreachable : exitCodes.failed;
    throw new CommandFailure(
      error.message,
      exitCode,
      'accounts that could not be read are listed above; `farcopy check` tells more',
    );
  }
}

/** From the first answer on, an interruption says what goes on. */
async function request(context: CommandContext, client: Client, chosen: readonly Chosen[]): Promise<Answer[]> {
  const { terminal, signal, out } = context;
  const now = scheduledTimeLabel(terminal.now());
  const goingOn: string[] = [];
  let answered = 0;
  context.goesOn('the backup goes', goingOn, ', and what is half done is removed');
  const asking = inParallel(chosen, width, async (one) => {
    signal.throwIfAborted();
    const answer = await ask(context, client, one, now);
    answered += 1;
    goingOn.push(...workflowsOf([answer]));
    return answer;
  });
  return tellSilence(out, asking, () =>
    answered === 0 ? null : `${answered} of ${chosen.length} lifecycles have answered`,
  );
}

async function ask(
  { fleet }: CommandContext,
  client: Client,
  { resource, tier }: Chosen,
  asked: string,
): Promise<Answer> {
  const policy = policyOf(fleet, tier);
  try {
    const answer = await requestRecoveryPoint(client, resource, { scheduledTime: asked, policy, force: true });
    const { disposition, scheduledTime } = answer;
    const recoveryPoint = scheduledTime === null ? null : recoveryPointId(resource, scheduledTime);
    const error = scheduledTime === null ? `its lifecycle is ${disposition}` : null;
    return { resource, tier, disposition, scheduledTime, recoveryPoint, error };
  } catch (error) {
    const { exitCode, message } = failureReport(error);
    if (exitCode !== exitCodes.failed) throw error;
    return { resource, tier, disposition: 'refused', scheduledTime: null, recoveryPoint: null, error: message };
  }
}

function workflowsOf(answers: readonly Answer[]): string[] {
  return answers.flatMap(({ recoveryPoint }) =>
    recoveryPoint === null ? [] : [recoveryPointWorkflowId(recoveryPoint)],
  );
}

async function watch({ out, signal, terminal, fleet }: CommandContext, client: Client, answers: readonly Answer[]) {
  const watched = answers.flatMap(({ resource, scheduledTime }) =>
    scheduledTime === null ? [] : [{ resource, scheduledTime }],
  );
  const pollSeconds = Math.min(5, Math.max(0.5, fleet.polling.shortestSeconds / 2));
  return renderProgress(watchRecoveryPoints(client, watched, { pollSeconds, signal }), terminal.stderr, {
    color: out.progressColors.isColorSupported,
    timeText: (time) => out.moment(time),
    nameOf: resourceNames(watched.map(({ resource }) => resource)),
  });
}

function report(
  { fleet, out }: CommandContext,
  missed: readonly string[],
  answers: readonly Answer[],
  snapshots: readonly RecoveryPointSnapshot[],
): ExitCode {
  const count = (state: RecoveryPointSnapshot['state']) => snapshots.filter((s) => s.state === state).length;
  const unchanged = count('unchanged');
  const completed = snapshots.filter(({ state }) => hasCurrentCopies(state)).length;
  const partly = count('partially-failed');
  const wanted = answers.length + missed.length;
  const exitCode = exitCodeOfOutcomes(wanted, completed, partly);
  const failed = wanted - completed - partly;
  out.line(
    [
      `${completed} of ${wanted} completed`,
      ...(unchanged > 0 ? [`${unchanged} of them unchanged`] : []),
      ...(partly > 0 ? [`${partly} partially failed`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join(', '),
  );
  out.document(exitCode === exitCodes.ok, {
    fleet: fleet.name,
    waited: true,
    missed,
    requests: answers,
    recoveryPoints: snapshots,
  });
  return exitCode;
}

/** A copy in some vault is better than none: that is partially failed. */
export function exitCodeOfOutcomes(wanted: number, completed: number, partly: number): ExitCode {
  if (completed === wanted) return exitCodes.ok;
  return completed + partly > 0 ? exitCodes.partiallyFailed : exitCodes.failed;
}
