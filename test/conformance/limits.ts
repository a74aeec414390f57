/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { type CopyRef } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type LimitName } from '../../src/core/limits/limit';
import { type ResourceRef } from '../../src/core/resource';
import { type CopyOperations } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { type Conformance, type Encryption, tagsOf, worldForEach } from './kindWorld';
import { plannedSteps } from './plannedSteps';
import { rejection } from './rejection';

/** Service limits: what is one too many waits, what is in flight is told by its marker, and an end frees a slot. */
export function describeLimits(conformance: Conformance): void {
  const { declared } = conformance;
  const encrypted: Encryption = conformance.encryptions?.includes('customer') === false ? 'none' : 'customer';
  const limitOf = (type: string, crossing: boolean): LimitName | null =>
    plannedSteps(declared.description, crossing).find((step) => step.type === type && step.limit !== null)?.limit
      ?.limit ?? null;
  const ofSnapshots = declared.copies === undefined ? null : limitOf('snapshot', false);
  const ofCopies = declared.copies === undefined ? null : limitOf('copy', true);
  const ofCopiesHere = declared.copies === undefined ? null : limitOf('copy', false);

  describe('service limits', () => {
    const here = worldForEach(conformance);
    const copies = (): CopyOperations => here.world.kinds.copiesOf(declared.description.name);
    const start = (resource: ResourceRef, marker: string) =>
      copies().snapshot({ resource, marker, tags: tagsOf(resource) });
    const inFlight = async (scope: typeof here.world.owner, limit: LimitName) =>
      [...(await here.kind.inFlight(scope, limit))].sort();

    it('of another kind are refused as input', async () => {
      expect(await rejection(here.kind.inFlight(here.world.owner, 'limit-of-nobody'))).toMatchObject({
        type: failureTypes.invalidInput,
      });
    });

    it('tell nothing in flight where nothing is', async () => {
      for (const { name } of declared.description.limits)
        expect(await here.kind.inFlight(here.world.owner, name)).toEqual([]);
    });

    describeAbility('on snapshots in progress', ofSnapshots !== null, () => {
      const limit = ofSnapshots ?? '';

      it('make the one too many wait, tell by the markers what is in flight, and an end frees the slot', async () => {
        await here.world.setCapacity(here.world.owner, limit, 2);
        const resource = await here.world.addResource('panda-1', encrypted);
        const one = await start(resource, 'farcopy-snap-1');
        await start(resource, 'farcopy-snap-2');
        expect(await rejection(start(resource, 'farcopy-snap-3'))).toMatchObject({
          type: failureTypes.limitReached,
          retried: true,
        });
        expect(await inFlight(here.world.owner, limit)).toEqual(['farcopy-snap-1', 'farcopy-snap-2']);

        await here.world.finish(one);
        expect(await inFlight(here.world.owner, limit)).toEqual(['farcopy-snap-2']);
        await expect(start(resource, 'farcopy-snap-3')).resolves.toMatchObject({ status: 'in-progress' });
      });

      it('on the stock of snapshots are no waiting matter', async () => {
        await here.world.setStock(1);
        const resource = await here.world.addResource('panda-1', encrypted);
        await here.world.finish(await start(resource, 'farcopy-snap-1'));
        expect(await rejection(start(resource, 'farcopy-snap-2'))).toMatchObject({
          type: failureTypes.stockExhausted,
          retried: false,
        });
      });
    });

    describeAbility('on copies across regions', ofCopies !== null, () => {
      const limit = ofCopies ?? '';
      const copyTo = (source: CopyRef, resource: ResourceRef, target: typeof here.world.owner, marker: string) =>
        copies().copy({
          source,
          target,
          marker,
          key: encrypted === 'none' ? null : here.world.key,
          tags: tagsOf(resource),
        });

      it('count in the destination, and copies inside a region only where those have the same limit', async () => {
        const { owner, ownerElsewhere } = here.world;
        await here.world.setCapacity(ownerElsewhere, limit, 1);
        const resource = await here.world.addResource('panda-1', encrypted);
        const snapshot = await start(resource, 'farcopy-snap-1');
        await here.world.finish(snapshot);
        const sameRegion = await copyTo(snapshot, resource, owner, 'farcopy-again-1');
        expect(sameRegion.status).toBe('in-progress');
        expect(await inFlight(owner, limit)).toEqual(limit === ofCopiesHere ? ['farcopy-again-1'] : []);

        await copyTo(snapshot, resource, ownerElsewhere, 'farcopy-copy-1');
        expect(await rejection(copyTo(snapshot, resource, ownerElsewhere, 'farcopy-copy-2'))).toMatchObject({
          type: failureTypes.limitReached,
        });
        expect(await inFlight(ownerElsewhere, limit)).toEqual(['farcopy-copy-1']);
        if (ofSnapshots !== null && ofSnapshots !== limit)
          expect(await inFlight(ownerElsewhere, ofSnapshots)).toEqual([]);
      });
    });
  });
}
