import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type Fleet } from '../config';
import { providers as awsProviders } from '../providers/registry';
import { PlainHttp } from '../clouds/plainHttp';
import { S3Store } from '../clouds/aws/s3Store';
import { fleetScopes } from './fleetScopes';
import { readRecoveryBundle, type RecoveryBundleDependencies } from './recoveryBundle';
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
    readBundle: (resource, scheduledTime, signal) =>
      readRecoveryBundle(fleet, bucketOpener(access), resource, scheduledTime, signal),
  };
}

/** Opens buckets of S3 by the fleet's roles. */
export function bucketOpener(access: AwsAccess, http = new PlainHttp()): RecoveryBundleDependencies['openStore'] {
  return ({ bucket }, scope) => new S3Store({ client: access.s3(scope), bucket, scope, http });
}
