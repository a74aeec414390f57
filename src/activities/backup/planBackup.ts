import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { type PreviousCopy } from '../../core/backup/continuity';
import { isCurrentAtRest } from '../../core/backup/isCurrentAtRest';
import { isBucketVault, type ProtectionPolicy, type Vault, vaultRegion } from '../../core/backup/policy';
import { copyTags, type RecoveryPointIdentity, type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { RouteError } from '../../core/kind';
import { type ConnectedKinds } from '../../kinds/kind';
import { serverTime } from '../serverTime';
import { type VaultListings } from '../catalogue/vaultListings';
import { type PlanActivities } from './planContracts';

export interface PlanDependencies {
  readonly kinds: ConnectedKinds;
  /** The scheduled time of the last recovery point that is whole, null where there is none. */
  readonly lastWhole: (identity: RecoveryPointIdentity) => Promise<string | null>;
  readonly vaults: Pick<VaultListings, 'verified'>;
  /** What the fleet file says of a tier. `Configuration` where it has none of that name. */
  readonly policyOf: (tier: string) => ProtectionPolicy;
}

export function planActivities({ kinds, lastWhole, vaults, policyOf }: PlanDependencies): PlanActivities {
  return {
    async planBackup(identity) {
      const { resource, scheduledTime, tier } = identity;
      const policy = policyOf(tier);
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
      // Copies take over tags of what they are of, and what is proven nobody may tag.
      if (described.tags[copyTags.verified] !== undefined)
        throw applicationFailure(
          failureTypes.configuration,
          `${resource.id} (${resource.account}/${resource.region}) has the tag ${copyTags.verified}, which its copies take over before anything is proven of them: remove it from the resource`,
        );
      const rest = description.atRest?.(described) ?? null;
      if (rest !== null) {
        const last = await lastWhole(identity);
        if (last !== null && isCurrentAtRest(last, rest.since ?? scheduledTime, policy.rpoSeconds))
          return { steps: [], sizeGiB, resting: `${rest.reason}; its recovery point of ${last} is still current` };
        throw applicationFailure(
          failureTypes.configuration,
          `${resource.id} (${resource.account}/${resource.region}): ${rest.reason}, and ${last === null ? 'there is no whole recovery point of it' : `its last recovery point of ${last} may be older than what changed before`}: start it, so that it can be copied`,
        );
      }
      try {
        const planned = { ...resource, encryption: await kind.encryption(described, scope), facts: described.facts };
        const steps = description.planBackup(planned, policy, scheduledTime);
        const { incarnation } = described;
        const previous = await soon(previousCopy(vaults, identity, policy));
        return {
          ...{ steps, sizeGiB, resting: null },
          ...(incarnation === undefined ? {} : { incarnation }),
          ...(previous === null ? {} : { previous }),
        };
      } catch (error) {
        if (error instanceof RouteError) throw applicationFailure(failureTypes.configuration, error.message);
        throw error;
      }
    },
  };
}

/** Whether a resource is what it was is worth a look at a vault, and no delay of its backup. */
const longestLookMilliseconds = 15_000;
/** All resources of a round are compared with one listing. */
const listingIsGoodForMilliseconds = 3600_000;

async function soon<T>(work: Promise<T | null>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), longestLookMilliseconds)));
  try {
    return await Promise.race([work, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The latest verified copy of before, in the first vault of the route: nobody can plant one there to hide a change. */
async function previousCopy(
  vaults: PlanDependencies['vaults'],
  { resource, scheduledTime }: RecoveryPointIdentity,
  { route }: ProtectionPolicy,
): Promise<PreviousCopy | null> {
  const vault = route.find((one): one is Vault => !isBucketVault(one));
  const region = vault === undefined ? null : vaultRegion(vault, resource.region);
  if (vault === undefined || region === null) return null;
  const scope: Scope = { account: vault.account, region, access: 'vault' };
  const copies = await vaults.verified(resource, scope, serverTime() - listingIsGoodForMilliseconds);
  const [last] = copies
    .filter((copy) => Date.parse(copy.scheduledTime) < Date.parse(scheduledTime))
    .sort((a, b) => Date.parse(b.scheduledTime) - Date.parse(a.scheduledTime));
  if (last === undefined) return null;
  return { scheduledTime: last.scheduledTime, incarnation: last.incarnation, sizeGiB: last.copy.sizeGiB };
}
