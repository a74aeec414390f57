/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { failureTypes } from '../../src/core/failure';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type BundleAbility } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { type Conformance, worldForEach } from './kindWorld';

/** What is written beside copies in buckets. */
export function describeBundle(conformance: Conformance): void {
  describeAbility('a recovery bundle', conformance.declared.bundle !== undefined, () => {
    const here = worldForEach(conformance);
    const ability = (): BundleAbility => {
      const { bundle } = here.kind;
      if (bundle === undefined) throw applicationFailure(failureTypes.invalidInput, 'declared, and not there');
      return bundle;
    };
    const { signal } = new AbortController();

    it('tells how the resource is set up, as a restore reads it', async () => {
      const resource = await here.world.addResource('panda-1', 'none');
      const collected = await ability().collect(resource, here.world.owner, null, 1, signal);
      expect(collected?.notes).toEqual([]);
      const told = await here.kind.restore?.configuration(resource, here.world.owner);
      if (told !== undefined) expect(collected?.configuration).toEqual(told);
    });

    it('is none where the resource is gone', async () => {
      const resource = await here.world.addResource('panda-1', 'none');
      const missing = { ...resource, id: 'panda-9', arn: resource.arn.replace('panda-1', 'panda-9') };
      expect(await ability().collect(missing, here.world.owner, null, 1, signal)).toBeNull();
    });
  });
}
