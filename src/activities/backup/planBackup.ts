import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { RouteError } from '../../core/kind';
import { type ConnectedKinds } from '../../kinds/kind';
import { type PlanActivities } from './planContracts';

export interface PlanDependencies {
  readonly kinds: ConnectedKinds;
  /** The scheduled time of the last recovery point that is whole, null where there is none. */
  readonly lastWhole: PlanLastWhole;
}

type PlanLastWhole = (...args: Parameters<PlanActivities['planBackup']>) => Promise<string | null>;

export function planActivities({ kinds, lastWhole }: PlanDependencies): PlanActivities {
  return {
    async planBackup(identity, policy) {
      const { resource, scheduledTime } = identity;
      const kind = kinds.of(resource.kind);
      const { description } = kind;
      const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
      const described = await kind.describe(resource, scope, Context.current().cancellationSignal);
      const { sizeGiB } = described;
      const why = description.cannotCopy?.(described) ?? null;
      if (why !== null)
        throw applicationFailure(
          failureTypes.configuration,
          `${resource.id} (${resource.account}/${resource.region}): ${why}`,
        );
      const rest = description.atRest?.(described) ?? null;
      if (rest !== null) {
        const last = await lastWhole(identity, policy);
        if (last !== null && isCurrent(last, rest.since ?? scheduledTime, policy.rpoSeconds))
          return { steps: [], sizeGiB, resting: `${rest.reason}; its recovery point of ${last} is still current` };
        throw applicationFailure(
          failureTypes.configuration,
          `${resource.id} (${resource.account}/${resource.region}): ${rest.reason}, and ${last === null ? 'there is no whole recovery point of it' : `its last recovery point of ${last} may be older than what changed before`}: start it, so that it can be copied`,
        );
      }
      try {
        const planned = { ...resource, encryption: await kind.encryption(described, scope), facts: described.facts };
        return { steps: description.planBackup(planned, policy, scheduledTime), sizeGiB, resting: null };
      } catch (error) {
        if (error instanceof RouteError) throw applicationFailure(failureTypes.configuration, error.message);
        throw error;
      }
    },
  };
}

/**
 * Whether the last copy was within the RPO when the resource came to rest: since then nothing changes. Where nobody tells when
 * that was, it may have been just now.
 */
function isCurrent(last: string, since: string, rpoSeconds: number): boolean {
  return Date.parse(last) + rpoSeconds * 1000 >= Date.parse(since);
}
