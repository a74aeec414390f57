import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option } from 'commander';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { planRestore } from '../../../activities/restore/restorePlanning';
import { restoreDependencies } from '../../../activities/restore/restoreDependencies';
import { VaultListings } from '../../../activities/catalogue/vaultListings';
import { failureTypeOf, failureTypes } from '../../../core/failure';
import { type AsToldByCaller, toldBy } from '../../../core/ledger/entry';
import { callerName } from '../../callerName';
import { type RestorePlan } from '../../../core/restore/restorePlan';
import { isTime, type RestoreOption, type RestoreRequest } from '../../../core/restore/restoreRequest';
import { type RestoreResult } from '../../../core/restore/restoreResult';
import { type Json } from '../../../core/steps/step';
import { type Kind } from '../../../kinds/kind';
import { followSteps } from '../../backup/followSteps';
import { bucketToRestore, isBucketUrl, restoreRefusal } from '../../restore/restoreSource';
import { startRestore } from '../../restore/runRestore';
import { type AddCommand } from '../addCommand';
import { type BucketsToRestore, openStandalone, restoreToPostgres } from './restoreToPostgres';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodes } from '../exitCodes';
import { requireWorker } from '../requireWorker';
import { stepText } from '../stepText';

interface RestoreArguments {
  readonly at?: string;
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly as?: string;
  readonly key?: string;
  readonly tag?: Record<string, string>;
  readonly database?: string;
  readonly parallel?: number;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly detach?: boolean;
}

export const addRestore: AddCommand = (program, host) => {
  const ofKinds = optionsOf(host.kinds);
  const command = program
    .command('restore')
    .summary('bring a recovery point back as a new resource')
    .description(
      'Makes a new resource of a recovery point, set up as the old one was, and waits until it can be used. Nothing is ever ' +
        'overwritten. It finds the copies by their tags in all accounts, so it works when the resource, its account or ' +
        "Temporal's memory is gone.",
    )
    .argument('[resource]', 'identifier, path kind/account/region/id (or the end of it), or ARN of the old resource')
    .option('--at <time>', 'the latest verified recovery point whose data is not from after this time', time)
    .option('--point <id>', 'the recovery point of this id, or of this scheduled time')
    .option(
      '--from <place>',
      'source, a vault of the fleet file (snapshots or bucket), gs://bucket/prefix or s3://bucket/prefix; default: the nearest copy that a vault has or proves',
    )
    .option(
      '--to <place>',
      'account/region, default: those of the old one; from a bucket postgres://user@host/database',
    )
    .option('--as <id>', 'identifier of the new resource; default: that of the old one, if it is free')
    .option('--key <key>', 'the key that encrypts it: alias, id or ARN in the target')
    .option('--tag <name=value>', 'a tag beside the old ones; may be repeated', tag)
    .option('--database <name>', 'from a bucket: the database, where the export holds several')
    .option('--parallel <n>', 'from a bucket: connections to PostgreSQL', number)
    .option('--dry-run', 'show what would be created, and create nothing; where the name is taken, under a free one')
    .option('--reason <text>', 'why: it is kept in the ledger, if the fleet has one')
    .option('--detach', 'do not wait for the end');
  for (const option of ofKinds.flatMap(commandOptions)) command.addOption(option);
  command
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
Ctrl-C ends the waiting, not the restore; \`farcopy cancel ID --yes\` does, and removes what was created.
Exit code: 0 restored, 2 cannot be done as asked, 4 failed.`,
    )
    .action(
      actionOf<RestoreArguments & Readonly<Record<string, unknown>>, [string | undefined]>(
        host,
        async (context, options, resource) => {
          const { from, to = '', at, point, database, parallel, dryRun = false } = options;
          if (resource === undefined && from === undefined && to === '') throw nothingNamed();
          const bucket = isBucketUrl(from) ? from : bucketToRestore(context.fleet, from, to);
          if (bucket !== null)
            return restoreToPostgres(
              context,
              { resource, from: bucket, to, at, point, database, parallel, dryRun },
              isBucketUrl(from) ? { open: openStandalone, signatures: null } : ofFleet(context),
            );
          if (resource === undefined) throw nothingNamed();
          const { out, fleet } = context;
          const request = requestOf(resource, options, ofKinds);
          const { plan, taken } = await planned(context, request, dryRun);
          show(context, plan);
          if (dryRun) {
            if (taken !== null) out.line(`${taken}; the plan is that of --as ${plan.id}`);
            out.document(true, { fleet: fleet.name, dryRun: true, plan, ...(taken === null ? {} : { taken }) });
            return exitCodes.ok;
          }
          const asked = toldBy({ by: callerName(), why: options.reason });
          return run(context, plan, request, asked, options.detach === true);
        },
      ),
    );
};

const nothingNamed = () =>
  new CommandFailure(
    'nothing is named to restore',
    exitCodes.usage,
    'name a resource: `farcopy restore NAME --dry-run`; `farcopy copies` lists what can come back',
  );

/** The buckets of a fleet, and what its vaults say of them. */
function ofFleet({ fleet, clouds, terminal }: CommandContext): BucketsToRestore {
  const vaults = new VaultListings(fleet, clouds.kinds, () => terminal.now());
  return { open: (url) => clouds.bucket(url, null), signatures: (resource) => vaults.signatures(resource) };
}

