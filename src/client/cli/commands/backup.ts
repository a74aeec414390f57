import { type Client } from '@temporalio/client';
import { requestRecoveryPoint } from '../../../activities/requestRecoveryPoint';
import { type Fleet, loadSelection, policyOf } from '../../../config';
import { suggestion } from '../../../config/suggestion';
import { type Disposition } from '../../../core/lifecycle';
import { fleetTaskQueue, recoveryPointId, scheduledTimeLabel } from '../../../core/naming';
import { type Resource, resourceKinds, type ResourceRef, resourceRef } from '../../../core/resource';
import { discoverFleet, type Discovery } from '../../discoverFleet';
import { inParallel } from '../../inParallel';
import { pollingWorkers } from '../../pollingWorkers';
import { renderProgress } from '../../progress';
import { hasEnded, type RecoveryPointSnapshot } from '../../recoveryPointSnapshot';
import { parseResourceArgument, type ResourceArgument, resolveResources } from '../../resourceArgument';
import { watchRecoveryPoints } from '../../watchRecoveryPoints';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { failureReport } from '../failureReport';

interface BackupOptions {
  readonly selection?: string;
  readonly tier?: string;
  readonly wait: boolean;
}

/** A resource to back up, and by which tier's rules. */
interface Chosen {
  readonly resource: ResourceRef;
  readonly tier: string;
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
      'Makes a recovery point of each resource now, also of paused ones, and waits until it has travelled its whole route.\n' +
        'A resource is named by its identifier, its path kind/account/region/id (or the end of it), or its ARN.',
    )
    .argument('[resource...]', 'what to back up')
    .option(
      '--selection <file>',
      'back up what a JSON file names: {"accounts": [{"account_id": …, "resources": {"aurora": […]}}]}',
    )
    .option('--tier <name>', 'go by the rules of this tier instead of the one the fleet file selects')
    .option('--no-wait', 'ask for the recovery points only')
    .addHelpText(
      'after',
      `
Examples:
  farcopy backup panda-cluster-1
  farcopy backup 999999999999/eu-west-1/panda-cluster-1 888888888888/eu-west-1/panda-cluster-3
  farcopy backup --selection before-migration.json --no-wait
  farcopy backup arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1 --tier critical --json

Ctrl-C ends the waiting, not the backup. Exit code: 0 all completed, 3 some did, 4 none did.`,
    )
    .action(
      actionOf<BackupOptions, [string[]]>(terminal, ended, async (context, options, names) => {
        const { fleet, out } = context;
        const chosen = await choose(context, options, argumentsOf(fleet, options, names));
        const client = await context.temporal();
        await needWorker(client, fleet);
        const answers = await request(context, client, chosen);
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
          const exitCode = exitCodeOf(answers.length - refused.length, refused.length);
          out.document(exitCode === exitCodes.ok, { fleet: fleet.name, waited: false, requests: answers });
          return exitCode;
        }
        const snapshots = await watch(context, client, answers);
        return report(context, answers, snapshots);
      }),
    );
};

function argumentsOf(fleet: Fleet, { selection, tier }: BackupOptions, names: readonly string[]): ResourceArgument[] {
  if (tier !== undefined && !fleet.tiers.some(({ name }) => name === tier)) {
    const near = suggestion(
      tier,
      fleet.tiers.map(({ name }) => name),
    );
    throw new CommandFailure(`fleet ${fleet.name} has no tier ${tier}`, exitCodes.usage, near);
  }
  const selected = selection === undefined ? [] : loadSelection(selection, fleet);
  const named = names.map(parseResourceArgument);
  if (selected.length + named.length === 0)
    throw new CommandFailure(
      'nothing is named to back up',
      exitCodes.usage,
      'name resources, or give --selection FILE',
    );
  return [...named, ...selected.map((s) => ({ ...s, text: `${s.account}/${s.region ?? '*'}/${s.id}` }))];
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
  answers: readonly Answer[],
  snapshots: readonly RecoveryPointSnapshot[],
): ExitCode {
  const completed = snapshots.filter(({ state }) => state === 'completed').length;
  const partly = snapshots.filter(({ state }) => state === 'partially-failed').length;
  const good = completed + partly;
  const exitCode =
    good > 0 && completed < answers.length ? exitCodes.partiallyFailed : exitCodeOf(good, answers.length - good);
  const ended = snapshots.filter(hasEnded);
  out.line(
    `${completed} of ${answers.length} completed${partly > 0 ? `, ${partly} partially failed` : ''}${ended.length - good > 0 ? `, ${ended.length - good} failed` : ''}`,
  );
  out.document(exitCode === exitCodes.ok, {
    fleet: fleet.name,
    waited: true,
    requests: answers,
    recoveryPoints: snapshots,
  });
  return exitCode;
}
