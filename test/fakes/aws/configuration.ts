import { type ResourceRef } from '../../../src/core/resource';
import { type DatabaseConfiguration } from '../../../src/kinds/rds/databaseConfiguration';
import { likenessOf } from './forms';

/** A configuration with nothing special about it. */
export function fakeConfiguration(
  { kind, id }: Pick<ResourceRef, 'kind' | 'id'>,
  changes: Partial<Omit<DatabaseConfiguration, 'unread' | 'keyArn'>> = {},
): DatabaseConfiguration {
  const { form, engine } = likenessOf(kind);
  const isCluster = form === 'cluster';
  const instance = (name: string) => ({
    id: name,
    class: 'db.r6g.large',
    zone: 'eu-west-1a',
    writer: true,
    promotionTier: isCluster ? 1 : null,
    multiAz: false,
    public: false,
    autoMinorVersionUpgrade: true,
    performanceInsights: false,
    parameterGroup: null,
    tags: {},
  });
  return {
    engine,
    engineVersion: '16.4',
    engineMode: isCluster ? 'provisioned' : null,
    databaseName: 'shop',
    masterUsername: 'postgres',
    port: 5432,
    keyArn: null,
    storageType: null,
    iops: null,
    allocatedGiB: isCluster ? null : 100,
    networkType: 'IPV4',
    iamAuthentication: false,
    deletionProtection: false,
    copyTagsToSnapshot: false,
    backupRetentionDays: 7,
    backupWindow: '02:00-02:30',
    maintenanceWindow: 'sun:04:00-sun:04:30',
    logExports: [],
    serverless: null,
    tags: {},
    subnetGroup: null,
    securityGroups: [],
    parameterGroup: null,
    optionGroup: null,
    roles: [],
    instances: isCluster ? [instance(`${id}-instance-1`)] : [instance(id)],
    unread: [],
    ...changes,
  };
}
