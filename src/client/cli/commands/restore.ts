import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { planRestore } from '../../../activities/restore/restorePlanning';
import { restoreDependencies } from '../../../activities/restore/restoreDependencies';
import { type RestorePlan } from '../../../core/restore/restorePlan';
import { type RestoreRequest } from '../../../core/restore/restoreRequest';
import { type RestoreResult } from '../../../workflows/restoreRecoveryPoint';
import { followSteps } from '../../backup/followSteps';
import { adviceOfBuckets, bucketToRestore, isBucketUrl } from '../../restore/restoreSource';
import { startRestore } from '../../restore/runRestore';
import { type AddCommand } from '../addCommand';
import { openStandalone, restoreToPostgres } from './restoreToPostgres';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodes } from '../exitCodes';
import { requireWorker } from '../requireWorker';
import { stepText } from '../stepText';

interface RestoreOptions {
  readonly at?: string;
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly as?: string;
  readonly instanceClass?: string[];
  readonly zones?: string[];
  readonly subnetGroup?: string;
  readonly securityGroups?: string[];
  readonly parameterGroup?: string;
  readonly createParameterGroups?: boolean;
  readonly port?: number;
  readonly deletionProtection?: boolean;
  readonly instances: boolean;
  readonly multiAz?: boolean;
  readonly public?: boolean;
  readonly key?: string;
  readonly tag?: Record<string, string>;
  readonly database?: string;
  readonly parallel?: number;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

export const addRestore: AddCommand = (program, terminal, ended) => {
  program
    .command('restore')
    .summary('bring a recovery point back as a new database')
    .description(
      'Makes a new database of a recovery point, as the old one was set up, and waits until it answers. Nothing is ever ' +
        'overwritten. The copies are found by their tags in all accounts: it works when the database, its account or ' +
        "Temporal's memory is gone.",
    )
    .argument('[resource]', 'identifier, path kind/account/region/id (or the end of it), or ARN of the old database')
    .option('--at <time>', 'the latest verified recovery point whose data is not from after this time')
    .option('--point <id>', 'the recovery point of this id, or of this scheduled time')
    .option(
      '--from <place>',
      'source, a vault of the fleet file (snapshots or bucket), gs://bucket/prefix or s3://bucket/prefix; default: the nearest healthy copy',
    )
    .option(
      '--to <place>',
      'account/region, by default of the old database; from a bucket postgres://user@host/database',
    )
    .option('--as <id>', 'identifier of the new database; default: that of the old one, if it is free')
    .option('--instance-class <classes>', 'class of the instances, and others to try when AWS has no capacity', list)
    .option('--zones <zones>', 'availability zones, tried in this order', list)
    .option('--subnet-group <name>', 'DB subnet group')
    .option('--security-groups <ids>', 'security groups', list)
    .option('--parameter-group <name>', 'parameter group of the cluster, or of the instance')
    .option('--create-parameter-groups', 'make missing parameter groups of the old ones')
    .option('--port <number>', 'port', number)
    .option('--deletion-protection', 'protect the new database from deletion')
    .option('--no-deletion-protection', 'do not')
    .option('--no-instances', 'of an Aurora cluster: the storage only')
    .option('--multi-az', 'of an RDS instance: with a standby in another zone')
    .option('--no-multi-az', 'without')
    .option('--public', 'reachable from outside its network')
    .option('--no-public', 'not so')
    .option('--key <key>', 'the key it ends under: alias, id or ARN in the target')
    .option('--tag <name=value>', 'a tag beside the old ones; may be repeated', tag)
    .option('--database <name>', 'from a bucket: the database, where the export holds several')
    .option('--parallel <n>', 'from a bucket: connections to PostgreSQL', number)
    .option('--dry-run', 'show what would be created, and end')
    .option('--detach', 'do not wait for the end')
    .addHelpText(
      'after',
      `
Examples:
  farcopy restore panda-cluster-1 --dry-run
  farcopy restore panda-cluster-1 --as panda-cluster-1-restored
  farcopy restore panda-cluster-1 --at 2026-11-20T14:00:00Z --as panda-before-migration
  farcopy restore panda-cluster-1 --from secure-dr --to 333333333333/eu-central-1 --subnet-group db
  farcopy restore panda-cluster-1 --from other-cloud --to postgres://postgres@db.example/shop
  farcopy restore panda-cluster-1 --from gs://panda-backups --to postgres://postgres@db.example/shop

From gs:// and s3:// nothing but the bucket is needed, no Temporal and no fleet file; PGPASSWORD is the password.
Ctrl-C ends the waiting, not the restore; \`temporal workflow cancel -w ID\` does, and removes what was created.
Exit code: 0 restored, 2 cannot be done as asked, 4 failed.`,
    )
    .action(
      actionOf<RestoreOptions, [string | undefined]>(terminal, ended, async (context, options, resource) => {
        const { from, to = '', at, point, database, parallel, dryRun = false } = options;
        const bucket = isBucketUrl(from) ? from : bucketToRestore(context.fleet, from, to);
        if (bucket !== null)
          return restoreToPostgres(
            context,
            { resource, from: bucket, to, at, point, database, parallel, dryRun },
            isBucketUrl(from) ? openStandalone : (url) => context.clouds.bucket(url, null),
          );
        if (resource === undefined) throw new CommandFailure('nothing is named to restore', exitCodes.usage);
        const { out, fleet, clouds, signal } = context;
        const request = requestOf(resource, options);
        const dependencies = { ...restoreDependencies(fleet, clouds.access), providers: clouds.providers };
        // Nobody's: whatever bears the wanted name is somebody else's.
        const plan = await planRestore(dependencies, request, { 'farcopy:restore': randomUUID() }, signal).catch(
          async (error: unknown) => {
            const advice = await adviceOfBuckets(fleet, clouds, error, { resource, at, point }, signal);
            throw advice === null ? error : new CommandFailure((error as Error).message, exitCodes.failed, advice);
          },
        );
        show(context, plan);
        if (dryRun) {
          out.document(true, { fleet: fleet.name, dryRun: true, plan });
          return exitCodes.ok;
        }
        return run(context, plan, request, options.detach === true);
      }),
    );
};

function requestOf(resource: string, options: RestoreOptions): RestoreRequest {
  const { instanceClass, tag: tags, instances, ...rest } = options;
  const known = [
    'at', 'point', 'from', 'to', 'as', 'zones', 'subnetGroup', 'securityGroups', 'parameterGroup', 'createParameterGroups',
    'port', 'deletionProtection', 'multiAz', 'public', 'key',
  ] as const; // prettier-ignore
  const given = Object.fromEntries(known.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]]])));
  return {
    resource,
    ...given,
    ...(instanceClass === undefined ? {} : { instanceClasses: instanceClass }),
    ...(tags === undefined ? {} : { tags }),
    ...(instances ? {} : { instances: false }),
  };
}

