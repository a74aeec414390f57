/* eslint-disable jest/no-export -- a suite, run by the test files of each provider */
import { ApplicationFailure } from '@temporalio/common';
import { copyTags, type Copy, type CopyRef, type Scope } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type LimitName } from '../../src/core/limits/limit';
import { type ResourceRef } from '../../src/core/resource';
import { planDatabase } from '../../src/core/restore/restorePlan';
import { type ResourceProvider } from '../../src/kinds/resourceProvider';

/** A world of its own for one test: nothing in it ends by itself. */
export interface ProviderFixture {
  readonly provider: ResourceProvider;
  /** The account that owns the resources. */
  readonly owner: Scope;
  /** Another account, same region. */
  readonly vault: Scope;
  /** That account in another region. */
  readonly vaultElsewhere: Scope;
  /** Alias of a key that every scope has, and that the vault may use wherever it is. */
  readonly key: string;
  /** An available resource; `forbidden` is one under a key of its own that the vault may not use. */
  addResource(id: string, encryption: 'none' | 'default' | 'customer' | 'forbidden'): Promise<ResourceRef>;
  setCapacity(scope: Scope, limit: LimitName, capacity: number): Promise<void>;
  /** How many manual snapshots each account may keep in a region. */
  setStock(count: number): Promise<void>;
  /** Ends an operation now. */
  finish(copy: CopyRef): Promise<void>;
  fail(copy: CopyRef): Promise<void>;
  /** Ends the making of a database now. */
  finishRestore(database: { readonly id: string; readonly arn: string }, scope: Scope): Promise<void>;
  close(): Promise<void>;
}

interface Rejection {
  readonly type: string;
  readonly message: string;
  readonly retried: boolean;
}

