import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type DrillResult } from '../../../core/drill/drillResult';
import { type DrillTierSummary, type DrillVerdict } from '../../../core/drill/drillRound';
import { type AsToldByCaller, toldBy } from '../../../core/ledger/entry';
import { callerName } from '../../callerName';
import { followSteps, type FollowOptions, type StartedWorkflow, type WorkflowEnd } from '../../backup/followSteps';
import { parseResourceArgument } from '../../catalogue/resourceArgument';
import { changedDrill, chooseDrill, startDrill, startDrillRound } from '../../drill/runDrill';
import { type AddCommand } from '../addCommand';
import { CommandFailure } from '../commandFailure';
import { ownerColumns } from '../tables/columns';
import { actionOf, type CommandContext } from '../commandContext';
import { type ExitCode, exitCodeOf, exitCodes } from '../exitCodes';
import { requireWorker } from '../requireWorker';
import { shortReason } from '../tables/shortReason';
import { stepText } from '../stepText';
import { protectedResources } from './signals';

interface DrillOptions {
  readonly drill: string;
  readonly tier?: string;
  readonly from?: string;
  readonly at?: string;
  readonly point?: string;
  readonly random?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
}

export const addDrill: AddCommand = (program, host) => {
  program
    .command('drill')
    .summary('prove that a recovery point comes back, now')
    .description(
      'Restores a recovery point of the resource into the scratch account or server of a drill of the fleet file, checks what ' +
        'came back, measures how long it took, and removes everything again. Without a resource it begins a round of the ' +
        'drill, as its schedule would.',
    )
    .argument(
      '[resource]',
      'identifier, path kind/account/region/id (or the end of it), or ARN of the protected resource',
    )
    .requiredOption('--drill <name>', 'the drill of the fleet file')
    .option('--tier <name>', 'the tier of the drill, where several tiers have one of that name')
    .option('--from <place>', 'source, or a vault of the tier; default: what the drill says')
    .option('--at <time>', 'the latest recovery point whose data is not from after this time')
    .option('--point <id>', 'the recovery point of this id, or of this scheduled time')
    .option('--random', 'a recovery point drawn by chance')
    .option('--reason <text>', 'why, of one resource: it is kept in the ledger, if the fleet has one')
    .option('--no-wait', 'do not wait for the end')
    .addHelpText(
      'after',
      `
Examples:
  farcopy drill panda-cluster-1 --drill weekly
  farcopy drill panda-cluster-1 --drill weekly --from secure-dr --random
  farcopy drill --drill weekly --tier critical --no-wait
  farcopy drill panda-cluster-1 --drill weekly --json | jq '.drill | {verdict, rtoSeconds, failures}'

Ctrl-C ends the waiting, not the drill; \`farcopy cancel ID --yes\` does, and what it has made is removed.
Exit code: 0 passed, 2 cannot be done as asked, 3 of a round some failed, 4 failed.`,
    )
    .action(
      actionOf<DrillOptions, [string | undefined]>(host, async (context, options, resource) => {
        const { drill: name, tier, from, at, point, random } = options;
        const chosen = chooseDrill(context.fleet, name, tier);
        if ([at, point, random].filter((choice) => choice !== undefined).length > 1)
          throw new CommandFailure('--at, --point and --random exclude each other', exitCodes.usage);
        if (resource === undefined) {
          if ([from, at, point, random].some((choice) => choice !== undefined))
            throw new CommandFailure(
              '--from, --at, --point and --random are for one resource, and none is named',
              exitCodes.usage,
            );
          return runRound(context, chosen, options.wait);
        }
        const drill = changedDrill(chosen, { from, random });
        const asked = toldBy({ by: callerName(), why: options.reason });
        return runOne(context, { tier: chosen.tier, drill }, resource, { at, point }, asked, options.wait);
      }),
    );
};

type Chosen = ReturnType<typeof chooseDrill>;

async function runOne(
  context: CommandContext,
  chosen: Chosen,
  name: string,
  which: { readonly at: string | undefined; readonly point: string | undefined },
  asked: AsToldByCaller,
  wait: boolean,
): Promise<ExitCode> {
  const { fleet, out } = context;
  await requireWorker(context);
  const client = await context.temporal();
  const [resource] = await protectedResources(context, [parseResourceArgument(name, context.kinds)]);
  if (resource === undefined) throw new CommandFailure(`${name}: there is no such resource`, exitCodes.usage);
  const started = await startDrill(client, fleet, resource, chosen, which, asked).catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandFailure(
      `this drill of ${resource.id} is under way already: ${error.workflowId}`,
      exitCodes.usage,
      `wait for it, or cancel it: \`farcopy cancel ${error.workflowId} --yes\``,
    );
  });
  const end = await followed<DrillResult>(context, client, started, wait);
  if (end === null) return exitCodes.ok;
  const result = resultOf<DrillResult>(end, 'the drill was cancelled; what it had made is removed');
  tell(context, result);
  const passed = result.verdict === 'passed';
  out.document(passed, { fleet: fleet.name, waited: true, ...started, drill: result });
  return passed ? exitCodes.ok : exitCodes.failed;
}

