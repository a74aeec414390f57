import { AwsKeys } from '../../../src/clouds/aws/keys';
import { type ResourceKind, type ResourceRef } from '../../../src/core/resource';
import { connectKinds, kinds, knownKinds } from '../../../src/kinds/registry';
import { describeKind } from '../../conformance/kind';
import { type Conformance, type KindWorld, type LosableCall } from '../../conformance/kindWorld';
import { describeRdsDatabases } from '../../conformance/rdsDatabases';
import { FakeCloud } from '../../fakes/cloud';
import { type EmulatedAws, owner, ownerElsewhere, startEmulatedAws, vault, vaultElsewhere } from './emulatedAws';

let aws: EmulatedAws;
beforeAll(async () => void (aws = await startEmulatedAws()), 300_000);
afterAll(() => aws.stop());

/** How the emulator's seed says it. */
const encryptions = {
  none: { encryption: 'none' },
  default: { encryption: 'default' },
  customer: { encryption: 'cmk' },
  forbidden: { encryption: 'cmk', key: 'alias/private' },
} as const;

const isInstance = (kind: ResourceKind) => kind === 'rds-instance';

function actionsOf(kind: ResourceKind): Readonly<Record<LosableCall, string>> {
  const noun = isInstance(kind) ? 'DBSnapshot' : 'DBClusterSnapshot';
  return {
    snapshot: `Create${noun}`,
    copy: `Copy${noun}`,
    restore: isInstance(kind) ? 'RestoreDBInstanceFromDBSnapshot' : 'RestoreDBClusterFromSnapshot',
  };
}

async function emulatedWorld(kind: ResourceKind): Promise<KindWorld> {
  await aws.reset();
  // The SDK's own tries would find what a try whose answer was lost has made.
  const access = aws.access({ maxAttempts: 1 });
  const limitOverrides: object[] = [];
  return {
    kinds: connectKinds(kinds, { access, keys: new AwsKeys(access) }),
    owner,
    ownerElsewhere,
    vault,
    vaultElsewhere,
    key: 'alias/farcopy',
    addResource: async (id, encryption): Promise<ResourceRef> => {
      const { account, region } = owner;
      // Of the kind's engine, but of clusters of Aurora: those of PostgreSQL.
      const engine = kind === 'aurora-cluster' ? { engine: 'aurora-postgresql' } : {};
      const resource = { kind, account, region, id, sizeGiB: 20, tags: { backup: 'true' }, ...engine };
      await aws.seed({ resources: [{ ...resource, ...encryptions[encryption] }] });
      const type = isInstance(kind) ? 'db' : 'cluster';
      return { kind, account, region, id, arn: `arn:aws:rds:${region}:${account}:${type}:${id}` };
    },
    setCapacity: async ({ account, region }, limit, capacity) => {
      limitOverrides.push({ account, region, limit, capacity });
      await aws.control('PATCH', 'settings', { limitOverrides });
    },
    setStock: async (count) => {
      const stocks = ['cluster', 'instance', 'documentdb-cluster', 'neptune-cluster'];
      const limits = Object.fromEntries(stocks.map((of) => [`manual-${of}-snapshots`, count]));
      await aws.control('PATCH', 'settings', { limits });
    },
    // An instance that is created is there at once, and no operation of the emulator's.
    finish: async ({ arn }) =>
      void (await aws.control('POST', 'operations/finish', { arn }).catch((error: unknown) => {
        if (!/not|no /i.test(String(error))) throw error;
      })),
    fail: async ({ arn }) => void (await aws.control('POST', 'operations/fail', { arn })),
    loseAnswer: async (call) => {
      const fault = { type: 'error-after-commit' };
      await aws.control('POST', 'faults', { match: { action: actionsOf(kind)[call] }, fault, times: 1 });
    },
    close: async () => access.close(),
  };
}

// AWS makes no copies of the others.
for (const { name } of knownKinds.all.filter(({ limits }) => limits.length > 0)) {
  const conformance: Conformance = {
    name: `${name} on the AWS emulator`,
    declared: new FakeCloud().kind(name),
    makeWorld: () => emulatedWorld(name),
    encryptions: ['none', 'default', 'customer', 'forbidden'],
  };
  describeKind(conformance);
  describeRdsDatabases(conformance);
}
