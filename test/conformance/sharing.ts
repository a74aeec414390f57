/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { type CopyRef, type Scope } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type ResourceRef } from '../../src/core/resource';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type CopyOperations, type Sharing } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { type Conformance, type Encryption, tagsOf, worldForEach } from './kindWorld';
import { rejection } from './rejection';

/** Copies that another account may be let read, and pulls. */
export function describeSharing(conformance: Conformance): void {
  const { declared } = conformance;
  const can = (encryption: Encryption) => conformance.encryptions?.includes(encryption) !== false;
  const encrypted: Encryption = can('customer') ? 'customer' : 'none';

  describeAbility('sharing', declared.copies?.sharing !== undefined, () => {
    const here = worldForEach(conformance);
    const copies = (): CopyOperations => here.world.kinds.copiesOf(declared.description.name);
    const sharing = (): Sharing => {
      const { sharing: ability } = copies();
      if (ability === undefined) throw applicationFailure(failureTypes.invalidInput, 'declared, and not there');
      return ability;
    };
    const finished = async (copy: CopyRef, scope: Scope) => {
      await here.world.finish(copy);
      return copies().progress(copy, scope);
    };
    const snapshotOf = async (resource: ResourceRef, marker = 'farcopy-snap-1') =>
      finished(await copies().snapshot({ resource, marker, tags: tagsOf(resource) }), here.world.owner);
    const pull = (source: CopyRef, resource: ResourceRef, target: Scope, marker = 'farcopy-copy-1') =>
      copies().copy({
        source,
        target,
        marker,
        key: encrypted === 'none' ? null : here.world.key,
        tags: tagsOf(resource),
      });

    it('lets another account pull a copy under its own key, and not before', async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      const snapshot = await snapshotOf(resource);
      const early = await rejection(pull(snapshot, resource, here.world.vault));
      expect(early).toMatchObject({ type: failureTypes.configuration, retried: false });

      const { account, region } = here.world.vault;
      await sharing().share(snapshot, here.world.owner, account);
      await sharing().share(snapshot, here.world.owner, account);
      const started = await pull(snapshot, resource, here.world.vault);
      expect(started).toMatchObject({ account, region, status: 'in-progress' });
      const done = await finished(started, here.world.vault);
      expect(done).toMatchObject({ status: 'available', sizeGiB: snapshot.sizeGiB });
      expect(done.tags).toMatchObject(tagsOf(resource));
      if (encrypted !== 'none') expect(done.keyArn).toContain(`:kms:${region}:${account}:key/`);
    });

    it('is taken back for good, and taking it back twice is fine', async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      const snapshot = await snapshotOf(resource);
      const { owner, vault } = here.world;
      expect(await sharing().sharedWith(snapshot, owner)).toEqual([]);
      await sharing().share(snapshot, owner, vault.account);
      expect(await sharing().sharedWith(snapshot, owner)).toEqual([vault.account]);
      await sharing().unshare(snapshot, owner, vault.account);
      await sharing().unshare(snapshot, owner, vault.account);
      expect(await sharing().sharedWith(snapshot, owner)).toEqual([]);
      expect(await rejection(pull(snapshot, resource, vault))).toMatchObject({
        type: failureTypes.configuration,
        retried: false,
      });
      await copies().delete(snapshot, owner);
      await expect(sharing().unshare(snapshot, owner, vault.account)).resolves.toBeUndefined();
      expect(await sharing().sharedWith(snapshot, owner)).toEqual([]);
    });

    it('waits for a copy that is not whole yet: busy', async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      const running = await copies().snapshot({ resource, marker: 'farcopy-snap-1', tags: tagsOf(resource) });
      const attempt = sharing().share(running, here.world.owner, here.world.vault.account);
      expect(await rejection(attempt)).toMatchObject({ type: failureTypes.busy, retried: true });
    });

    it('lets what was pulled go on to another region under that region’s key', async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      const snapshot = await snapshotOf(resource);
      const { owner, vault, vaultElsewhere } = here.world;
      await sharing().share(snapshot, owner, vault.account);
      const inVault = await finished(await pull(snapshot, resource, vault), vault);
      const done = await finished(await pull(inVault, resource, vaultElsewhere), vaultElsewhere);
      expect(done).toMatchObject({ status: 'available', sourceArn: inVault.arn, region: vaultElsewhere.region });
      if (encrypted !== 'none') expect(done.keyArn).toContain(`:kms:${vaultElsewhere.region}:${vault.account}:key/`);
    });

    describeAbility('of what is encrypted', can('customer'), () => {
      const itIf = (has: boolean) => (has ? it : it.skip);

      itIf(can('default'))('cannot be under the default key, but can after a copy under a customer key', async () => {
        const resource = await here.world.addResource('panda-1', 'default');
        const snapshot = await snapshotOf(resource);
        const { owner, vault } = here.world;
        const refused = await rejection(sharing().share(snapshot, owner, vault.account));
        expect(refused).toMatchObject({ type: failureTypes.configuration, retried: false });
        expect(refused.message).toContain('default key');

        const shareable = await finished(await pull(snapshot, resource, owner), owner);
        await sharing().share(shareable, owner, vault.account);
        await expect(pull(shareable, resource, vault)).resolves.toMatchObject({ status: 'in-progress' });
      });

      itIf(can('forbidden'))('fails under a key that forbids the vault, with role, action and key', async () => {
        const resource = await here.world.addResource('panda-1', 'forbidden');
        const snapshot = await snapshotOf(resource);
        await sharing().share(snapshot, here.world.owner, here.world.vault.account);
        const refused = await rejection(pull(snapshot, resource, here.world.vault));
        expect(refused).toMatchObject({ type: failureTypes.configuration, retried: false });
        for (const words of ['the vault role may not', 'kms:CreateGrant', snapshot.keyArn ?? ''])
          expect(refused.message).toContain(words);
      });
    });
  });
}
