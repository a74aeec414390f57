import {
  AddTagsToResourceCommand,
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeGlobalClustersCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  type RDSClient,
  RestoreDBClusterFromSnapshotCommand,
} from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../../src/clouds/aws/awsAccess';
import { rdsClient } from '../../../src/kinds/rds/rdsClient';
import { type Scope } from '../../../src/core/catalogue/copy';
import { changeStatus, deny } from '../../../sandbox/seed/emulatorControl';
import { parseSeed } from '../../../sandbox/seed/seedFile';
import { seedRequest } from '../../../sandbox/seed/seedRequest';
import { type EmulatedAws, owner, startEmulatedAws, vault, vaultElsewhere } from './emulatedAws';

/** The family of RDS as the SDK that Farcopy uses sees it; every rule for itself is in `sandbox/aws/tests`. */

const key = 'alias/farcopy';
const ownerElsewhere: Scope = { ...owner, region: vaultElsewhere.region };

let aws: EmulatedAws;
let access: AwsAccess;
beforeAll(async () => void (aws = await startEmulatedAws()), 300_000);
afterAll(() => aws.stop());
beforeEach(async () => {
  await aws.reset({ timeScale: 0 });
  access = aws.access();
});
afterEach(() => access.close());

async function plant(resources: object, denials?: readonly object[]): Promise<void> {
  const accounts = [{ account_id: owner.account, resources }];
  const {
    keys,
    resources: planted,
    denials: denied = [],
  } = seedRequest(parseSeed(JSON.stringify({ accounts, denials }), 'seed.json'));
  const own = keys.filter(({ account }) => account === owner.account);
  await aws.seed({ keys: own, resources: planted, denials: denied });
}

const home = (): RDSClient => rdsClient(access, owner);

const snapshot = async (cluster: string, id = 's1') =>
  (
    await home().send(
      new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: cluster, DBClusterSnapshotIdentifier: id }),
    )
  ).DBClusterSnapshot;

const share = (id = 's1') =>
  home().send(
    new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: id,
      AttributeName: 'restore',
      ValuesToAdd: [vault.account],
    }),
  );

test.each([
  ['documentdb', 'docdb', 27017],
  ['neptune', 'neptune', 8182],
])('a cluster of %s is copied to the vault and its second region, and restored there', async (list, engine, port) => {
  await plant({ [list]: ['docs'] });
  const { DBClusters: found } = await home().send(
    new DescribeDBClustersCommand({ Filters: [{ Name: 'engine', Values: [engine] }] }),
  );
  expect(found).toMatchObject([{ DBClusterIdentifier: 'docs', Engine: engine, Port: port, StorageEncrypted: true }]);
  const made = await snapshot('docs');
  await home().send(
    new AddTagsToResourceCommand({ ResourceName: made?.DBClusterSnapshotArn, Tags: [{ Key: 'a', Value: '1' }] }),
  );
  await share();
  const copy = (source: string | undefined, id: string) =>
    new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: source,
      TargetDBClusterSnapshotIdentifier: id,
      KmsKeyId: key,
    });
  const { DBClusterSnapshot: pulled } = await rdsClient(access, vault).send(copy(made?.DBClusterSnapshotArn, 'c1'));
  // The SDK presigns a copy across regions by itself, which DocumentDB insists on.
  const elsewhere = rdsClient(access, vaultElsewhere);
  await elsewhere.send(copy(pulled?.DBClusterSnapshotArn, 'c2'));
  const { DBClusterSnapshots: kept } = await elsewhere.send(
    new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'c2' }),
  );
  expect(kept).toMatchObject([{ Engine: engine, Status: 'available', AllocatedStorage: 10 }]);
  await elsewhere.send(
    new RestoreDBClusterFromSnapshotCommand({
      DBClusterIdentifier: 'back',
      SnapshotIdentifier: 'c2',
      Engine: engine,
    }),
  );
  const { DBInstance: instance } = await elsewhere.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'back-1',
      DBClusterIdentifier: 'back',
      DBInstanceClass: 'db.r6g.large',
      Engine: engine,
    }),
  );
  expect(instance).toMatchObject({ DBInstanceStatus: 'available', Endpoint: { Port: port } });
});

