import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { awsCall } from '../../clouds/aws/awsFailure';
import { type Scope } from '../../core/catalogue/copy';
import { type Finding, finding } from './finding';

/**
 * Whether a role can be assumed.
 *
 * @param mend what to do where it cannot
 */
export function roleFinding(
  { access }: Pick<FleetClouds, 'access'>,
  arn: string,
  scope: Scope,
  mend: string,
): Promise<Finding> {
  return finding('role', arn, mend, async () => {
    const call = { subject: `role ${arn}`, ...scope, action: 'sts:GetCallerIdentity' };
    await awsCall(call, undefined, () => access.sts(scope).send(new GetCallerIdentityCommand({})));
    return 'it can be assumed';
  });
}
