import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type ResourceKind } from '../core/resource';
import { auroraClusterApi } from './rds/auroraCluster/auroraClusterApi';
import { auroraClusterRestore } from './rds/auroraCluster/auroraClusterRestore';
import { RdsProvider } from './rds/rdsProvider';
import { rdsInstanceApi } from './rds/rdsInstance/rdsInstanceApi';
import { rdsInstanceRestore } from './rds/rdsInstance/rdsInstanceRestore';
import { type ResourceProvider } from './resourceProvider';

/** Every kind Farcopy protects, on one access: one line a kind. */
export function providers(access: AwsAccess, keys = new AwsKeys(access)): Record<ResourceKind, ResourceProvider> {
  return {
    'aurora-cluster': new RdsProvider(auroraClusterApi, access, keys, auroraClusterRestore),
    'rds-instance': new RdsProvider(rdsInstanceApi, access, keys, rdsInstanceRestore),
  };
}
