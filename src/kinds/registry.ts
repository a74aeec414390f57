import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { auroraClusterApi } from './rds/auroraCluster/auroraClusterApi';
import { auroraClusterRestore } from './rds/auroraCluster/auroraClusterRestore';
import { RdsProvider } from './rds/rdsProvider';
import { rdsInstanceApi } from './rds/rdsInstance/rdsInstanceApi';
import { rdsInstanceRestore } from './rds/rdsInstance/rdsInstanceRestore';
import { ConnectedKinds } from './resourceProvider';

/** Every kind Farcopy protects, on one access: one line a kind. */
export function providers(access: AwsAccess, keys = new AwsKeys(access)): ConnectedKinds {
  return new ConnectedKinds([
    new RdsProvider(auroraClusterApi, access, keys, auroraClusterRestore),
    new RdsProvider(rdsInstanceApi, access, keys, rdsInstanceRestore),
  ]);
}
