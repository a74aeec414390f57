import { AwsAccess } from '../../clouds/aws/awsAccess';
import { externalId, type Fleet, FleetNames, roleArn } from '../../config';
import { type CallListener } from '../../clouds/tellCalls';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';

/**
 * The way into a fleet's accounts, and into no others: whatever asked for one that the fleet file does not name gets no role.
 *
 * @param onCall told each try of each call to AWS
 * @throws VariableError when the external id's variable is not set.
 */
export function fleetAccess(fleet: Fleet, onCall?: CallListener): AwsAccess {
  const names = new FleetNames(fleet);
  return new AwsAccess({
    roleArnOf: (access, account) => {
      if (names.opens(access, account)) return roleArn(fleet, access, account);
      throw applicationFailure(
        failureTypes.configuration,
        `account ${account} is not opened with the ${access} role: the fleet file of ${fleet.name} does not name it for that; see docs/fleet-file.md`,
      );
    },
    externalId: externalId(fleet, process.env),
    sessionName: fleet.roles.sessionName,
    onCall,
  });
}