async function runRound(context: CommandContext, chosen: Chosen, wait: boolean): Promise<ExitCode> {
  const { fleet, out, terminal } = context;
  await requireWorker(context);
  const client = await context.temporal();
  const started = await startDrillRound(client, fleet.name, chosen, terminal.now());
  const end = await followed<DrillTierSummary>(context, client, started, wait);
  if (end === null) return exitCodes.ok;
  const round = resultOf<DrillTierSummary>(end, 'the round was cancelled; what its drill had made is removed');
  const ownerOf = ({ resource }: DrillVerdict) => {
    const [kind = '', account = '', region = '', id = resource] = resource.split('/');
    return { kind, account, region, id };
  };
  const anyWhy = round.verdicts.some(({ failures }) => failures.length > 0);
  out.rows(
    round.verdicts,
    [
      { title: 'resource', cell: (verdict) => ownerOf(verdict).id },
      ...ownerColumns<DrillVerdict>(ownerOf),
      { title: 'verdict', cell: ({ verdict }) => out.state(verdict) },
      { title: 'RTO', cell: ({ rtoSeconds }) => rtoText(rtoSeconds) },
      { title: 'from', cell: ({ from }) => from ?? '–' },
      { title: 'of', cell: ({ recoveryPoint }) => out.shortTime(timeOf(recoveryPoint)) },
      anyWhy ? { title: 'why', cell: ({ failures }) => shortReason(failures[0] ?? '') } : null,
    ],
    'The tier has no resources.',
    { fits: anyWhy },
  );
  for (const { resource, failures } of round.verdicts)
    for (const failure of failures) out.line(`${resource}: ${failure}`);
  for (const problem of round.problems) out.note(`problem: ${problem}`);
  const exitCode = exitCodeOf(round.passed, round.failed + round.problems.length);
  out.document(exitCode === exitCodes.ok, { fleet: fleet.name, waited: true, ...started, round });
  return exitCode;
}

const timeOf = (recoveryPoint: string | null) => recoveryPoint?.slice(recoveryPoint.lastIndexOf('/') + 1) ?? null;

/** Null for what nobody waits for. */
async function followed<Result>(
  context: CommandContext,
  client: Client,
  started: StartedWorkflow,
  wait: boolean,
): Promise<WorkflowEnd<Result> | null> {
  const { out, fleet, signal, terminal } = context;
  out.note(`workflow ${started.workflowId}`);
  if (!wait) {
    out.document(true, { fleet: fleet.name, waited: false, ...started });
    return null;
  }
  context.goesOn('the drill goes', [started.workflowId], ', and what it has made is removed');
  const options: FollowOptions = {
    pollSeconds: Math.min(5, Math.max(0.5, fleet.polling.shortestSeconds / 2)),
    signal,
    onStep: (step) => out.note(`${out.clock(terminal.now())} ${stepText(step, out)}`),
  };
  return followSteps<Result>(client, started, options);
}

/** A drill that failed carries how in its details; without any, it could not even begin. */
function resultOf<Result>(end: WorkflowEnd<Result>, cancelled: string): Result {
  if (end.state === 'completed') return end.result;
  if (end.state === 'cancelled') throw new CommandFailure(cancelled, exitCodes.failed);
  if (end.details === null) throw new CommandFailure(end.message, exitCodes.failed);
  return end.details as Result;
}

function tell({ out }: CommandContext, result: DrillResult): void {
  const { resource, verdict, recoveryPoint, dataTime, from, rtoSeconds, rtoObjectiveSeconds, tables, rows } = result;
  for (const { name, ok, found, expected, message } of result.checks)
    out.line(`${ok ? 'passed' : 'failed'}: ${name}: ${message ?? `found ${found ?? 'nothing'}, expected ${expected}`}`);
  if (tables > 0) out.line(`${tables} tables with ${rows} rows were read to their end`);
  if (recoveryPoint !== null)
    out.line(`recovery point ${recoveryPoint}, data of ${out.time(dataTime)}, from ${from ?? ''}`);
  if (rtoSeconds !== null)
    out.line(
      `RTO ${rtoText(rtoSeconds)}${rtoObjectiveSeconds === null ? '' : `, of ${rtoText(rtoObjectiveSeconds)} that it may take`}`,
    );
  for (const note of result.notes) out.line(`note: ${note}`);
  out.line(`${resource?.id ?? result.drill}: ${verdict}`);
  for (const failure of result.failures) out.line(`  ${failure}`);
}

export function rtoText(seconds: number | null): string {
  return seconds === null ? '–' : `${Math.round(seconds)} s`;
}