test('a Multi-AZ DB cluster is shared and restored, not copied', async () => {
  await plant({ multiAz: [{ id: 'multi', engine: 'mysql', iops: 4000 }] });
  const made = await snapshot('multi');
  await share();
  const copy = new CopyDBClusterSnapshotCommand({
    SourceDBClusterSnapshotIdentifier: made?.DBClusterSnapshotArn,
    TargetDBClusterSnapshotIdentifier: 'c1',
    KmsKeyId: key,
  });
  await expect(rdsClient(access, vault).send(copy)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  const { DBCluster: restored } = await rdsClient(access, vault).send(
    new RestoreDBClusterFromSnapshotCommand({
      DBClusterIdentifier: 'back',
      SnapshotIdentifier: made?.DBClusterSnapshotArn,
      Engine: 'mysql',
      DBClusterInstanceClass: 'db.m6gd.large',
      KmsKeyId: key,
    }),
  );
  expect(restored).toMatchObject({ DBClusterInstanceClass: 'db.m6gd.large', AllocatedStorage: 10, Iops: 4000 });
  expect(restored?.DBClusterMembers).toHaveLength(3);
});

test('a global database has a member that writes and a headless one', async () => {
  await plant({
    aurora: [
      { id: 'panda', global: { id: 'world', role: 'primary' } },
      {
        id: 'panda-far',
        region: ownerElsewhere.region,
        instances: 0,
        global: { id: 'world', role: 'secondary', writeForwarding: true },
      },
    ],
  });
  const { GlobalClusters: found } = await home().send(new DescribeGlobalClustersCommand({}));
  expect(found?.[0]?.GlobalClusterMembers?.map(({ IsWriter }) => IsWriter)).toEqual([true, false]);
  const { DBClusters: far } = await rdsClient(access, ownerElsewhere).send(new DescribeDBClustersCommand({}));
  expect(far).toMatchObject([
    { DBClusterMembers: [], GlobalWriteForwardingStatus: 'enabled', GlobalClusterIdentifier: 'world' },
  ]);
  expect(far?.[0]?.ReplicationSourceIdentifier).toMatch(/:cluster:panda$/);
});

test('Serverless of both versions and replicas say what they are', async () => {
  await plant({
    aurora: [
      { id: 'old', serverlessV1: { min: 2, max: 8 } },
      { id: 'new', serverlessV2: { min: 0.5, max: 8 } },
    ],
    rds: ['koala', { id: 'koala-copy', replicaOf: 'koala' }],
  });
  const { DBClusters: clusters } = await home().send(new DescribeDBClustersCommand({}));
  expect(clusters).toMatchObject([
    { DBClusterIdentifier: 'new', ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 } },
    { DBClusterIdentifier: 'old', EngineMode: 'serverless', ScalingConfigurationInfo: { MinCapacity: 2 } },
  ]);
  const { DBInstances: instances } = await home().send(new DescribeDBInstancesCommand({}));
  expect(instances).toMatchObject([
    { DBInstanceIdentifier: 'koala', ReadReplicaDBInstanceIdentifiers: ['koala-copy'] },
    { DBInstanceIdentifier: 'koala-copy', ReadReplicaSourceDBInstanceIdentifier: 'koala' },
    { DBInstanceIdentifier: 'new-instance-1', DBInstanceClass: 'db.serverless' },
  ]);
});

test('what is stopped or busy is not snapshotted', async () => {
  await plant({
    aurora: [{ id: 'panda', status: 'stopped' }],
    rds: [{ id: 'koala', status: 'modifying', statusSeconds: 60 }],
  });
  const busy = `arn:aws:rds:${owner.region}:${owner.account}:cluster:panda`;
  await expect(snapshot('panda')).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
  await changeStatus(aws.endpoint, busy, 'upgrading');
  await expect(snapshot('panda')).rejects.toThrow(/in upgrading state/);
  await changeStatus(aws.endpoint, busy, 'available');
  await snapshot('panda');
  // At this pace of time a minute is over at once.
  const command = new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'koala', DBSnapshotIdentifier: 's1' });
  await expect(home().send(command)).resolves.toBeDefined();
});

test('an account grants nothing for DocumentDB', async () => {
  const documents = ['cluster', 'cluster-snapshot'].map((type) => `arn:aws:rds:*:${owner.account}:${type}:docs-*`);
  await plant({ documentdb: ['docs-1'], aurora: ['panda'] }, [
    { account: owner.account, role: 'farcopy-source', actions: ['rds:*'], resources: documents },
  ]);
  await expect(snapshot('docs-1')).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringMatching(/cluster:docs-1 because no identity-based policy allows the rds:Create/) as string,
  });
  await snapshot('panda');
  await deny(aws.endpoint, {
    account: owner.account,
    actions: ['rds:Describe*'],
    filter: { name: 'engine', value: 'docdb' },
  });
  const list = (engine: string) =>
    home().send(new DescribeDBClustersCommand({ Filters: [{ Name: 'engine', Values: [engine] }] }));
  await expect(list('docdb')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(list('aurora-postgresql')).resolves.toBeDefined();
});

test.each([
  [{ rds: [{ id: 'a', serverlessV2: { min: 1, max: 2 } }] }, /rds\[0\]\.serverlessV2: is not for/],
  [{ multiAz: [{ id: 'a', instances: 2 }] }, /multiAz\[0\]\.instances: is not for/],
  [{ aurora: [{ id: 'a', serverlessV2: { min: 4, max: 2 } }] }, /must not be less than/],
  [{ documentdb: [{ id: 'a', engine: 'neptune' }] }, /not an engine of what stands under/],
  [{ rds: [{ id: 'a', engine: 'docdb' }] }, /not an engine of what stands under/],
])('a seed that makes no sense is refused', (resources, expected) => {
  const text = JSON.stringify({ accounts: [{ account_id: owner.account, resources }] });
  expect(() => parseSeed(text, 'seed.json')).toThrow(expected);
});
