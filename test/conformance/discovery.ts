/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { failureTypes } from '../../src/core/failure';
import { collect, type Conformance, type Encryption, isNamed, worldForEach } from './kindWorld';
import { rejection } from './rejection';

/** Core: resources are found and described. */
export function describeDiscovery(conformance: Conformance): void {
  describe('resources', () => {
    const here = worldForEach(conformance);
    const all: readonly Encryption[] = conformance.encryptions ?? ['none', 'default', 'customer'];
    const encryptions = all.filter((one) => one !== 'forbidden');

    it('are discovered with their tags and where they lie', async () => {
      const resource = await here.world.addResource('panda-1', encryptions.at(-1) ?? 'none');
      const all = await collect(here.kind.discover(here.world.owner));
      const found = all.find((one) => isNamed(here.world, one, 'panda-1'));
      expect(found).toMatchObject({ ...resource, tags: { backup: 'true' } });
      expect(await collect(here.kind.discover(here.world.vault))).toEqual([]);
    });

    it('are described by name, and not found when there are none', async () => {
      const resource = await here.world.addResource('panda-1', 'none');
      await expect(here.kind.describe(resource, here.world.owner)).resolves.toMatchObject({
        ...resource,
        keyArn: null,
      });
      const missing = { ...resource, id: 'panda-9', arn: resource.arn.replace('panda-1', 'panda-9') };
      const refused = await rejection(here.kind.describe(missing, here.world.owner));
      expect(refused).toMatchObject({ type: failureTypes.notFound, retried: false });
    });

    it('are named by ARNs that say what they are', async () => {
      const { arn, account, region, id } = await here.world.addResource('panda-1', 'none');
      expect(here.kind.description.ofArn(arn)).toEqual({ account, region, id });
    });

    it.each(encryptions)('tell their encryption: %s', async (encryption) => {
      const resource = await here.world.addResource('panda-1', encryption);
      const described = await here.kind.describe(resource, here.world.owner);
      await expect(here.kind.encryption(described, here.world.owner)).resolves.toMatchObject({ type: encryption });
    });
  });
}
