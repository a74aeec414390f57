import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { organizationAccounts } from '../../clouds/aws/organizationAccounts';
import { accountsOf, type Fleet } from '../../config';
import { type Access, type Scope } from '../../core/catalogue/copy';
import { vaultRegion } from '../../core/backup/policy';
import { type FleetScope } from '../../core/fleetScope';

/** Organizations is a global service whose endpoint lies there (AWS General Reference, Organizations endpoints). */
const organizationsRegion = 'us-east-1';

/**
 * Every account and region whose resources the fleet protects; those of an organisation are asked for each time.
 *
 * @param role that lists them
 */
export async function fleetScopes(
  fleet: Fleet,
  access: AwsAccess,
  signal?: AbortSignal,
  role: Access = 'source',
): Promise<FleetScope[]> {
  const { accounts } = fleet;
  const discovered =
    accounts.type === 'organization'
      ? await organizationAccounts(
          access,
          { account: accounts.account, region: organizationsRegion, access: role },
          signal,
        )
      : [];
  return accountsOf(fleet, discovered).flatMap(({ id, regions }) => regions.map((region) => ({ account: id, region })));
}

/** The accounts that the fleet file itself names: what is left to look at where the organisation does not answer. */
export function namedScopes({ accounts }: Fleet): FleetScope[] {
  return accounts.type === 'listed'
    ? accounts.accounts.flatMap(({ id, regions }) => regions.map((region) => ({ account: id, region })))
    : accounts.regions.map((region) => ({ account: accounts.account, region }));
}

/**
 * Every account and region where the fleet's vaults may hold copies: also the regions of the resources, where copies on
 * their way to another region land.
 */
export function vaultScopes(fleet: Fleet, sources: readonly FleetScope[]): Scope[] {
  const regions = [...new Set(sources.map(({ region }) => region))];
  const places = new Map<string, Scope>();
  for (const vault of fleet.vaults)
    for (const region of regions)
      for (const place of [region, vaultRegion(vault, region) ?? region])
        places.set(`${vault.account}/${place}`, { account: vault.account, region: place, access: 'vault' });
  return [...places.values()];
}
