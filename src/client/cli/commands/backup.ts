import { type Client } from '@temporalio/client';
import { requestRecoveryPoint } from '../../../activities/backup/requestRecoveryPoint';
import { type Fleet, loadSelection, policyOf } from '../../../config';
import { suggestion } from '../../../config/suggestion';
import { type Disposition } from '../../../core/backup/lifecycle';
import { fleetTaskQueue, recoveryPointId, scheduledTimeLabel } from '../../../core/naming';
import { type Resource, resourceKinds, type ResourceRef, resourceRef } from '../../../core/resource';
import { discoverFleet, type Discovery } from '../../fleet/discoverFleet';
import { inParallel } from '../../../core/inParallel';
import { pollingWorkers } from '../../pollingWorkers';
import { renderProgress } from '../../backup/progress';
import { type RecoveryPointSnapshot } from '../../backup/recoveryPointSnapshot';
import { parseResourceArgument, type ResourceArgument, resolveResources } from '../../catalogue/resourceArgument';
import { watchRecoveryPoints } from '../../backup/watchRecoveryPoints';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { failureReport } from '../failureReport';
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

export const addBackup: AddCommand = (program, terminal, ended) => {
  program
    .command('backup')
    .summary('make a recovery point now')
    .description(
      'Makes a recovery point of each resource now, also of paused ones, and waits until it has travelled its whole route. ' +
        'A resource is named by its identifier, its path kind/account/region/id (or the end of it), or its ARN.',
    )
    .argument('[resource...]', 'what to back up')
    .option(
      '--selection <file>',
      'back up what a JSON file names: {"accounts": [{"account_id": …, "resources": {"aurora": […]}}]}',
    )
    .option('--all', 'back up everything that the fleet file selects; with --tier, everything of that tier')
    .option('--tier <name>', 'go by the rules of this tier instead of the one the fleet file selects')
    .option('--no-wait', 'ask for the recovery points only')
    .addHelpText(
      'after',
      `
Examples:
  farcopy backup panda-cluster-1
  farcopy backup 999999999999/eu-west-1/panda-cluster-1 888888888888/eu-west-1/panda-cluster-3
  farcopy backup --all --tier critical
  farcopy backup --selection before-migration.json --no-wait
  farcopy backup arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1 --tier critical --json

Ctrl-C ends the waiting, not the backup. Exit code: 0 all completed, 3 some did, 4 none did.`,
    )
    .action(
      actionOf<BackupOptions, [string[]]>(terminal, ended, async (context, options, names) => {
        const { fleet, out } = context;
        const named = argumentsOf(fleet, options, names);
        const { chosen, missed } =
          options.all === true
            ? await chooseAll(context, options)
            : { chosen: await choose(context, options, named), missed: [] };
        for (const why of missed) out.note(why);
        const client = await context.temporal();
        await needWorker(client, fleet);
        const answers = await tellSilence(out, request(context, client, chosen));
        const refused = answers.filter(({ scheduledTime }) => scheduledTime === null);
        for (const { resource, error } of refused)
          out.note(`${resource.id} (${resource.account}/${resource.region}): ${error ?? ''}`);
        if (!options.wait) {
          out.table(
            ['resource', 'account', 'region', 'tier', 'answer', 'recovery point of'],
            answers.map(({ resource, tier, disposition, scheduledTime }) => [
              resource.id,
              resource.account,
              resource.region,
              tier,
              disposition,
              out.time(scheduledTime),
            ]),
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
  const named = names.map(parseResourceArgument);
  if (all && selected.length + named.length > 0)
    throw new CommandFailure('--all and named resources exclude each other', exitCodes.usage);
  if (!all && selected.length + named.length === 0)
    throw new CommandFailure(
      'nothing is named to back up',
      exitCodes.usage,
      'name resources, or give --selection FILE or --all',
    );
  return [...named, ...selected.map((s) => ({ ...s, text: `${s.account}/${s.region ?? '*'}/${s.id}` }))];
}

/** Everything that is selected; what cannot be read, or belongs to no tier, is missed. */
async function chooseAll({ fleet, clouds, signal }: CommandContext, { tier }: BackupOptions): Promise<Choice> {
  const { resources, problems } = await discoverFleet(fleet, clouds, { signal });
  const missed = problems.map(({ account, region, message }) => `could not read ${account}/${region}: ${message}`);
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
    kinds: resourceKinds,
    where: ({ account, region }) =>
      named.some((n) => (n.account ?? account) === account && (n.region ?? region) === region),
    signal,
  });
  for (const { account, region, message } of discovery.problems)
    out.note(`could not read ${account}/${region}: ${message}`);
  const resources = resolveFound(fleet, named, discovery);
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

/** An account that could not be read explains a name that is not found. */
function resolveFound(
  fleet: Fleet,
  named: readonly ResourceArgument[],
  { resources, problems }: Discovery,
): Resource[] {
  try {
    return resolveResources(
      named,
      resources.map(({ resource }) => resource),
      `the accounts of fleet ${fleet.name}`,
    );
  } catch (error) {
    if (problems.length === 0 || !(error instanceof Error)) throw error;
    const exitCode = problems.every(({ unreachable }) => unreachable) ? exitCodes.unreachable : exitCodes.failed;
    throw new CommandFailure(
      error.message,
      exitCode,
      'accounts that could not be read are listed above; `farcopy check` tells more',
    );
  }
}

/** An update waits for a worker, however long: without one it is better to say so. */
async function needWorker(client: Client, fleet: Fleet): Promise<void> {
  const taskQueue = fleetTaskQueue(fleet.name);
  if ((await pollingWorkers(client, taskQueue)) > 0) return;
  throw new CommandFailure(
    `no worker polls task queue ${taskQueue} of namespace ${client.options.namespace}`,
    exitCodes.unreachable,
    'start one: `farcopy worker`',
  );
}

async function request(
  { fleet, terminal, signal }: CommandContext,
  client: Client,
  chosen: readonly Chosen[],
): Promise<Answer[]> {
  const now = scheduledTimeLabel(terminal.now());
  return inParallel(chosen, width, async ({ resource, tier }) => {
    signal.throwIfAborted();
    const policy = policyOf(fleet, tier);
    try {
      const answer = await requestRecoveryPoint(client, resource, { scheduledTime: now, policy, force: true });
      const { disposition, scheduledTime } = answer;
      const recoveryPoint = scheduledTime === null ? null : recoveryPointId(resource, scheduledTime);
      const error = scheduledTime === null ? `its lifecycle is ${disposition}` : null;
      return { resource, tier, disposition, scheduledTime, recoveryPoint, error };
    } catch (error) {
      const failure = failureReport(error);
      if (failure.exitCode !== exitCodes.failed) throw error;
      return {
        resource,
        tier,
        disposition: 'refused',
        scheduledTime: null,
        recoveryPoint: null,
        error: failure.message,
      };
    }
  });
}

async function watch({ out, signal, terminal, fleet }: CommandContext, client: Client, answers: readonly Answer[]) {
  const watched = answers.flatMap(({ resource, scheduledTime }) =>
    scheduledTime === null ? [] : [{ resource, scheduledTime }],
  );
  const pollSeconds = Math.min(5, Math.max(0.5, fleet.polling.shortestSeconds / 2));
  return renderProgress(watchRecoveryPoints(client, watched, { pollSeconds, signal }), terminal.stderr, {
    color: out.progressColors.isColorSupported,
    timeText: (time) => out.clock(time),
  });
}

function report(
  { fleet, out }: CommandContext,
  missed: readonly string[],
  answers: readonly Answer[],
  snapshots: readonly RecoveryPointSnapshot[],
): ExitCode {
  const count = (state: RecoveryPointSnapshot['state']) => snapshots.filter((s) => s.state === state).length;
  const completed = count('completed');
  const partly = count('partially-failed');
  const wanted = answers.length + missed.length;
  const exitCode = exitCodeOfOutcomes(wanted, completed, partly);
  const failed = wanted - completed - partly;
  out.line(
    [
      `${completed} of ${wanted} completed`,
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