interface Planned {
  readonly plan: RestorePlan;
  /** Why the plan is not for the name that was wanted; null where it is. */
  readonly taken: string | null;
}

/** A name that is taken need not keep anybody from seeing what a restore would do: the plan is then that of another name. */
async function planned(
  { fleet, clouds, signal }: CommandContext,
  request: RestoreRequest,
  dryRun: boolean,
): Promise<Planned> {
  const dependencies = restoreDependencies(fleet, clouds.access, clouds.kinds);
  // Nobody's: whatever bears the wanted name is somebody else's.
  const plan = (wanted: RestoreRequest) =>
    planRestore(dependencies, wanted, { 'farcopy:restore': randomUUID() }, signal);
  const { resource, at, point, from } = request;
  try {
    return { plan: await plan(request), taken: null };
  } catch (error) {
    signal.throwIfAborted();
    const refusal = await restoreRefusal(fleet, clouds, error, from, { resource, at, point }, signal);
    const free = failureTypeOf(error) === failureTypes.conflict ? suggestedName((error as Error).message) : null;
    if (!dryRun || free === null || request.as !== undefined) throw refusal;
    const other = await plan({ ...request, as: free }).catch(() => {
      signal.throwIfAborted();
      throw refusal;
    });
    return { plan: other, taken: (error as Error).message };
  }
}

/** The name that a conflict suggests, as its kind has found it free. */
function suggestedName(message: string): string | null {
  return /--as (\S+)$/.exec(message)?.[1] ?? null;
}

function requestOf(
  resource: string,
  given: RestoreArguments & Readonly<Record<string, unknown>>,
  ofKinds: readonly RestoreOption[],
): RestoreRequest {
  const { at, point, from, to, as, key, tag: tags } = given;
  const options = Object.fromEntries(
    ofKinds.flatMap(({ name, flag }) => {
      const value = given[attributeOf(flag)];
      return value === undefined ? [] : [[name, value as Json]];
    }),
  );
  const asked = { resource, at, point, from, to, as, key, tags };
  return Object.keys(options).length === 0 ? asked : { ...asked, options };
}

/** What restores of any kind may be told; an option that several kinds have comes once. */
function optionsOf(kinds: readonly Kind[]): readonly RestoreOption[] {
  const options = kinds.flatMap(({ description }) => description.restoreOptions);
  return [...new Map(options.map((option) => [option.name, option])).values()];
}

/** An option of a kind on the command line; a flag has its opposite too, and what is not given is left to the kind. */
function commandOptions({ flag, type, description }: RestoreOption): Option[] {
  const option = new Option(flag, description);
  if (type === 'list') option.argParser(list);
  if (type === 'number') option.argParser(number);
  if (type !== 'flag') return [option];
  const opposite = new Option(flag.replace(/^--/, '--no-'), `the opposite of ${flag}`);
  return [option.default(undefined), opposite.default(undefined)];
}

const attributeOf = (flag: string) => new Option(flag).attributeName();

/** What will be created, and what will not be as it was. */
function show({ out }: CommandContext, plan: RestorePlan): void {
  const { resource, source, target, id, lines, differences } = plan;
  out.line(
    `${resource.kind} ${id} in ${target.account}/${target.region}, of the data of ${resource.id} from ${out.time(source.dataTime)}`,
  );
  out.table(
    ['step', 'what', 'where'],
    [
      ['copy', source.id, `${source.place} (${source.account}/${source.region})`],
      ...lines.map(({ step, what, where }) => [step, what, where]),
    ],
    '',
  );
  for (const difference of differences) out.note(`not as it was: ${difference}`);
}

async function run(
  context: CommandContext,
  plan: RestorePlan,
  request: RestoreRequest,
  asked: AsToldByCaller,
  detach: boolean,
): Promise<ExitCode> {
  const { out, fleet, signal, terminal } = context;
  const client = await context.temporal();
  await requireWorker(context);
  const started = await startRestore(client, plan, request, asked).catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandFailure(
      `a restore into ${plan.id} is under way already: ${error.workflowId}`,
      exitCodes.usage,
      `choose another identifier (--as), or cancel it: \`farcopy cancel ${error.workflowId} --yes\``,
    );
  });
  out.note(`workflow ${started.workflowId}`);
  if (detach) {
    out.document(true, { fleet: fleet.name, waited: false, ...started, plan });
    return exitCodes.ok;
  }
  context.goesOn('the restore goes', [started.workflowId], ', and removes what was created');
  const end = await followSteps<RestoreResult>(client, started, {
    pollSeconds: Math.min(5, Math.max(0.5, fleet.polling.shortestSeconds / 2)),
    signal,
    onStep: (step) => out.note(`${out.clock(terminal.now())} ${stepText(step, out)}`),
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
  const { id, account, region, lines, rtoSeconds } = result;
  out.line(`${id} (${account}/${region}) answered after ${Math.round(rtoSeconds)} s`);
  for (const line of lines) out.line(line);
  for (const difference of result.differences) out.line(`not as it was: ${difference}`);
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function time(text: string): string {
  const fault = isTime(text);
  if (fault !== null) throw new InvalidArgumentError(`It must be ${fault}.`);
  return text;
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
