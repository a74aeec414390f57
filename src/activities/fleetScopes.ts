import { type AwsAccess } from '../clouds/aws/awsAccess';
import { organizationAccounts } from '../clouds/aws/organizationAccounts';
import { accountsOf, type Fleet } from '../config';
import { type FleetScope } from './contracts';

/** Organizations is a global service whose endpoint lies there (AWS General Reference, Organizations endpoints). */
const organizationsRegion = 'us-east-1';

/** Every account and region whose resources the fleet protects; those of an organisation are asked for each time. */
export async function fleetScopes(fleet: Fleet, access: AwsAccess, signal?: AbortSignal): Promise<FleetScope[]> {
  const { accounts } = fleet;
  const discovered =
    accounts.type === 'organization'
      ? await organizationAccounts(
          access,
          { account: accounts.account, region: organizationsRegion, access: 'source' },
          signal,
        )
      : [];
  return accountsOf(fleet, discovered).flatMap(({ id, regions }) => regions.map((region) => ({ account: id, region })));
}