/** What will be created, and what will not be as it was. */
function show({ out }: CommandContext, plan: RestorePlan): void {
  const { resource, source, target, id, path, instances, placements, parameterGroups, differences } = plan;
  out.line(
    `${resource.kind} ${id} in ${target.account}/${target.region}, of the data of ${resource.id} from ${out.time(source.dataTime)}`,
  );
  const where = (places: typeof placements) =>
    places
      .map((place) => [place.class, place.zone].filter((part) => part !== null).join(' in '))
      .filter((text) => text !== '')
      .join(', else ');
  out.table(
    ['step', 'what', 'where'],
    [
      ['copy', source.id, `${source.place} (${source.account}/${source.region})`],
      ...path.map((leg) =>
        leg.type === 'share'
          ? [
              leg.id,
              `let ${leg.shareWith ?? ''} read it, for the time being`,
              `${leg.scope.account}/${leg.scope.region}`,
            ]
          : [leg.id, `${leg.copyId}, temporary`, `${leg.scope.account}/${leg.scope.region}`],
      ),
      ...parameterGroups.map(({ of, group }) => ['parameter group', `${group.name}, of the ${of}`, 'target']),
      [resource.kind === 'aurora-cluster' ? 'cluster' : 'instance', id, where(placements) || 'target'],
      ...instances.map((instance) => ['instance', instance.id, where(instance.placements) || 'target']),
    ],
    '',
  );
  for (const difference of differences) out.note(`not as it was: ${difference}`);
}

async function run(
  context: CommandContext,
  plan: RestorePlan,
  request: RestoreRequest,
  detach: boolean,
): Promise<ExitCode> {
  const { out, fleet, signal, terminal } = context;
  const client = await context.temporal();
  await requireWorker(context);
  const started = await startRestore(client, plan, request).catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandFailure(
      `a restore into ${plan.id} is under way already: ${error.workflowId}`,
      exitCodes.usage,
      'choose another identifier (--as), or cancel it: `temporal workflow cancel`',
    );
  });
  out.note(`workflow ${started.workflowId}`);
  if (detach) {
    out.document(true, { fleet: fleet.name, waited: false, ...started, plan });
    return exitCodes.ok;
  }
  const end = await followSteps<RestoreResult>(client, started, {
    pollSeconds: Math.min(5, Math.max(0.5, fleet.polling.shortestSeconds / 2)),
    signal,
    onStep: (step) => out.note(`${out.clock(terminal.now())} ${stepText(step)}`),
  });
  if (end.state !== 'completed') {
    if (end.state === 'failed') throw new CommandFailure(end.message, exitCodes.failed);
    throw new CommandFailure('the restore was cancelled; what it had created is removed', exitCodes.failed);
  }
  tell(context, end.result);
  out.document(true, { fleet: fleet.name, waited: true, ...started, restore: end.result });
  return exitCodes.ok;
}

function tell({ out }: CommandContext, result: RestoreResult): void {
  const { id, account, region, endpoint, readerEndpoint, port, databaseName, masterUsername, rtoSeconds } = result;
  out.line(`${id} (${account}/${region}) answered after ${Math.round(rtoSeconds)} s`);
  const at = (host: string | null) => (host === null ? 'none' : port === null ? host : `${host}:${port}`);
  out.line(`endpoint ${at(endpoint)}${readerEndpoint === null ? '' : `, for reading ${at(readerEndpoint)}`}`);
  if (databaseName !== null || masterUsername !== null)
    out.line(`database ${databaseName ?? '–'}, user ${masterUsername ?? '–'}; passwords are those of the old database`);
  for (const difference of result.differences) out.line(`not as it was: ${difference}`);
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a number');
  return Number(text);
}

function tag(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