/** What every provider must do, whatever it talks to. */
export function describeResourceProvider(name: string, makeFixture: () => Promise<ProviderFixture>): void {
  describe(`${name} as a resource provider`, () => {
    let world: ProviderFixture;
    let provider: ResourceProvider;

    beforeEach(async () => {
      world = await makeFixture();
      provider = world.provider;
    });
    afterEach(() => world.close());

    const tagsOf = (resource: ResourceRef, recoveryPoint = 'rp-1') => ({
      [copyTags.fleet]: 'panda',
      [copyTags.resource]: resource.arn,
      [copyTags.recoveryPoint]: recoveryPoint,
    });
    const startSnapshot = (resource: ResourceRef, id = 'snap-1', recoveryPoint?: string) =>
      provider.snapshot.start({ resource, id, tags: tagsOf(resource, recoveryPoint) });
    const finished = async (copy: Copy, scope: Scope) => {
      await world.finish(copy);
      return provider.copy.progress(copy, scope);
    };
    const availableSnapshot = async (resource: ResourceRef, id = 'snap-1') =>
      finished(await startSnapshot(resource, id), world.owner);
    const startCopy = (source: CopyRef, target: Scope, resource: ResourceRef, key: string | null, id = 'copy-1') =>
      provider.copy.start({ source, target, id, key, tags: tagsOf(resource) });
    /** Snapshot, share, pull by the vault: the vault's available copy. */
    const vaultCopy = async (resource: ResourceRef, id = 'snap-1', key: string | null = world.key) => {
      const snapshot = await availableSnapshot(resource, id);
      await provider.share(snapshot, world.owner, world.vault.account);
      return finished(await startCopy(snapshot, world.vault, resource, key, id), world.vault);
    };
    const gone = (copy: CopyRef, scope: Scope) => rejection(provider.copy.progress(copy, scope));

    describe('resources', () => {
      it('are discovered with their tags and where they lie', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const found = (await collect(provider.discover(world.owner))).find(({ id }) => id === 'panda-1');
        expect(found).toMatchObject({ ...resource, status: 'available', tags: { backup: 'true' } });
      });

      it('are described by name, and not found when there are none', async () => {
        const resource = await world.addResource('panda-1', 'none');
        await expect(provider.describe(resource, world.owner)).resolves.toMatchObject({
          arn: resource.arn,
          keyArn: null,
        });
        const missing = await rejection(provider.describe({ ...resource, id: 'panda-9' }, world.owner));
        expect(missing).toMatchObject({ type: failureTypes.notFound, retried: false });
      });

      it.each(['none', 'default', 'customer'] as const)('tell their encryption: %s', async (encryption) => {
        const resource = await world.addResource('panda-1', encryption);
        const described = await provider.describe(resource, world.owner);
        await expect(provider.encryption(described, world.owner)).resolves.toMatchObject({ type: encryption });
      });
    });

    describe('a snapshot', () => {
      it('starts in progress, under its id and with its tags, and becomes available', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const started = await startSnapshot(resource);
        expect(started).toMatchObject({ id: 'snap-1', account: world.owner.account, region: world.owner.region });
        expect(started).toMatchObject({ status: 'in-progress', sourceArn: null, manual: true });
        expect(started.tags).toMatchObject(tagsOf(resource));

        const done = await finished(started, world.owner);
        expect(done).toMatchObject({ arn: started.arn, status: 'available', percent: 100, resourceId: 'panda-1' });
        expect(Date.parse(done.createdAt ?? '')).not.toBeNaN();
      });

      it('started twice is one snapshot', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const first = await startSnapshot(resource);
        const second = await startSnapshot(resource);
        expect(second.arn).toBe(first.arn);
        expect(await collect(provider.listCopies(world.owner))).toHaveLength(1);
      });

      it('is not adopted from another resource or another recovery point', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const other = await world.addResource('panda-2', 'customer');
        await startSnapshot(resource);
        for (const [of, recoveryPoint] of [
          [other, 'rp-1'],
          [resource, 'rp-2'],
        ] as const) {
          expect(await rejection(startSnapshot(of, 'snap-1', recoveryPoint))).toMatchObject({
            type: failureTypes.conflict,
            retried: false,
          });
        }
      });

      it('that failed is made anew', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const failed = await startSnapshot(resource);
        await world.fail(failed);
        expect((await provider.snapshot.progress(failed, world.owner)).status).toBe('failed');
        expect((await startSnapshot(resource)).status).toBe('in-progress');
      });

      it('of a resource that does not exist is NotFound', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const attempt = startSnapshot({ ...resource, id: 'panda-9', arn: resource.arn.replace('panda-1', 'panda-9') });
        expect(await rejection(attempt)).toMatchObject({ type: failureTypes.notFound, retried: false });
      });

      it('is cancelled while it runs, left alone once available, and cancelling twice is fine', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const running = await startSnapshot(resource, 'snap-1');
        await provider.snapshot.cancel(running, world.owner);
        await provider.snapshot.cancel(running, world.owner);
        expect(await gone(running, world.owner)).toMatchObject({ type: failureTypes.notFound });

        const done = await availableSnapshot(resource, 'snap-2');
        await provider.snapshot.cancel(done, world.owner);
        expect((await provider.snapshot.progress(done, world.owner)).status).toBe('available');
      });

      it('of someone else is not cancelled', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const foreign = await provider.snapshot.start({ resource, id: 'foreign-1', tags: { owner: 'someone' } });
        expect(await rejection(provider.snapshot.cancel(foreign, world.owner))).toMatchObject({
          type: failureTypes.conflict,
        });
      });

      it('is deleted, and deleting it again is fine', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const done = await availableSnapshot(resource);
        await provider.delete(done, world.owner);
        await provider.delete(done, world.owner);
        expect(await gone(done, world.owner)).toMatchObject({ type: failureTypes.notFound, retried: false });
      });

      it('takes further tags, overwriting equal ones', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const done = await availableSnapshot(resource);
        await provider.tag(done, world.owner, { [copyTags.verified]: 'exists now', [copyTags.recoveryPoint]: 'rp-9' });
        const { tags } = await provider.snapshot.progress(done, world.owner);
        expect(tags).toEqual({ ...tagsOf(resource, 'rp-9'), [copyTags.verified]: 'exists now' });
      });
    });

    describe('many snapshots', () => {
      it('are all listed, beyond the first page', async () => {
        await world.setStock(500);
        await world.setCapacity(world.owner, provider.capabilities.snapshotLimit, 500);
        const resource = await world.addResource('panda-1', 'none');
        const ids = Array.from({ length: 105 }, (_, i) => `snap-${i}`);
        for (const id of ids) await startSnapshot(resource, id);
        const listed = await collect(provider.listCopies(world.owner));
        expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort());
        expect(listed[104]?.tags).toMatchObject(tagsOf(resource));
      });

      it('asked for together each get their own answer', async () => {
        const resource = await world.addResource('panda-1', 'none');
        const snapshots = [await startSnapshot(resource, 'snap-a'), await startSnapshot(resource, 'snap-b')];
        const missing = { ...snapshots[0]!, id: 'snap-c', arn: snapshots[0]!.arn.replace('snap-a', 'snap-c') };
        const [a, b, c] = await Promise.allSettled(
          [...snapshots, missing].map((copy) => provider.snapshot.progress(copy, world.owner)),
        );
        expect(a).toMatchObject({ value: { id: 'snap-a' } });
        expect(b).toMatchObject({ value: { id: 'snap-b' } });
        expect(c).toMatchObject({ reason: { type: failureTypes.notFound } });
      });
    });

    describe('a copy', () => {
      it('is pulled by another account once the source is shared, under that account’s key, and not before', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const snapshot = await availableSnapshot(resource);
        const early = await rejection(startCopy(snapshot, world.vault, resource, world.key));
        expect(early).toMatchObject({ type: failureTypes.configuration, retried: false });

        await provider.share(snapshot, world.owner, world.vault.account);
        await provider.share(snapshot, world.owner, world.vault.account);
        const started = await startCopy(snapshot, world.vault, resource, world.key);
        expect(started).toMatchObject({
          account: world.vault.account,
          region: world.vault.region,
          status: 'in-progress',
        });
        const done = await finished(started, world.vault);
        expect(done).toMatchObject({ status: 'available', sourceArn: snapshot.arn, sizeGiB: snapshot.sizeGiB });
        expect(done.keyArn).toContain(`:kms:${world.vault.region}:${world.vault.account}:key/`);
        expect(done.tags).toEqual(tagsOf(resource));
      });

      it('is no longer pulled once the share is taken back, and taking it back twice is fine', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const snapshot = await availableSnapshot(resource);
        expect(await provider.sharedWith(snapshot, world.owner)).toEqual([]);
        await provider.share(snapshot, world.owner, world.vault.account);
        expect(await provider.sharedWith(snapshot, world.owner)).toEqual([world.vault.account]);
        await provider.unshare(snapshot, world.owner, world.vault.account);
        await provider.unshare(snapshot, world.owner, world.vault.account);
        expect(await provider.sharedWith(snapshot, world.owner)).toEqual([]);
        expect(await rejection(startCopy(snapshot, world.vault, resource, world.key))).toMatchObject({
          type: failureTypes.configuration,
          retried: false,
        });
        await provider.delete(snapshot, world.owner);
        await expect(provider.unshare(snapshot, world.owner, world.vault.account)).resolves.toBeUndefined();
        expect(await provider.sharedWith(snapshot, world.owner)).toEqual([]);
      });

      it('goes on to another region under that region’s key', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const inVault = await vaultCopy(resource);
        const started = await startCopy(inVault, world.vaultElsewhere, resource, world.key, 'snap-1');
        const done = await finished(started, world.vaultElsewhere);
        expect(done).toMatchObject({
          status: 'available',
          sourceArn: inVault.arn,
          region: world.vaultElsewhere.region,
        });
        expect(done.keyArn).toContain(`:kms:${world.vaultElsewhere.region}:${world.vault.account}:key/`);
      });

      it('started twice is one copy, and one of another source is a conflict', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const [one, two] = [await availableSnapshot(resource, 'snap-1'), await availableSnapshot(resource, 'snap-2')];
        for (const snapshot of [one, two]) await provider.share(snapshot, world.owner, world.vault.account);
        const first = await startCopy(one, world.vault, resource, world.key);
        expect((await startCopy(one, world.vault, resource, world.key)).arn).toBe(first.arn);
        expect(await rejection(startCopy(two, world.vault, resource, world.key))).toMatchObject({
          type: failureTypes.conflict,
          retried: false,
        });
      });

      it('of a source that is not available yet waits: busy', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const running = await startSnapshot(resource);
        expect(await rejection(startCopy(running, world.owner, resource, world.key))).toMatchObject({
          type: failureTypes.busy,
          retried: true,
        });
      });

      it('fails when its source is deleted under it', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const inVault = await vaultCopy(resource);
        const running = await startCopy(inVault, world.vaultElsewhere, resource, world.key);
        await provider.delete(inVault, world.vault);
        expect((await provider.copy.progress(running, world.vaultElsewhere)).status).toBe('failed');
      });

      it('is cancelled while it runs', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const inVault = await vaultCopy(resource);
        const running = await startCopy(inVault, world.vaultElsewhere, resource, world.key);
        await provider.copy.cancel(running, world.vaultElsewhere);
        expect(await gone(running, world.vaultElsewhere)).toMatchObject({ type: failureTypes.notFound });
        expect((await provider.copy.progress(inVault, world.vault)).status).toBe('available');
      });
    });

    describe('encryption', () => {
      it('under the default key cannot be shared, but can after a copy under a customer key', async () => {
        const resource = await world.addResource('panda-1', 'default');
        const snapshot = await availableSnapshot(resource);
        const refused = await rejection(provider.share(snapshot, world.owner, world.vault.account));
        expect(refused).toMatchObject({ type: failureTypes.configuration, retried: false });
        expect(refused.message).toContain('default key');

        const shareable = await finished(await startCopy(snapshot, world.owner, resource, world.key), world.owner);
        await provider.share(shareable, world.owner, world.vault.account);
        await expect(startCopy(shareable, world.vault, resource, world.key)).resolves.toMatchObject({
          status: 'in-progress',
        });
      });

      it('under a key that forbids the vault fails with the role, the action and the key', async () => {
        const resource = await world.addResource('panda-1', 'forbidden');
        const snapshot = await availableSnapshot(resource);
        await provider.share(snapshot, world.owner, world.vault.account);
        const refused = await rejection(startCopy(snapshot, world.vault, resource, world.key));
        expect(refused).toMatchObject({ type: failureTypes.configuration, retried: false });
        expect(refused.message).toContain('the vault role may not');
        expect(refused.message).toContain('kms:CreateGrant');
        expect(refused.message).toContain(snapshot.keyArn);
      });

      it('is demanded of an encrypted copy across accounts and across regions', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const inVault = await vaultCopy(resource);
        const refused = await rejection(startCopy(inVault, world.vaultElsewhere, resource, null));
        expect(refused).toMatchObject({ retried: false });
      });

      it('of a plain resource follows the capability of its kind', async () => {
        const resource = await world.addResource('panda-1', 'none');
        const snapshot = await availableSnapshot(resource);
        expect(snapshot.keyArn).toBeNull();
        await provider.share(snapshot, world.owner, world.vault.account);
        const withKey = startCopy(snapshot, world.vault, resource, world.key);
        if (provider.capabilities.encryptsPlainOnCopy) {
          expect((await withKey).keyArn).toContain(`:${world.vault.account}:key/`);
        } else {
          expect(await rejection(withKey)).toMatchObject({ type: failureTypes.invalidInput, retried: false });
          const plain = await startCopy(snapshot, world.vault, resource, null);
          expect(plain.keyArn).toBeNull();
        }
      });
    });

    describe('a restore', () => {
      const ownership = { 'farcopy:restore': 'restore/1', 'farcopy:restore-run': 'run-1' };
      const nothingThere = { subnetGroup: null, securityGroups: {}, parameterGroups: [], optionGroup: false };
      const aurora = () => provider.kind === 'aurora-cluster';
      const planned = (resource: ResourceRef, id: string, key: string | null = null) =>
        planDatabase({
          resource,
          target: world.owner,
          id,
          key,
          request: { resource: resource.id, instanceClasses: ['db.r6g.large'], port: 5433, tags: { team: 'shop' } },
          configuration: null,
          found: nothingThere,
        });
      const start = (resource: ResourceRef, source: CopyRef, id = 'panda-2', owner = ownership) => {
        const { settings, placements } = planned(resource, id);
        const [placement = { class: null, zone: null }] = placements;
        return provider.restore.start({ target: world.owner, id, source, settings, placement, ownership: owner });
      };
      const available = async (resource: ResourceRef, source: CopyRef) => {
        const started = await start(resource, source);
        await world.finishRestore(started, world.owner);
        return provider.restore.progress(started.id, world.owner);
      };

      it('tells how a database is set up', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const { instances, engine, unread } = await provider.restore.describe(resource, world.owner);
        expect(engine).toContain('postgres');
        expect(instances).toHaveLength(1);
        expect(instances[0]).toMatchObject({ writer: true, class: expect.stringMatching(/^db\./) as string });
        expect(unread).toEqual([]);
        const missing = provider.restore.describe({ ...resource, id: 'panda-9' }, world.owner);
        expect(await rejection(missing)).toMatchObject({ type: failureTypes.notFound });
      });

      it('makes a database of a snapshot, with its settings and the tags of whoever asked', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const started = await start(resource, await availableSnapshot(resource));
        expect(started).toMatchObject({ id: 'panda-2', status: 'in-progress', instances: [] });
        await world.finishRestore(started, world.owner);
        const done = await provider.restore.progress('panda-2', world.owner);
        expect(done).toMatchObject({ status: 'available', port: 5433, tags: { team: 'shop', ...ownership } });
      });

      it('started twice is one database, and one of another restore is a conflict', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const snapshot = await availableSnapshot(resource);
        const first = await start(resource, snapshot);
        expect((await start(resource, snapshot)).arn).toBe(first.arn);
        const another = { ...ownership, 'farcopy:restore-run': 'run-2' };
        expect(await rejection(start(resource, snapshot, 'panda-2', another))).toMatchObject({
          type: failureTypes.conflict,
          retried: false,
        });
        expect(await rejection(start(resource, snapshot, 'panda-1'))).toMatchObject({ type: failureTypes.conflict });
      });

      it('gives a cluster its instances, each once', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const cluster = await available(resource, await availableSnapshot(resource));
        const [instance] = planned(resource, 'panda-2').instances;
        if (!aurora()) {
          expect(instance).toBeUndefined();
          return;
        }
        const placement = { class: 'db.r6g.large', zone: null };
        const request = { target: world.owner, cluster, instance: instance!, placement, ownership };
        const added = await provider.restore.addInstance(request);
        expect((await provider.restore.addInstance(request)).arn).toBe(added.arn);
        await world.finishRestore(added, world.owner);
        const { instances } = await provider.restore.progress('panda-2', world.owner);
        expect(instances).toMatchObject([{ id: 'panda-2-instance-1', class: 'db.r6g.large', writer: true }]);
        expect(instances[0]?.tags).toMatchObject(ownership);
      });

      it('tells which identifiers are taken, and what it wants and does not find', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const query = {
          database: 'panda-1',
          instances: [],
          subnetGroup: null,
          securityGroups: [],
          parameterGroups: [],
          optionGroup: null,
        };
        const { taken } = await provider.restore.surroundings(query, world.owner);
        expect(taken).toMatchObject([{ arn: resource.arn }]);
        const free = await provider.restore.surroundings({ ...query, database: 'panda-9' }, world.owner);
        expect(free).toMatchObject({ taken: [], subnetGroup: null });
      });

      it('is taken back by whoever made it, and by nobody else', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const cluster = await available(resource, await availableSnapshot(resource));
        const [instance] = planned(resource, 'panda-2').instances;
        if (instance !== undefined) {
          const placement = { class: 'db.r6g.large', zone: null };
          const added = await provider.restore.addInstance({
            target: world.owner,
            cluster,
            instance,
            placement,
            ownership,
          });
          await world.finishRestore(added, world.owner);
        }
        const another = { ...ownership, 'farcopy:restore-run': 'run-2' };
        expect(await provider.restore.remove('panda-2', world.owner, another, 'ours')).toBeNull();
        expect((await provider.restore.progress('panda-2', world.owner)).status).toBe('available');
        expect(await provider.restore.remove('panda-1', world.owner, ownership, 'ours')).toBeNull();

        while ((await provider.restore.remove('panda-2', world.owner, ownership, 'ours')) !== null);
        expect(await rejection(provider.restore.progress('panda-2', world.owner))).toMatchObject({
          type: failureTypes.notFound,
        });
        await expect(provider.describe(resource, world.owner)).resolves.toMatchObject({ id: 'panda-1' });
      });

      it('leaves its parameter groups to be found by their tags, and takes back its own only', async () => {
        const of = aurora() ? ('cluster' as const) : ('instance' as const);
        const family = aurora() ? 'aurora-postgresql16' : 'postgres16';
        const group = { name: 'panda-params', family, description: 'of panda', parameters: [] };
        const found = async () => {
          const groups = [];
          for await (const one of provider.restore.parameterGroups(world.owner)) groups.push(one);
          return groups.filter(({ name }) => name === group.name);
        };
        expect(await found()).toEqual([]);
        await provider.restore.createParameterGroup(group, of, world.owner, ownership);
        expect(await found()).toEqual([{ name: group.name, of, tags: ownership }]);
        const another = { ...ownership, 'farcopy:restore-run': 'run-2' };
        await provider.restore.removeParameterGroup(group.name, of, world.owner, another);
        expect(await found()).toHaveLength(1);
        await provider.restore.removeParameterGroup(group.name, of, world.owner, ownership);
        expect(await found()).toEqual([]);
      });

      it('that someone has protected since is left alone, with its instances', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        const cluster = await available(resource, await availableSnapshot(resource));
        const { settings, instances } = planned(resource, 'panda-2');
        const [instance] = instances;
        if (instance !== undefined) {
          const placement = { class: 'db.r6g.large', zone: null };
          const request = { target: world.owner, cluster, instance, placement, ownership };
          await world.finishRestore(await provider.restore.addInstance(request), world.owner);
        }
        await provider.restore.finish('panda-2', world.owner, { ...settings, deletionProtection: true });
        const before = await provider.restore.progress('panda-2', world.owner);
        expect(before.deletionProtection).toBe(true);
        expect(await rejection(provider.restore.remove('panda-2', world.owner, ownership, 'theirs'))).toMatchObject({
          type: failureTypes.conflict,
        });
        expect(await provider.restore.progress('panda-2', world.owner)).toEqual(before);
      });

      it('that is protected once it has ended is taken back all the same', async () => {
        const resource = await world.addResource('panda-1', 'customer');
        await available(resource, await availableSnapshot(resource));
        const { settings } = planned(resource, 'panda-2');
        const missed = await provider.restore.finish('panda-2', world.owner, { ...settings, deletionProtection: true });
        expect(missed).toEqual([]);
        while ((await provider.restore.remove('panda-2', world.owner, ownership, 'ours')) !== null);
        expect(await rejection(provider.restore.progress('panda-2', world.owner))).toMatchObject({
          type: failureTypes.notFound,
        });
      });
    });

    describe('service limits', () => {
      it('on snapshots in progress: the one too many waits, what is in flight is told, and an end frees the slot', async () => {
        const { snapshotLimit } = provider.capabilities;
        await world.setCapacity(world.owner, snapshotLimit, 2);
        const resource = await world.addResource('panda-1', 'customer');
        const [one, two] = [await startSnapshot(resource, 'snap-1'), await startSnapshot(resource, 'snap-2')];
        expect(await rejection(startSnapshot(resource, 'snap-3'))).toMatchObject({
          type: failureTypes.limitReached,
          retried: true,
        });
        expect([...(await provider.inFlight(world.owner, snapshotLimit))].sort()).toEqual([one.arn, two.arn].sort());

        await world.finish(one);
        expect(await provider.inFlight(world.owner, snapshotLimit)).toEqual([two.arn]);
        await expect(startSnapshot(resource, 'snap-3')).resolves.toMatchObject({ status: 'in-progress' });
      });

      it('on cross-region copies count in the destination, and count no copy inside a region', async () => {
        const { crossRegionCopyLimit, snapshotLimit } = provider.capabilities;
        await world.setCapacity(world.vaultElsewhere, crossRegionCopyLimit, 1);
        const resource = await world.addResource('panda-1', 'customer');
        const inVault = await vaultCopy(resource);
        const sameRegion = await startCopy(inVault, world.vault, resource, world.key, 'again-1');
        expect(await provider.inFlight(world.vault, crossRegionCopyLimit)).toEqual([]);

        const running = await startCopy(inVault, world.vaultElsewhere, resource, world.key, 'copy-1');
        expect(await rejection(startCopy(inVault, world.vaultElsewhere, resource, world.key, 'copy-2'))).toMatchObject({
          type: failureTypes.limitReached,
        });
        expect(await provider.inFlight(world.vaultElsewhere, crossRegionCopyLimit)).toEqual([running.arn]);
        expect(await provider.inFlight(world.vaultElsewhere, snapshotLimit)).toEqual([]);
        expect(sameRegion.status).toBe('in-progress');
      });

      it('on the stock of snapshots are no waiting matter', async () => {
        await world.setStock(1);
        const resource = await world.addResource('panda-1', 'customer');
        await availableSnapshot(resource, 'snap-1');
        expect(await rejection(startSnapshot(resource, 'snap-2'))).toMatchObject({
          type: failureTypes.stockExhausted,
          retried: false,
        });
      });

      it('of another kind are refused as input', async () => {
        const foreign: LimitName =
          provider.kind === 'aurora-cluster' ? 'instance-snapshots-in-progress' : 'cluster-snapshots-in-progress';
        expect(await rejection(provider.inFlight(world.owner, foreign))).toMatchObject({
          type: failureTypes.invalidInput,
        });
      });
    });
  });
}

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

async function rejection(attempt: Promise<unknown>): Promise<Rejection> {
  const error: unknown = await attempt.then(
    (value) => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return { type: error.type ?? '', message: error.message, retried: !error.nonRetryable };
}
