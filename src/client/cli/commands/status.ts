import { type Client } from '@temporalio/client';
import { fleetTaskQueue } from '../../../core/naming';
import { transferText } from '../../../core/transfer/transferText';
import { latestRounds, lifecycleStatuses, type LifecycleStatus, type RoundStatus } from '../../backup/lifecycleStatus';
import { type ListedLifecycle, listLifecycles } from '../../backup/listLifecycles';
import { pollingWorkers } from '../../pollingWorkers';
import { parseResourceArgument, resolveResources } from '../../catalogue/resourceArgument';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { limited, rowLimit } from '../rowLimit';

interface StatusOptions {
  readonly limit: number;
}

export const addStatus: AddCommand = (program, terminal, ended) => {
  program
    .command('status')
    .summary('show how well resources are protected')
    .description(
      'Shows the lifecycle of each resource: its state, its latest recovery points, whether the RPO holds, and how far the ' +
        'recovery point in flight is; and the latest round of each tier.',
    )
    .argument('[resource...]', 'only these')
    .option('--limit <n>', 'show at most this many resources; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy status
  farcopy status panda-cluster-1
  farcopy status --limit 0 --json | jq '.lifecycles[] | select(.rpoMissed)'`,
    )
    .action(
      actionOf<StatusOptions, [string[]]>(terminal, ended, async (context, { limit }, names) => {
        const { fleet, out } = context;
        const client = await context.temporal();
        const all = await listedLifecycles(client, fleet.name);
        const wanted =
          names.length === 0
            ? all
            : resolveResources(names.map(parseResourceArgument), all, `the protected resources of fleet ${fleet.name}`);
        const shown = limited(wanted, limit);
        const hasWorker = (await pollingWorkers(client, fleetTaskQueue(fleet.name))) > 0;
        const lifecycles = hasWorker ? await lifecycleStatuses(client, shown, terminal.now()) : shown.map(unanswered);
        const tiers = fleet.tiers.map(({ name }) => name);
        const rounds = names.length === 0 ? await latestRounds(client, fleet.name, tiers) : [];
        const silent = lifecycles.filter(({ lifecycle }) => lifecycle === null).length;
        if (!hasWorker)
          out.note(
            `no worker of fleet ${fleet.name} runs, so only what Temporal shows is known; start one: farcopy worker`,
          );
        else if (silent > 0)
          out.note(
            `${silent} of ${lifecycles.length} did not answer, so only what Temporal shows of them is known; does a worker run?`,
          );
        printRounds(rounds, out);
        printLifecycles(lifecycles, out);
        if (shown.length < wanted.length) out.line(`${shown.length} of ${wanted.length} shown; --limit 0 shows all`);
        out.document(true, { fleet: fleet.name, workers: hasWorker, rounds, total: wanted.length, lifecycles });
        return exitCodes.ok;
      }),
    );
};

export async function listedLifecycles(client: Client, fleet: string): Promise<ListedLifecycle[]> {
  const all: ListedLifecycle[] = [];
  for await (const lifecycle of listLifecycles(client, fleet)) all.push(lifecycle);
  const key = ({ account, region, kind, id }: ListedLifecycle) => [account, region, kind, id].join(' ');
  return all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function unanswered(listed: ListedLifecycle): LifecycleStatus {
  return { ...listed, lifecycle: null, nextAlertAt: null, rpoMissed: null, inFlight: null };
}

function printRounds(rounds: readonly RoundStatus[], out: Output): void {
  if (rounds.length === 0) return;
  out.table(
    ['tier', 'latest round', 'ended', 'state', 'why'],
    rounds.map(({ tier, startedAt, endedAt, state, reason }) => [
      tier,
      out.time(startedAt),
      out.time(endedAt),
      out.state(state),
      reason ?? '',
    ]),
    '',
  );
  out.line();
}

function printLifecycles(lifecycles: readonly LifecycleStatus[], out: Output): void {
  out.table(
    ['resource', 'account', 'region', 'tier', 'state', 'latest recovery point', 'RPO', 'in flight'],
    lifecycles.map((status) => {
      const { id, account, region, tier, state, lifecycle, rpoMissed } = status;
      return [
        id,
        account,
        region,
        tier,
        out.state(lifecycle?.paused === true && state !== 'Paused' ? `${state}, paused` : state),
        latestText(status, out),
        rpoMissed === null ? '?' : out.state(rpoMissed ? 'missed' : 'ok'),
        inFlightText(status),
      ];
    }),
    'No resource is protected yet: backups begin with the first round, or with `farcopy backup`.',
  );
}

/** What nobody has answered for is not known to be none. */
export function latestText({ lifecycle }: Pick<LifecycleStatus, 'lifecycle'>, out: Pick<Output, 'time'>): string {
  if (lifecycle === null) return '?';
  const latest = lifecycle.outcomes.at(-1);
  if (latest === undefined) return 'none yet';
  return `${out.time(latest.scheduledTime)} ${latest.state}${latest.reason === null ? '' : `: ${latest.reason}`}`;
}

function inFlightText({ lifecycle, inFlight }: LifecycleStatus): string {
  if (inFlight === null) return lifecycle === null ? '?' : '–';
  const legs = inFlight.legs.flatMap(({ leg, state, percent, waitingFor, transfer }) => {
    if (state === 'running' && transfer !== undefined) return [`${leg} ${transferText(transfer)}`];
    if (state === 'running') return [percent === undefined ? leg : `${leg} ${percent} %`];
    return state === 'waiting' ? [`${leg} waits for ${waitingFor ?? 'a permit'}`] : [];
  });
  return `${inFlight.percent} % ${inFlight.state}${legs.length === 0 ? '' : `: ${legs.join(', ')}`}`;
}
