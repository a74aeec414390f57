import { type Scope } from '../../../../src/core/catalogue/copy';
import { type ResourceKind } from '../../../../src/core/resource';
import { knownKinds } from '../../../../src/kinds/registry';
import { type Conformance, type KindWorld } from '../../../conformance/kindWorld';
import { awsError, FakeCloud } from '../../../fakes/cloud';

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const elsewhere = 'eu-central-1';

/** A kind of RDS on the fake cloud. */
export function fakeConformance(kind: ResourceKind): Conformance {
  return {
    name: `the fake ${kind}`,
    declared: new FakeCloud().kind(kind),
    makeWorld: () => fakeWorld(kind),
    encryptions: ['none', 'default', 'customer', 'forbidden'],
  };
}

async function fakeWorld(kind: ResourceKind): Promise<KindWorld> {
  let stock = 100;
  const capacities = new Map<string, number>();
  const cloud = new FakeCloud({
    now: () => Date.UTC(2026, 10, 21, 2),
    duration: () => Infinity,
    restoreDuration: () => Infinity,
    stock: () => stock,
    capacity: ({ account, region, limit }) =>
      capacities.get([account, region, limit].join()) ??
      knownKinds.limits.find(({ name }) => name === limit)?.capacity ??
      1,
  });
  cloud.forbidKey(owner, 'alias/private', vault.account);
  const { account, region } = owner;
  return {
    kinds: cloud.kinds(),
    owner,
    ownerElsewhere: { ...owner, region: elsewhere },
    vault,
    vaultElsewhere: { ...vault, region: elsewhere },
    key: 'alias/farcopy',
    addResource: async (id, encryption) =>
      cloud.addResource({
        ...{ kind, account, region, id, tags: { backup: 'true' } },
        ...(encryption === 'forbidden' ? { encryption: 'customer', key: 'alias/private' } : { encryption }),
      }),
    setCapacity: async (scope, limit, capacity) =>
      void capacities.set([scope.account, scope.region, limit].join(), capacity),
    setStock: async (count) => void (stock = count),
    finish: async (made) => cloud.finish(made),
    fail: async (copy) => cloud.fail(copy),
    loseAnswer: async (call) =>
      cloud.fault({ call, afterCommit: true, failure: () => awsError('InternalFailure', 'lost answer', 500) }),
    lacks: (name) => void cloud.missingIn(owner).add(name),
    close: async () => undefined,
  };
}
