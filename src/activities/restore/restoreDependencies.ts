import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { type Fleet } from '../../config';
import { type ConnectedKinds } from '../../kinds/kind';
import { readRecoveryBundle } from '../backup/recoveryBundle';
import { fleetScopes } from '../catalogue/fleetScopes';
import { type RestorePlanningDependencies } from './restorePlanning';

/** What restores of a fleet are planned with. */
export function restoreDependencies(
  fleet: Fleet,
  access: AwsAccess,
  kinds: ConnectedKinds,
): RestorePlanningDependencies {
  return {
    fleet,
    kinds,
    scopes: (signal) => fleetScopes(fleet, access, signal),
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
