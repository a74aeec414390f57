import {
  type CapacitySetting,
  listServiceLimits,
  overrideCapacities,
  parseCapacitySetting,
  type ServiceLimitStatus,
} from '../../limits/serviceLimits';
import { type Waiter } from '../../../core/limits/permitQueue';
import { describedKinds } from '../../../kinds/registry';
import { resourceNames } from '../../backup/resourceNames';
import { troubleWords } from '../../backup/stepWords';
import { type HolderTrouble, holderTroubles } from '../../limits/holderTroubles';
import { serviceLimitTaskQueue } from '../../../core/naming';
import { pollingWorkers } from '../../pollingWorkers';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { ownerColumns } from '../tables/columns';
import { tellSilence } from '../tellSilence';

type Troubles = ReadonlyMap<string, HolderTrouble>;

interface LimitsOptions {
  readonly set: readonly CapacitySetting[];
}

export const addLimits: AddCommand = (program, host) => {
  const known = describedKinds(host.kinds).limits.map(({ name }) => name);
  program
    .command('limits')
    .summary('show who holds and who waits for permits of service limits')
    .description(
      'Shows every service limit that backups have met: how many operations may be in flight, who has a permit, who waits ' +
        '(the next to be served comes first), and how many operations are not of Farcopy. It says of an operation that the cloud has ' +
        'not taken yet since when and how often it was tried, when it is tried next, and what was answered last.',
    )
    .option(
      '--set <account/region/limit=N>',
      'set the capacity of a limit until =default takes it back; may be repeated',
      (text: string, before: readonly CapacitySetting[]) => [...before, parseCapacitySetting(text, known)],
      [],
    )
    .addHelpText(
      'after',
      `
Examples:
  farcopy limits
  farcopy limits --set 111111111111/eu-central-1/cluster-snapshot-cross-region-copies=3
  farcopy limits --set 111111111111/eu-central-1/cluster-snapshot-cross-region-copies=default

What is to hold for good belongs into the fleet file (limits). A capacity of 0 lets nothing start.`,
    )
    .action(
      actionOf<LimitsOptions, []>(host, async (context, { set }) => {
        const { out } = context;
        const client = await context.temporal();
        if ((await pollingWorkers(client, serviceLimitTaskQueue)) === 0)
          throw new CommandFailure(
            `no worker polls task queue ${serviceLimitTaskQueue} of namespace ${client.options.namespace}`,
            exitCodes.unreachable,
            'service limits answer through a worker; start one: `farcopy worker`',
          );
        await tellSilence(out, overrideCapacities(client, set));
        const limits = await listServiceLimits(client);
        const troubles = await holderTroubles(
          client,
          limits.flatMap(({ holders }) => holders),
          (problem) => out.note(problem),
        );
        print(limits, troubles, out);
        out.document(true, { limits: limits.map((limit) => documented(limit, troubles)) });
        return exitCodes.ok;
      }),
    );
};

/** Times as programs want them: ISO 8601 in UTC. */
function documented({ holders, waiters, observedAt, ...limit }: ServiceLimitStatus, troubles: Troubles) {
  const permit = ({ requestId, holderWorkflowId, resource, priority, begunAt }: Waiter) => ({
    requestId,
    workflowId: holderWorkflowId,
    resource,
    priority,
    begunAt: new Date(begunAt).toISOString(),
  });
  return {
    ...limit,
    observedAt: observedAt === null ? null : new Date(observedAt).toISOString(),
    holders: holders.map((h) => ({
      ...permit(h),
      grantedAt: new Date(h.grantedAt).toISOString(),
      trouble: troubles.get(h.requestId) ?? null,
    })),
    waiters: waiters.map(permit),
  };
}

function print(limits: readonly ServiceLimitStatus[], troubles: Troubles, out: Output): void {
  out.table(
    ['limit', 'account', 'region', 'capacity', 'given', 'of others', 'waiting'],
    limits.map(({ limit, account, region, capacity, ...one }) => [
      limit,
      account,
      region,
      one.capacityOverride === null ? String(capacity) : `${capacity} (set; fleet file: ${one.configuredCapacity})`,
      String(one.holders.length),
      String(one.foreign),
      one.isCrowded ? `${one.waiting} and more` : String(one.waiting),
    ]),
    'No backup has met a service limit yet.',
  );
  out.line('Stocks of snapshots need no permit: `farcopy check` and `farcopy plan` tell how full they are.');
  for (const { limit, account, region, holders, waiters, waiting } of limits) {
    if (holders.length + waiters.length === 0) continue;
    out.line();
    out.line(`${limit} (${account}/${region})`);
    const rows = [
      ...holders.map((holder) => ({ ...holder, state: stateOf(troubles.get(holder.requestId)) })),
      ...waiters.map((waiter) => ({ ...waiter, state: 'waiting', grantedAt: null })),
    ];
    out.rows(
      rows,
      [
        { title: '', cell: ({ state }) => out.state(state === 'waiting' ? state : '', state) },
        { title: 'resource', cell: ({ resource }) => resource.id },
        ...ownerColumns<Waiter>(({ resource }) => resource),
        { title: 'priority', cell: ({ priority }) => String(priority) },
        { title: 'begun', cell: ({ begunAt }) => out.moment(begunAt) },
        { title: 'permit since', cell: ({ grantedAt }) => (grantedAt === null ? '' : out.moment(grantedAt)) },
      ],
      '',
    );
    if (waiting > waiters.length) out.line(`and ${waiting - waiters.length} more wait`);
    const nameOf = resourceNames(holders.map(({ resource }) => resource));
    for (const { requestId, resource } of holders) {
      const trouble = troubles.get(requestId);
      if (trouble !== undefined)
        out.line(`${nameOf(resource)}: ${trouble.step}: ${troubleWords(trouble, (time) => out.moment(time))}`);
    }
  }
}

/** A permit is given before the cloud has taken the operation. */
function stateOf(trouble: HolderTrouble | undefined): string {
  if (trouble === undefined) return 'in flight';
  return trouble.attempts === null ? 'in flight, retried' : `not begun, try ${trouble.attempts + 1}`;
}
