/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { type Copy, copyTags, type CopyRef, noHold, type Scope } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type ResourceRef } from '../../src/core/resource';
import { type CopyOperations } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { collect, type Conformance, type Encryption, tagsOf, worldForEach } from './kindWorld';
import { rejection } from './rejection';

/** Copies that the service itself keeps, and that its own account makes. */
export function describeCopies(conformance: Conformance): void {
  const { declared } = conformance;
  const { names, encryptsPlainOnCopy } = declared.description.capabilities;
  const encrypted: Encryption = conformance.encryptions?.includes('customer') === false ? 'none' : 'customer';
  const hasKeys = encrypted === 'customer';

  describeAbility('copies in the service', declared.copies !== undefined, () => {
    const here = worldForEach(conformance);
    const copies = (): CopyOperations => here.world.kinds.copiesOf(declared.description.name);
    const key = () => (hasKeys ? here.world.key : null);
    const startSnapshot = (resource: ResourceRef, marker = 'farcopy-snap-1', recoveryPoint?: string) =>
      copies().snapshot({ resource, marker, tags: tagsOf(resource, recoveryPoint) });
    const finished = async (copy: CopyRef, scope: Scope) => {
      await here.world.finish(copy);
      return copies().progress(copy, scope);
    };
    const availableSnapshot = async (resource: ResourceRef, marker = 'farcopy-snap-1') =>
      finished(await startSnapshot(resource, marker), here.world.owner);
    const startCopy = (
      source: CopyRef,
      resource: ResourceRef,
      marker = 'farcopy-copy-1',
      target = here.world.ownerElsewhere,
    ) => copies().copy({ source, target, marker, key: key(), tags: tagsOf(resource) });
    const isGone = async (copy: CopyRef, scope: Scope) =>
      expect(await rejection(copies().progress(copy, scope))).toMatchObject({
        type: failureTypes.notFound,
        retried: false,
      });

    describe('a snapshot', () => {
      it('starts in progress, with its tags, and becomes available', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const started = await startSnapshot(resource);
        const { account, region } = here.world.owner;
        expect(started).toMatchObject({ account, region, status: 'in-progress', sourceArn: null, manual: true });
        expect(started.tags).toMatchObject(tagsOf(resource));
        if (names === 'chosen') expect(started.id).toBe('farcopy-snap-1');

        const done = await finished(started, here.world.owner);
        expect(done).toMatchObject({ id: started.id, arn: started.arn, status: 'available', percent: 100 });
        expect(Date.parse(done.createdAt ?? '')).not.toBeNaN();
        expect(done.keyArn === null).toBe(!hasKeys);
      });

      it('is found by its marker, from its beginning on, and nothing is where there is none', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const started = await startSnapshot(resource);
        expect(await copies().find('farcopy-snap-1', here.world.owner)).toMatchObject({
          id: started.id,
          arn: started.arn,
        });
        expect(await copies().find('farcopy-snap-9', here.world.owner)).toBeNull();
        expect(await copies().find('farcopy-snap-1', here.world.ownerElsewhere)).toBeNull();
      });

      it('fills the stock of its account and region, where the service tells of one', async () => {
        const { stock } = copies();
        const level = async () => (await stock?.(here.world.owner)) ?? { used: 0, capacity: 1 };
        const { used, capacity } = await level();
        expect(capacity).toBeGreaterThan(used);
        await startSnapshot(await here.world.addResource('panda-1', encrypted));
        expect(await level()).toEqual({ used: used + (stock === undefined ? 0 : 1), capacity });
      });

      it('started twice is one snapshot', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const first = await startSnapshot(resource);
        const second = await startSnapshot(resource);
        expect(second.arn).toBe(first.arn);
        expect(await collect(copies().list(here.world.owner))).toHaveLength(1);
      });

      it('whose answer was lost is found again by its marker: no twins', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        await here.world.loseAnswer('snapshot');
        expect(await rejection(startSnapshot(resource))).toMatchObject({ retried: true });
        const again = await startSnapshot(resource);
        expect(await collect(copies().list(here.world.owner))).toMatchObject([{ arn: again.arn }]);
      });

      it('is not adopted from another resource or another recovery point', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const other = await here.world.addResource('panda-2', encrypted);
        await startSnapshot(resource);
        for (const [of, recoveryPoint] of [
          [other, 'rp-1'],
          [resource, 'rp-2'],
        ] as const)
          expect(await rejection(startSnapshot(of, 'farcopy-snap-1', recoveryPoint))).toMatchObject({
            type: failureTypes.conflict,
            retried: false,
          });
      });

      it('that failed is made anew', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const failed = await startSnapshot(resource);
        await here.world.fail(failed);
        expect((await copies().progress(failed, here.world.owner)).status).toBe('failed');
        expect((await startSnapshot(resource)).status).toBe('in-progress');
      });

      it('of a resource that does not exist is NotFound', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const attempt = startSnapshot({ ...resource, id: 'panda-9', arn: resource.arn.replace('panda-1', 'panda-9') });
        expect(await rejection(attempt)).toMatchObject({ type: failureTypes.notFound, retried: false });
      });

      it('is cancelled while it runs, left alone once available, and cancelling twice is fine', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const running = await startSnapshot(resource, 'farcopy-snap-1');
        await copies().cancel(running, here.world.owner);
        await copies().cancel(running, here.world.owner);
        await isGone(running, here.world.owner);

        const done = await availableSnapshot(resource, 'farcopy-snap-2');
        await copies().cancel(done, here.world.owner);
        expect((await copies().progress(done, here.world.owner)).status).toBe('available');
      });

      it('that failed is removed by cancelling it', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const failed = await startSnapshot(resource);
        await here.world.fail(failed);
        await copies().cancel(failed, here.world.owner);
        await isGone(failed, here.world.owner);
      });

      it('of someone else is not cancelled', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const foreign = await copies().snapshot({ resource, marker: 'foreign-1', tags: { owner: 'someone' } });
        expect(await rejection(copies().cancel(foreign, here.world.owner))).toMatchObject({
          type: failureTypes.conflict,
        });
      });

      it.each([
        ['was proven once', { [copyTags.verified]: 'exists 2026-11-21T02:30:00Z' }],
        ['is held', { [copyTags.hold]: 'legal' }],
      ])('that %s is not cancelled, whatever its status says now', async (_, tags) => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const failed = await startSnapshot(resource);
        await copies().tag(failed, here.world.owner, tags);
        await here.world.fail(failed);
        await copies().cancel(failed, here.world.owner);
        expect((await copies().progress(failed, here.world.owner)).status).toBe('failed');
      });

      it('is deleted, and deleting it again is fine', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const done = await availableSnapshot(resource);
        await copies().delete(done, here.world.owner);
        await copies().delete(done, here.world.owner);
        await isGone(done, here.world.owner);
      });

      it('takes further tags, overwriting equal ones', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const done = await availableSnapshot(resource);
        const more = { [copyTags.verified]: 'exists now', [copyTags.recoveryPoint]: 'rp-9', [copyTags.hold]: noHold };
        await copies().tag(done, here.world.owner, more);
        const { tags } = await copies().progress(done, here.world.owner);
        expect(tags).toMatchObject({ ...tagsOf(resource), ...more });
      });
    });

    describe('many snapshots', () => {
      const count = conformance.moreThanAPage ?? 105;

      it('are all listed, beyond the first page', async () => {
        await here.world.setStock(500);
        for (const { name } of declared.description.limits) await here.world.setCapacity(here.world.owner, name, 500);
        const resource = await here.world.addResource('panda-1', 'none');
        const arns: string[] = [];
        for (let i = 0; i < count; i += 1) arns.push((await startSnapshot(resource, `farcopy-snap-${i}`)).arn);
        const listed = await collect(copies().list(here.world.owner));
        expect(listed.map(({ arn }) => arn).sort()).toEqual(arns.sort());
        expect(listed.every(({ tags }) => tags[copyTags.resource] === resource.arn)).toBe(true);
      });

      it('asked for together each get their own answer', async () => {
        const resource = await here.world.addResource('panda-1', 'none');
        const one = await startSnapshot(resource, 'farcopy-snap-a');
        const two = await startSnapshot(resource, 'farcopy-snap-b');
        const gone = await startSnapshot(resource, 'farcopy-snap-c');
        await copies().delete(gone, here.world.owner);
        const [a, b, c] = await Promise.allSettled(
          [one, two, gone].map((copy) => copies().progress(copy, here.world.owner)),
        );
        expect(a).toMatchObject({ value: { arn: one.arn } });
        expect(b).toMatchObject({ value: { arn: two.arn } });
        expect(c).toMatchObject({ reason: { type: failureTypes.notFound } });
      });
    });

    describe('a copy', () => {
      it('is made in another region, under that region’s key', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const snapshot = await availableSnapshot(resource);
        const started = await startCopy(snapshot, resource);
        const { account, region } = here.world.ownerElsewhere;
        expect(started).toMatchObject({ account, region, status: 'in-progress' });
        const done = await finished(started, here.world.ownerElsewhere);
        expect(done).toMatchObject({ status: 'available', sourceArn: snapshot.arn, sizeGiB: snapshot.sizeGiB });
        expect(done.tags).toMatchObject(tagsOf(resource));
        if (hasKeys) expect(done.keyArn).toContain(`:${region}:${account}:key/`);
      });

      it('started twice is one copy, and one of another source is a conflict', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const [one, two] = [
          await availableSnapshot(resource, 'farcopy-snap-1'),
          await availableSnapshot(resource, 'farcopy-snap-2'),
        ];
        const first = await startCopy(one, resource);
        expect((await startCopy(one, resource)).arn).toBe(first.arn);
        expect(await rejection(startCopy(two, resource))).toMatchObject({
          type: failureTypes.conflict,
          retried: false,
        });
      });

      it('whose answer was lost is found again by its marker: no twins', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const snapshot = await availableSnapshot(resource);
        await here.world.loseAnswer('copy');
        expect(await rejection(startCopy(snapshot, resource))).toMatchObject({ retried: true });
        const again = await startCopy(snapshot, resource);
        expect(await collect(copies().list(here.world.ownerElsewhere))).toMatchObject([{ arn: again.arn }]);
      });

      it('of a source that is not available yet waits: busy', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const running = await startSnapshot(resource);
        expect(await rejection(startCopy(running, resource))).toMatchObject({ type: failureTypes.busy, retried: true });
      });

      it('fails when its source is deleted under it', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const snapshot = await availableSnapshot(resource);
        const running = await startCopy(snapshot, resource);
        await copies().delete(snapshot, here.world.owner);
        expect((await copies().progress(running, here.world.ownerElsewhere)).status).toBe('failed');
      });

      it('is cancelled while it runs, and its source stays', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const snapshot = await availableSnapshot(resource);
        const running = await startCopy(snapshot, resource);
        await copies().cancel(running, here.world.ownerElsewhere);
        await isGone(running, here.world.ownerElsewhere);
        expect((await copies().progress(snapshot, here.world.owner)).status).toBe('available');
      });
    });

    describeAbility('encryption', hasKeys, () => {
      const copy = (source: Copy, resource: ResourceRef, withKey: string | null, target = here.world.ownerElsewhere) =>
        copies().copy({ source, target, marker: 'farcopy-copy-1', key: withKey, tags: tagsOf(resource) });

      it('needs a key for an encrypted copy in another region', async () => {
        const resource = await here.world.addResource('panda-1', 'customer');
        const snapshot = await availableSnapshot(resource);
        expect(await rejection(copy(snapshot, resource, null))).toMatchObject({ retried: false });
      });

      it('of a plain resource follows the capability of its kind', async () => {
        const resource = await here.world.addResource('panda-1', 'none');
        const snapshot = await availableSnapshot(resource);
        expect(snapshot.keyArn).toBeNull();
        const withKey = copy(snapshot, resource, here.world.key);
        if (encryptsPlainOnCopy) expect((await withKey).keyArn).toContain(':key/');
        else {
          expect(await rejection(withKey)).toMatchObject({ type: failureTypes.invalidInput, retried: false });
          expect((await copy(snapshot, resource, null)).keyArn).toBeNull();
        }
      });
    });
  });
}
