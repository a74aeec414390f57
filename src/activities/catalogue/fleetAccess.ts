import { AwsAccess } from '../../clouds/aws/awsAccess';
import { externalId, type Fleet, roleArn } from '../../config';

/**
 * The way into a fleet's accounts.
 * @throws MissingVariableError when the external id's variable is not set.
 */
export function fleetAccess(fleet: Fleet): AwsAccess {
  return new AwsAccess({
    roleArnOf: (access, account) => roleArn(fleet, access, account),
    externalId: externalId(fleet, process.env),
    sessionName: fleet.roles.sessionName,
  });
}
