import {
  CreateDBClusterSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { AwsKeys } from '../../../src/clouds/aws/keys';
import { type AwsAccess } from '../../../src/clouds/aws/awsAccess';
import { recoveryPointId } from '../../../src/core/naming';
import { type ProtectionPolicy } from '../../../src/core/backup/policy';
import { catalogued } from '../../../src/core/catalogue/catalogue';
import { type Copy, copyTags, type RecoveryPointIdentity, type Scope } from '../../../src/core/catalogue/copy';
import { RouteError } from '../../../src/core/kind';
import { type Resource, resourceRef } from '../../../src/core/resource';
import { type RestoredFacts } from '../../../src/core/restore/restorePlan';
import { type RestoreOptions } from '../../../src/core/restore/restoreRequest';
import { type Json, type Step } from '../../../src/core/steps/step';
import { type StepResult, type VerifiedCopy } from '../../../src/core/steps/stepResult';
import { type ConnectedKinds } from '../../../src/kinds/kind';
import { rdsClient } from '../../../src/kinds/rds/rdsClient';
import { connectKinds, describedKinds, kinds as registered } from '../../../src/kinds/registry';
import { changeStatus, deny } from '../../../sandbox/seed/emulatorControl';
import { parseSeed } from '../../../sandbox/seed/seedFile';
import { seedRequest } from '../../../sandbox/seed/seedRequest';
import { type EmulatedAws, owner, startEmulatedAws, vault, vaultElsewhere } from './emulatedAws';

/** Kinds of the family of RDS against the emulator, by the SDK that Farcopy uses. */

const fleet = 'panda';
const scheduledTime = '2026-11-21T02:00:00Z';
const restoring: Scope = { ...vault, access: 'restore' };
const ownerElsewhere: Scope = { ...owner, region: vaultElsewhere.region };
const ownership = { 'farcopy:restore': 'r1' };

let aws: EmulatedAws;
let access: AwsAccess;
let kinds: ConnectedKinds;
beforeAll(async () => void (aws = await startEmulatedAws()), 300_000);
afterAll(() => aws.stop());
beforeEach(async () => {
  await aws.reset({ timeScale: 0 });
  access = aws.access({
    // One role restores in the vault's account as well as keeps copies there: the emulator obeys denials alone.
    roleArnOf: (role, account) => `arn:aws:iam::${account}:role/farcopy-${role === 'restore' ? 'vault' : role}`,
  });
  kinds = connectKinds(registered, { access, keys: new AwsKeys(access) });
});
afterEach(() => access.close());

async function plant(resources: object): Promise<void> {
  const text = JSON.stringify({ accounts: [{ account_id: owner.account, resources }] });
  const { keys, resources: planted } = seedRequest(parseSeed(text, 'seed.json'));
  const own = keys.filter(({ account }) => account === owner.account);
  // Of the vault's roles the template lets in the one that copies; here it restores as well.
  const open = own.map(({ account, region, alias }) => ({ account, region, alias, grantAccounts: [vault.account] }));
  await aws.seed({ keys: open, resources: planted });
}

const policy = (changes: Partial<ProtectionPolicy> = {}): ProtectionPolicy => ({
  fleet,
  tier: 'standard',
  priority: 3,
  rpoSeconds: 26 * 3600,
  route: [
    { name: 'secure', account: vault.account, region: null, key: 'alias/farcopy' },
    { name: 'far', account: vault.account, region: vaultElsewhere.region, key: 'alias/farcopy' },
  ],
  retention: { daily: 14, minimum: 2 },
  shareableKey: 'alias/farcopy',
  singleStepCopy: false,
  verify: 'manifest',
  connect: null,
  limits: [],
  polling: { shortestSeconds: 15, longestSeconds: 300 },
  ...changes,
});

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

async function discovered(kind: string, scope = owner): Promise<Resource[]> {
  return all(kinds.of(kind).discover(scope));
}

async function only(kind: string, scope = owner): Promise<Resource> {
  const [resource, ...others] = await discovered(kind, scope);
  if (resource === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${kind}`);
  return resource;
}

const copiesOf = async (kind: string, scope: Scope): Promise<Copy[]> => all(kinds.copiesOf(kind).list(scope));

const identityOf = (resource: Resource): RecoveryPointIdentity => ({
  fleet,
  tier: 'standard',
  resource: resourceRef(resource),
  scheduledTime,
});

async function planned(resource: Resource, changes: Partial<ProtectionPolicy> = {}): Promise<readonly Step[]> {
  const kind = kinds.of(resource.kind);
  const encryption = await kind.encryption(resource, { ...resource, access: 'source' });
  const { facts } = resource;
  return kind.description.planBackup({ ...resourceRef(resource), encryption, facts }, policy(changes), scheduledTime);
}

/** Walks a plan in its order, as a workflow does without its waits; what is temporary goes at the end. */
async function walk(
  resource: Resource,
  steps: readonly Step[],
  begins: VerifiedCopy | null = null,
  owned: Readonly<Record<string, string>> | null = null,
): Promise<Record<string, StepResult>> {
  const { steps: operations } = kinds.of(resource.kind);
  const results: Record<string, StepResult> = {};
  const undo: (() => Promise<void> | undefined)[] = [];
  for (const step of steps) {
    const operation = operations[step.type];
    if (operation === undefined) throw new Error(`no operation ${step.type}`);
    const call = {
      identity: identityOf(resource),
      step,
      input: { ...step.input, ...step.choices[0]?.input },
      source: step.reads === null ? begins : (results[step.reads]?.copy ?? null),
      results,
      ownership: owned,
      now: Date.now(),
      since: Date.now(),
      attempt: 1,
      signal: AbortSignal.timeout(60_000),
    };
    const { handle, result } = await operation.start(call);
    const looked = result ?? (await operation.look?.(call, handle)) ?? {};
    if ('rawStatus' in looked) throw new Error(`${step.id} is still ${looked.rawStatus}`);
    results[step.id] = looked;
    if (step.temporary) undo.unshift(() => operation.undo?.(call, handle));
  }
  for (const take of undo) await take();
  return results;
}

async function restored(
  resource: Resource,
  copy: Copy,
  target: Scope,
  configuration: Json | null,
  options: RestoreOptions = {},
  id = 'back',
) {
  const plan = await kinds.restoreOf(resource.kind).plan({
    fleet,
    resource: resourceRef(resource),
    copy: catalogued(copy, copy.account === resource.account ? 'source' : 'vault', {
      vaults: [],
      kinds: describedKinds(registered),
    }),
    target,
    id,
    options,
    tags: {},
    drill: null,
    ownership,
    configuration,
    keys: { asked: null, ofTarget: 'alias/farcopy', ofCopy: null, shareable: null },
    vaultAccounts: [vault.account],
    limits: [],
  });
  const begins = {
    ...copy,
    place: 'secure',
    dataTime: copy.tags[copyTags.dataTime] ?? '',
    verifiedAt: scheduledTime,
  };
  const results = await walk(resource, plan.steps, begins, ownership);
  return { plan, results, facts: results.settings?.facts as unknown as RestoredFacts };
}

const configurationOf = (resource: Resource) =>
  kinds.restoreOf(resource.kind).configuration(resourceRef(resource), { ...resource, access: 'source' });

const clustersOf = async (client: RDSClient) =>
  (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'back' }))).DBClusters?.[0];

const instancesOf = async (client: RDSClient) =>
  (await client.send(new DescribeDBInstancesCommand({}))).DBInstances?.filter(
    ({ DBClusterIdentifier }) => DBClusterIdentifier === 'back',
  );

interface Counts {
  readonly counts: readonly { readonly service: string; readonly action: string; readonly count: number }[];
}

const everything = {
  aurora: ['panda', { id: 'maria', engine: 'aurora-mysql' }],
  documentdb: ['docs'],
  neptune: ['graph'],
  multiAz: ['multi'],
  rds: ['koala'],
};

describe('kinds of one API', () => {
  it('each discover their own, and nothing twice', async () => {
    await plant(everything);
    const found = await Promise.all(
      registered.map(async ({ description: { name } }) => [name, (await discovered(name)).map(({ id }) => id)]),
    );
    expect(Object.fromEntries(found)).toEqual({
      'aurora-cluster': ['maria', 'panda'],
      'rds-instance': ['koala'],
      'documentdb-cluster': ['docs'],
      'neptune-cluster': ['graph'],
      'multi-az-cluster': ['multi'],
    });
  });

  it('do not know the resources of another kind by their names', async () => {
    await plant(everything);
    const docs = resourceRef(await only('documentdb-cluster'));
    const asAurora = { ...docs, kind: 'aurora-cluster' };
    await expect(kinds.of('aurora-cluster').describe(asAurora, owner)).rejects.toMatchObject({ type: 'NotFound' });
    await expect(kinds.restoreOf('aurora-cluster').configuration(asAurora, owner)).rejects.toMatchObject({
      type: 'NotFound',
    });
    await expect(kinds.of('documentdb-cluster').describe(docs, owner)).resolves.toMatchObject({ engine: 'docdb' });
  });

  it('let one be refused without the others', async () => {
    await plant(everything);
    await deny(aws.endpoint, {
      account: owner.account,
      actions: ['rds:Describe*'],
      filter: { name: 'engine', value: 'docdb' },
    });
    await expect(discovered('documentdb-cluster')).rejects.toMatchObject({
      type: 'Configuration',
      message: expect.stringMatching(/may not rds:DescribeDBClusters/) as string,
    });
    for (const kind of ['aurora-cluster', 'neptune-cluster', 'multi-az-cluster', 'rds-instance'])
      expect(await discovered(kind)).not.toEqual([]);
  });

  it('count what takes slots of their own limits', async () => {
    await aws.reset();
    await plant({ ...everything, aurora: ['panda'] });
    for (const kind of ['aurora-cluster', 'documentdb-cluster', 'neptune-cluster', 'rds-instance']) {
      const resource = await only(kind);
      await kinds.copiesOf(kind).snapshot({ resource, marker: `farcopy-${resource.id}`, tags: {} });
    }
    const others = { DBClusterIdentifier: 'multi', DBClusterSnapshotIdentifier: 'by-hand' };
    await rdsClient(access, owner).send(new CreateDBClusterSnapshotCommand(others));
    const counted = (kind: string, limit: string) => kinds.of(kind).inFlight(owner, limit);
    const { limits } = (await aws.control('GET', 'limits')) as { limits: { limit: string; current: number }[] };
    for (const [kind, limit, ids] of [
      ['aurora-cluster', 'cluster-snapshots-in-progress', ['by-hand', 'farcopy-panda']],
      ['documentdb-cluster', 'documentdb-cluster-snapshots-in-progress', ['farcopy-docs']],
      ['neptune-cluster', 'neptune-cluster-snapshots-in-progress', ['farcopy-graph']],
      ['rds-instance', 'instance-snapshots-in-progress', ['farcopy-koala']],
    ] as const) {
      expect([...(await counted(kind, limit))].sort()).toEqual(ids);
      expect(limits).toContainEqual(expect.objectContaining({ limit, current: ids.length }));
    }
  });
});

describe.each([
  ['documentdb-cluster', 'documentdb', 'docdb'],
  ['neptune-cluster', 'neptune', 'neptune'],
  ['aurora-cluster', 'aurora', 'aurora-postgresql'],
  ['rds-instance', 'rds', 'postgres'],
])('%s', (kind, list, engine) => {
  it.each([
    ['a customer key', 'cmk', false, true],
    ['the default key', 'default', true, true],
    ['no key', 'none', false, kind === 'rds-instance'],
  ])('is copied to both vaults under %s', async (_, encryption, reencrypts, encrypted) => {
    await plant({ [list]: [{ id: 'docs', encryption, tags: { backup: 'true' } }] });
    const resource = await only(kind);
    expect(resource.tags).toMatchObject({ backup: 'true' });
    const steps = await planned(resource);
    expect(steps.map(({ id }) => id)).toEqual([
      'snapshot',
      ...(reencrypts ? ['re-encrypt'] : []),
      'share:secure',
      'copy:secure',
      'copy:far',
    ]);
    const results = await walk(resource, steps);
    const dataTime = results.snapshot?.copy?.dataTime;
    for (const [id, scope] of [
      ['copy:secure', vault],
      ['copy:far', vaultElsewhere],
    ] as const) {
      const copy = results[id]?.copy;
      expect(copy).toMatchObject({ ...scopeOf(scope), kind, dataTime });
      expect(await raw(scope, copy?.id ?? '')).toMatchObject({
        Engine: engine,
        Status: 'available',
        ...(kind === 'rds-instance' ? { Encrypted: encrypted } : { StorageEncrypted: encrypted }),
      });
      for (const { description } of registered) {
        const listed = await copiesOf(description.name, scope);
        expect(listed.map(({ tags }) => tags[copyTags.recoveryPoint])).toEqual(
          description.name === kind ? [recoveryPointId(resource, scheduledTime)] : [],
        );
      }
    }
    // Only the first snapshot stays where the resource is, unshared where it was lent for a while.
    expect(await copiesOf(kind, owner)).toMatchObject([{ id: results.snapshot?.copy?.id, status: 'available' }]);
  });

  const scopeOf = ({ account, region }: Scope) => ({ account, region });

  async function raw(scope: Scope, id: string) {
    const client = rdsClient(access, scope);
    if (kind !== 'rds-instance') {
      const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: id });
      return (await client.send(command)).DBClusterSnapshots?.[0];
    }
    return (await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }))).DBSnapshots?.[0];
  }

  it.each([
    ['a customer key', 'cmk', 0],
    ['the default key', 'default', 1],
  ])('costs the calls that docs/kinds names, under %s', async (_, encryption, extra) => {
    await plant({ [list]: [{ id: 'docs', encryption }] });
    const resource = await only(kind);
    await aws.control('DELETE', 'calls');
    const described = await kinds.of(kind).describe(resource, owner);
    await walk(resource, await planned(described));
    const { counts } = (await aws.control('GET', 'calls/summary')) as Counts;
    const noun = kind === 'rds-instance' ? 'DBSnapshot' : 'DBClusterSnapshot';
    const rds = counts.filter(({ service }) => service === 'rds').map(({ action, count }) => [action, count]);
    expect(Object.fromEntries(rds)).toEqual({
      [kind === 'rds-instance' ? 'DescribeDBInstances' : 'DescribeDBClusters']: 1,
      [`Create${noun}`]: 1,
      [`Copy${noun}`]: 2 + extra,
      // One look a copy, since everything is there at once.
      [`Describe${noun}s`]: 3 + 2 * extra,
      AddTagsToResource: 3 + extra,
      // A share, and its end: with a copy that is deleted, its shares go.
      [`Modify${noun}Attribute`]: 2 - extra,
      ...(extra === 0 ? {} : { [`Delete${noun}`]: 1 }),
    });
  });

  it('asks for several copies at once', async () => {
    await plant({ [list]: ['docs'] });
    const resource = await only(kind);
    const copies = kinds.copiesOf(kind);
    const markers = ['farcopy-1', 'farcopy-2'];
    for (const marker of markers) await copies.snapshot({ resource, marker, tags: {} });
    const found = await Promise.all([...markers, 'farcopy-3'].map((marker) => copies.find(marker, owner)));
    expect(found.map((copy) => copy?.id ?? null)).toEqual([...markers, null]);
  });
});

describe.each([
  ['documentdb-cluster', 'documentdb', 27017],
  ['neptune-cluster', 'neptune', 8182],
])('a restore of %s', (kind, list, port) => {
  it('makes the cluster and its instances in the vault, and asks no SQL of them', async () => {
    await plant({ [list]: [{ id: 'docs', instances: 2, serverlessV2: { min: 1, max: 8 } }] });
    const resource = await only(kind);
    const configuration = await configurationOf(resource);
    await walk(resource, await planned(resource));
    const [copy] = await copiesOf(kind, vault);
    if (copy === undefined) throw new Error('no copy');
    const { facts, plan } = await restored(resource, copy, restoring, configuration);
    expect(facts).toMatchObject({ answersSql: false, sql: null });
    expect(plan.usable).toEqual(['instance:back-instance-1']);
    const client = rdsClient(access, vault);
    expect(await clustersOf(client)).toMatchObject({
      Engine: copy.resourceId === null ? '' : resource.engine,
      Port: port,
      KmsKeyId: copy.keyArn,
      ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 8 },
    });
    expect(await instancesOf(client)).toMatchObject([
      { DBInstanceIdentifier: 'back-instance-1', DBInstanceClass: 'db.serverless' },
      { DBInstanceIdentifier: 'back-instance-2', DBInstanceClass: 'db.serverless' },
    ]);
    expect(kinds.of(kind).sql).toBeUndefined();
    expect(kinds.of(kind).bundle).toBeUndefined();
    // Each kind sweeps its own.
    for (const { description } of registered) {
      const left = await all(kinds.of(description.name).leftovers?.list(restoring) ?? emptyPages());
      expect(left.map(({ id }) => id)).toEqual(description.name === kind ? ['back'] : []);
    }
    await expect(
      kinds.of(kind).leftovers?.remove({ type: 'database', id: 'back' }, restoring, ownership),
    ).rejects.toMatchObject({ type: 'NotReady' });
  });

  it('copies one that is lent from the source before it restores it', async () => {
    await plant({ [list]: ['docs'] });
    const resource = await only(kind);
    await walk(resource, await planned(resource, { route: [] }));
    const [copy] = await copiesOf(kind, owner);
    if (copy === undefined) throw new Error('no copy');
    const { plan } = await restored(resource, copy, restoring, null, { instanceClasses: ['db.r6g.large'] });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      'share',
      'copy:target',
      'database',
      'instance:back-instance-1',
      'settings',
    ]);
  });

  async function* emptyPages(): AsyncGenerator<never[]> {}
});

describe('routes that a kind cannot travel', () => {
  it('are refused in words', async () => {
    await plant({ ...everything, aurora: [{ id: 'old', serverlessV1: { min: 2, max: 8 } }] });
    const bucket = {
      name: 'other-cloud',
      bucket: 'gs://panda',
      home: null,
      export: { bucket: 's3://panda-exports', role: 'arn:aws:iam::111111111111:role/export', key: 'alias/farcopy' },
      lock: null,
      bytesPerSecond: null,
    };
    const { route } = policy();
    const far = route.slice(1);
    const refusals: [string, Partial<ProtectionPolicy>, RegExp][] = [
      ['documentdb-cluster', { route: far, singleStepCopy: true }, /cannot be copied there in one call: unset/],
      ['documentdb-cluster', { route: [...route, bucket] }, /cannot be exported to one; take it out/],
      ['neptune-cluster', { route: [...route, bucket] }, /cannot be exported to one; take it out/],
      ['aurora-cluster', { route: [...route, bucket] }, /AWS does not export snapshots of Aurora Serverless v1/],
    ];
    for (const [kind, changes, expected] of refusals) {
      const refused = planned(await only(kind), changes);
      await expect(refused).rejects.toThrow(expected);
      await expect(refused).rejects.toBeInstanceOf(RouteError);
    }
    await aws.control('PATCH', 'settings', { singleStepCopy: true });
    const graph = await only('neptune-cluster');
    await walk(graph, await planned(graph, { route: far, singleStepCopy: true }));
    expect(await copiesOf('neptune-cluster', vaultElsewhere)).toMatchObject([{ status: 'available' }]);
  });

  it('names the engine of an instance that AWS does not export', async () => {
    await plant({ rds: [{ id: 'oracle', engine: 'oracle-ee' }] });
    const { description } = kinds.of('rds-instance');
    const route = [...policy().route, { name: 'b', bucket: 'gs://b' }] as ProtectionPolicy['route'];
    const oracle = { ...(await only('rds-instance')), encryption: { type: 'none' } as const };
    expect(() => description.planBackup(oracle, policy({ route }), scheduledTime)).toThrow(
      /exports snapshots of mariadb, mysql, postgres only, and this one is of oracle-ee/,
    );
  });
});

describe('databases that cannot be copied', () => {
  const whyNot = (resource: Resource) => kinds.of(resource.kind).description.cannotCopy?.(resource) ?? null;
  const rest = (resource: Resource) => kinds.of(resource.kind).description.atRest?.(resource) ?? null;

  it('say so: Multi-AZ DB clusters', async () => {
    await plant({ multiAz: ['multi'] });
    expect(whyNot(await only('multi-az-cluster'))).toMatch(
      /does not copy snapshots of those, so no vault can keep one: make it an RDS instance with a standby/,
    );
  });

  it('say so: replicas of SQL Server, and only those', async () => {
    await plant({
      rds: [
        { id: 'koala', engine: 'sqlserver-ee' },
        { id: 'koala-copy', engine: 'sqlserver-ee', replicaOf: 'koala' },
        'panda',
        { id: 'panda-copy', replicaOf: 'panda' },
      ],
    });
    const found = await discovered('rds-instance');
    expect(found.map((resource) => [resource.id, whyNot(resource) !== null])).toEqual([
      ['koala', false],
      ['koala-copy', true],
      ['panda', false],
      ['panda-copy', false],
    ]);
    expect(whyNot(found[1] as Resource)).toMatch(/protect koala instead/);
  });

  it('are at rest while they are stopped', async () => {
    await plant({
      aurora: [{ id: 'panda', status: 'stopped' }],
      documentdb: [{ id: 'docs', status: 'stopped' }],
      rds: [{ id: 'koala', status: 'stopped' }],
    });
    for (const kind of ['aurora-cluster', 'documentdb-cluster', 'rds-instance']) {
      const resource = await only(kind);
      expect(whyNot(resource)).toBeNull();
      expect(rest(resource)).toEqual({
        reason: 'it is stopped, and AWS takes no snapshot of a stopped database',
        since: null,
      });
      // AWS tells when it will start it: seven days after it was stopped.
      const told = { ...resource, facts: { ...resource.facts, restartsAt: '2026-11-28T02:00:00.000Z' } };
      expect(rest(told)?.since).toBe('2026-11-21T02:00:00.000Z');
    }
  });

  it.each([
    ['inaccessible-encryption-credentials-recoverable', /enable the key/],
    ['inaccessible-encryption-credentials', /restore its last recovery point/],
    ['storage-full', /allocate more/],
    ['incompatible-parameters', /repair its parameter group/],
  ])('say what to do about %s', async (status, expected) => {
    await plant({ rds: ['koala'] });
    await changeStatus(aws.endpoint, (await only('rds-instance')).arn, status);
    expect(whyNot(await only('rds-instance'))).toMatch(expected);
  });

  it.each(['modifying', 'backing-up', 'upgrading', 'maintenance', 'rebooting', 'stopping', 'starting', 'constructor'])(
    'pass: %s',
    async (status) => {
      await plant({ aurora: ['panda'] });
      await changeStatus(aws.endpoint, (await only('aurora-cluster')).arn, status);
      const panda = await only('aurora-cluster');
      expect([whyNot(panda), rest(panda)]).toEqual([null, null]);
      const snapshot = kinds.copiesOf(panda.kind).snapshot({ resource: panda, marker: 'farcopy-1', tags: {} });
      await expect(snapshot).rejects.toMatchObject({ type: 'ResourceBusy' });
    },
  );
});

describe('topologies', () => {
  it('a headless secondary cluster of a global database is copied, and restored without instances', async () => {
    await plant({
      aurora: [
        { id: 'panda', global: { id: 'world', role: 'primary' } },
        { id: 'far', region: ownerElsewhere.region, instances: 0, global: { id: 'world', role: 'secondary' } },
      ],
    });
    const far = await only('aurora-cluster', ownerElsewhere);
    expect(far.facts).toMatchObject({
      globalCluster: 'world',
      replicaOf: expect.stringMatching(/:cluster:panda$/) as string,
    });
    const configuration = await configurationOf(far);
    await walk(far, await planned(far, { route: policy().route.slice(0, 1) }));
    const [copy] = await copiesOf('aurora-cluster', vaultElsewhere);
    if (copy === undefined) throw new Error('no copy');
    const { facts, plan } = await restored(far, copy, { ...vaultElsewhere, access: 'restore' }, configuration, {
      instances: 'writer',
    });
    expect(plan.differences).toEqual(
      expect.arrayContaining([
        'far was a secondary cluster of the global database world: the new cluster is a member of none',
        expect.stringMatching(/^far was a replica of .*: the new database replicates nothing/),
        'the cluster has no instances, so it cannot be reached until you create one',
      ]),
    );
    // Nothing can be read of storage alone: a drill does not try.
    expect(facts).toMatchObject({ answersSql: false, sql: null });
    const made = await clustersOf(rdsClient(access, vaultElsewhere));
    expect(made).toMatchObject({ DBClusterMembers: [], Status: 'available' });
    expect(made?.GlobalClusterIdentifier).toBeUndefined();
  });

  it('Serverless v2 keeps its range and its class', async () => {
    await plant({ aurora: [{ id: 'panda', serverlessV2: { min: 0.5, max: 8 } }] });
    const panda = await only('aurora-cluster');
    const configuration = await configurationOf(panda);
    await walk(panda, await planned(panda));
    const [copy] = await copiesOf('aurora-cluster', vault);
    if (copy === undefined) throw new Error('no copy');
    const { facts } = await restored(panda, copy, restoring, configuration);
    expect(facts.answersSql).toBe(true);
    const client = rdsClient(access, vault);
    expect(await clustersOf(client)).toMatchObject({
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 },
    });
    expect(await instancesOf(client)).toMatchObject([{ DBInstanceClass: 'db.serverless' }]);
    await expect(
      restored(panda, copy, restoring, null, { instanceClasses: ['db.serverless'] }, 'other'),
    ).rejects.toThrow(/need a range of capacity, and panda had none that is known/);
  });

  it('Serverless v1 is restored as provisioned, with a class that is asked for', async () => {
    await plant({ aurora: [{ id: 'old', serverlessV1: { min: 2, max: 8 } }] });
    const old = await only('aurora-cluster');
    expect(old.facts?.engineMode).toBe('serverless');
    const configuration = await configurationOf(old);
    await walk(old, await planned(old));
    const [copy] = await copiesOf('aurora-cluster', vault);
    if (copy === undefined) throw new Error('no copy');
    const { plan } = await restored(old, copy, restoring, configuration, { instanceClasses: ['db.r6g.large'] });
    expect(plan.differences).toContainEqual(expect.stringMatching(/was of Aurora Serverless v1.*provisioned/));
    const client = rdsClient(access, vault);
    expect(await clustersOf(client)).toMatchObject({ EngineMode: 'provisioned' });
    expect(await instancesOf(client)).toMatchObject([{ DBInstanceClass: 'db.r6g.large' }]);
  });

  it('a read replica is copied, and restored as an instance of its own', async () => {
    await plant({ rds: ['koala', { id: 'koala-copy', replicaOf: 'koala' }] });
    const replica = (await discovered('rds-instance')).find(({ id }) => id === 'koala-copy');
    if (replica === undefined) throw new Error('no replica');
    const configuration = await configurationOf(replica);
    expect(configuration).toMatchObject({ replicaOf: 'koala' });
    await walk(replica, await planned(replica));
    const [copy] = await copiesOf('rds-instance', vault);
    if (copy === undefined) throw new Error('no copy');
    const { plan } = await restored(replica, copy, restoring, configuration);
    expect(plan.differences).toContainEqual(
      'koala-copy was a replica of koala: the new database replicates nothing, and can be written to',
    );
    await expect(
      rdsClient(access, vault).send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'back' })),
    ).resolves.toBeDefined();
  });

  it('a Multi-AZ DB cluster is restored of its own snapshot, with instances that AWS makes and takes away', async () => {
    await plant({ multiAz: [{ id: 'multi', iops: 4000 }] });
    const multi = await only('multi-az-cluster');
    const configuration = await configurationOf(multi);
    const tags = { [copyTags.fleet]: fleet, [copyTags.dataTime]: scheduledTime };
    const copy = await kinds.copiesOf(multi.kind).snapshot({ resource: multi, marker: 'farcopy-1', tags });
    const home: Scope = { ...owner, access: 'source' };
    await restored(multi, { ...copy, tags: { ...copy.tags, [copyTags.place]: 'source' } }, home, configuration);
    const client = rdsClient(access, owner);
    expect(await clustersOf(client)).toMatchObject({
      Iops: 4000,
      DBClusterInstanceClass: expect.any(String) as string,
    });
    expect(await instancesOf(client)).toHaveLength(3);
    const { leftovers } = kinds.of(multi.kind);
    const remove = async () => leftovers?.remove({ type: 'database', id: 'back' }, home, ownership);
    await expect(remove()).rejects.toMatchObject({ type: 'NotReady' });
    await remove();
    expect(await discovered('multi-az-cluster')).toMatchObject([{ id: 'multi' }]);
  });
});
