/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypeOf, failureTypes } from '../../src/core/failure';
import { isOwned } from '../../src/core/restore/restoreOwnership';
import { type LeftoverAbility, type ThingRef } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { collect, type Conformance, isNamed, worldForEach } from './kindWorld';
import { copyOf, ofAnother, ownership, restoreOf } from './restoring';

const mostTries = 50;

/** What a terminated drill leaves behind, found by its tags. */
export function describeLeftovers(conformance: Conformance): void {
  const { declared } = conformance;
  const has = declared.leftovers !== undefined && declared.restore !== undefined && declared.copies !== undefined;

  describeAbility('what is left behind', has, () => {
    const here = worldForEach(conformance);
    const ability = (): LeftoverAbility => {
      const { leftovers } = here.kind;
      if (leftovers === undefined) throw applicationFailure(failureTypes.invalidInput, 'declared, and not there');
      return leftovers;
    };
    const restored = async () => {
      const resource = await here.world.addResource('panda-1', 'none');
      await (await restoreOf(here, resource, await copyOf(here, resource))).to();
    };
    const owned = async () =>
      (await collect(ability().list(here.world.owner))).filter(({ tags }) => isOwned(tags, ownership));
    /** As the sweeper does it: again until nothing is left. */
    const remove = async (thing: ThingRef, tags: Readonly<Record<string, string>>) => {
      for (let tries = 0; tries < mostTries; tries += 1)
        try {
          return await ability().remove(thing, here.world.owner, tags);
        } catch (error) {
          if (failureTypeOf(error) !== failureTypes.notReady) throw error;
        }
      throw new Error(`${thing.id} never goes`);
    };

    it('is listed with its tags, whoever made it', async () => {
      await restored();
      const all = await collect(ability().list(here.world.owner));
      expect(all.find(({ id, isRestored }) => isRestored && id === 'panda-2')?.tags).toMatchObject(ownership);
      expect(all.find((one) => isNamed(here.world, one, 'panda-1'))?.tags).toMatchObject({ backup: 'true' });
      expect(all.every(({ title }) => title !== '')).toBe(true);
    });

    it('is removed by its tags, again and again, and what has others stays', async () => {
      await restored();
      const [thing] = await owned();
      await remove(thing!, ofAnother);
      expect(await owned()).toContainEqual(thing);
      for (const one of await owned()) {
        await remove(one, ownership);
        await remove(one, ownership);
      }
      expect(await owned()).toEqual([]);
      const left = await collect(here.kind.discover(here.world.owner));
      expect(left.map((one) => isNamed(here.world, one, 'panda-1'))).toEqual([true]);
    });

    it('is not protected from deletion unless someone says so, nor where it is gone', async () => {
      await restored();
      for (const thing of await owned()) expect(await ability().isProtected(thing, here.world.owner)).toBe(false);
      const [thing] = await owned();
      expect(await ability().isProtected({ ...thing!, id: 'panda-9' }, here.world.owner)).toBe(false);
    });
  });
}
