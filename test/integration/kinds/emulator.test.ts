import { resourceKinds, type ResourceKind, type ResourceRef } from '../../../src/core/resource';
import { type CopyRef } from '../../../src/core/catalogue/copy';
import { providers } from '../../../src/kinds/registry';
import { describeResourceProvider, type ProviderFixture } from '../../conformance/resourceProvider';
import { owner, startEmulatedAws, vault, vaultElsewhere, type EmulatedAws } from './emulatedAws';

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

async function emulatorFixture(kind: ResourceKind): Promise<ProviderFixture> {
  await aws.reset();
  const access = aws.access();
  const aurora = kind === 'aurora-cluster';
  return {
    provider: providers(access).of(kind),
    owner,
    vault,
    vaultElsewhere,
    key: 'alias/farcopy',
    addResource: async (id, encryption): Promise<ResourceRef> => {
      const { account, region } = owner;
      const engine = aurora ? 'aurora-postgresql' : 'postgres';
      const resource = { kind, account, region, id, sizeGiB: 20, engine, tags: { backup: 'true' } };
      await aws.seed({ resources: [{ ...resource, ...encryptions[encryption] }] });
      return { kind, account, region, id, arn: `arn:aws:rds:${region}:${account}:${aurora ? 'cluster' : 'db'}:${id}` };
    },
    setCapacity: async ({ account, region }, limit, capacity) =>
      void (await aws.control('PATCH', 'settings', { limitOverrides: [{ account, region, limit, capacity }] })),
    setStock: async (count) => {
      const limits = { 'manual-cluster-snapshots': count, 'manual-instance-snapshots': count };
      await aws.control('PATCH', 'settings', { limits });
    },
    finish: async ({ arn }: CopyRef) => void (await aws.control('POST', 'operations/finish', { arn })),
    fail: async ({ arn }: CopyRef) => void (await aws.control('POST', 'operations/fail', { arn })),
    // An instance that is created is there at once, and no operation of the emulator's.
    finishRestore: async ({ arn }) =>
      void (await aws.control('POST', 'operations/finish', { arn }).catch((error: unknown) => {
        if (!/not|no /i.test(String(error))) throw error;
      })),
    close: async () => access.close(),
  };
}

for (const kind of resourceKinds) describeResourceProvider(`${kind} on the AWS emulator`, () => emulatorFixture(kind));
