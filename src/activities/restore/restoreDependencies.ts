import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { AwsKeys } from '../../clouds/aws/keys';
import { type Fleet } from '../../config';
import { providers as awsProviders } from '../../kinds/registry';
import { fleetScopes } from '../catalogue/fleetScopes';
import { readRecoveryBundle } from '../backup/recoveryBundle';
import { type RestorePlanningDependencies } from './restorePlanning';

/** What restores of a fleet are planned with. */
export function restoreDependencies(
  fleet: Fleet,
  access: AwsAccess,
  keys = new AwsKeys(access),
  providers = awsProviders(access, keys),
): RestorePlanningDependencies {
  return {
    fleet,
    providers,
    scopes: (signal) => fleetScopes(fleet, access, signal),
    keyArn: (scope, key) => keys.arn(scope, key),
    readBundle: (resource, scheduledTime, signed, signal) =>
      readRecoveryBundle(
        fleet,
        ({ bucket }, scope) => access.bucket(scope, bucket),
        resource,
        scheduledTime,
        signed,
        signal,
      ),
  };
}
