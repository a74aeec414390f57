import {
  type CapacitySetting,
  listServiceLimits,
  overrideCapacities,
  parseCapacitySetting,
  type ServiceLimitStatus,
} from '../../limits/serviceLimits';
import { type Waiter } from '../../../core/limits/permitQueue';
import { describedKinds } from '../../../kinds/registry';
import { serviceLimitTaskQueue } from '../../../core/naming';
import { pollingWorkers } from '../../pollingWorkers';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { tellSilence } from '../tellSilence';

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
        '(the next to be served comes first), and how many operations are not of Farcopy.',
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
        print(limits, out);
        out.document(true, { limits: limits.map(documented) });
        return exitCodes.ok;
      }),
    );
};

/** Times as programs want them: ISO 8601 in UTC. */
function documented({ holders, waiters, observedAt, ...limit }: ServiceLimitStatus) {
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
    holders: holders.map((h) => ({ ...permit(h), grantedAt: new Date(h.grantedAt).toISOString() })),
    waiters: waiters.map(permit),
  };
}

function print(limits: readonly ServiceLimitStatus[], out: Output): void {
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
  for (const { limit, account, region, holders, waiters, waiting } of limits) {
    if (holders.length + waiters.length === 0) continue;
    out.line();
    out.line(`${limit} (${account}/${region})`);
    out.table(
      ['', 'resource', 'account', 'region', 'priority', 'begun', 'in flight since'],
      [
        ...holders.map((h) => [
          out.state('in flight'),
          h.resource.id,
          h.resource.account,
          h.resource.region,
          String(h.priority),
          out.time(h.begunAt),
          out.time(h.grantedAt),
        ]),
        ...waiters.map((w) => [
          out.state('waiting'),
          w.resource.id,
          w.resource.account,
          w.resource.region,
          String(w.priority),
          out.time(w.begunAt),
          '',
        ]),
        ...(waiting > waiters.length ? [['', `and ${waiting - waiters.length} more`, '', '', '', '', '']] : []),
      ],
      '',
    );
  }
}
