import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { openState } from '../../../../src/activities/ledger/stateBucket';
import { planRetention } from '../../../../src/activities/retention/planRetention';
import { CatalogueIndex } from '../../../../src/client/catalogueIndex/catalogueIndex';
import { writeIndex } from '../../../../src/client/catalogueIndex/writeIndex';
import { lookAtFleet } from '../../../../src/client/report/lookAtFleet';
import { newestInPlaces } from '../../../../src/client/report/newestInPlaces';
import { planByIndex } from '../../../../src/client/retention/planByIndex';
import { seenPlan } from '../../../../src/client/retention/planStore';
import { parseFleet } from '../../../../src/config';
import { fleetReport } from '../../../../src/core/report/fleetReport';
import { type PrunePlan } from '../../../../src/core/retention/prunePlan';
import { loadPrices } from '../../../../src/client/report/priceTable';
import { resourcePath, type ResourceRef } from '../../../../src/core/resource';
import { type CopyOperations, type KindOperations } from '../../../../src/kinds/kind';
import { knownKinds } from '../../../../src/kinds/registry';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { HeldFleet, heldFleetText } from '../retention/heldFleet';

const hour = 3600_000;
const { signal } = new AbortController();
const prefix = 'farcopy/index/panda/';

/** A fleet with a state bucket, whose copies lie in three places. */
class IndexScene {
  readonly held = new HeldFleet();
  readonly store = new FakeObjectStore();
  readonly notes: string[] = [];
  listed = 0;
  shop!: ResourceRef;
  fleet = fleetOf();

  static async of(days = 4): Promise<IndexScene> {
    const scene = new IndexScene();
    scene.shop = scene.held.add('shop');
    const ledger = scene.held.add('ledger');
    for (let day = 18; day < 18 + days; day++)
      for (const resource of [scene.shop, ledger]) await scene.held.backUp(resource, `2026-11-${day}T02:00:00Z`);
    scene.held.now += hour;
    return scene;
  }

  get clouds(): FleetClouds {
    const clouds = this.held.clouds(null);
    const { kinds } = clouds;
    const all = kinds.all.map((one) => {
      const list: CopyOperations['list'] = (...args) => {
        this.listed += 1;
        return one.copies!.list(...args);
      };
      const copies = Object.assign(Object.create(one.copies ?? null) as CopyOperations, { list });
      return Object.assign(Object.create(one) as KindOperations, { copies });
    });
    return {
      ...clouds,
      kinds: Object.assign(Object.create(kinds) as typeof kinds, { all }),
      access: Object.assign(clouds.access, { bucket: () => this.store }),
    };
  }

  write() {
    const state = openState(this.fleet, this.clouds.access);
    if (state === null) throw new Error('the fleet has no state bucket');
    return writeIndex(this.fleet, this.clouds, state, { now: this.held.now, signal, onProgress: () => undefined });
  }

  open(fleet = this.fleet): Promise<CatalogueIndex | null> {
    this.listed = 0;
    this.notes.length = 0;
    const note = (text: string) => void this.notes.push(text);
    return CatalogueIndex.open(fleet, this.clouds, { now: this.held.now, signal, note });
  }

  async opened(): Promise<CatalogueIndex> {
    const index = await this.open();
    if (index === null) throw new Error(this.notes.join('\n'));
    return index;
  }

  /** `secure 2026-11-20T02:00:00Z`, of the shop. */
  async newest(index: CatalogueIndex | null): Promise<string[]> {
    const shop = { ...this.shop, tier: 'standard' };
    const { of } = await newestInPlaces(this.fleet, this.clouds, index, [shop], this.held.now, signal);
    return of(resourcePath(shop)).map(({ place, newest }) => `${place} ${newest ?? 'none'}`);
  }

  /** Every copy of a plan by the index, as {@link planRetention} tells it. */
  async plan() {
    const lists: { [K in 'kept' | 'doomed' | 'refused']: PrunePlan[K][number][] } = {
      kept: [],
      doomed: [],
      refused: [],
    };
    const planned = await planByIndex(this.fleet, this.clouds, await this.opened(), this.held.now, signal, () => ({
      keep: (one) => void lists.kept.push(one),
      doom: (one) => void lists.doomed.push(one),
      refuse: (one) => void lists.refused.push(one),
    }));
    if (planned === null) throw new Error(this.notes.join('\n'));
    const { plan } = planned;
    return { plan, lists: { ...lists, doomed: lists.doomed.map(plan.braked) } };
  }

  shard(place: string, slot = 'a') {
    const object = this.store.objects.get(`${prefix}${slot}/${place}.ndjson.gz`);
    if (object === undefined) throw new Error(this.store.keys().join(' '));
    return object;
  }

  shards(): readonly { readonly place: string | null }[] {
    const found = this.store.objects.get(`${prefix}index.json`)?.content.toString() ?? '';
    return (JSON.parse(found) as { readonly shards: readonly { readonly place: string | null }[] }).shards;
  }

  /** Shards with other lines, which the manifest vouches for; it says as many copies as before. */
  forge(lines: Readonly<Record<string, string>>): void {
    const contents = new Map(Object.entries(lines).map(([place, text]) => [place, gzipSync(text)]));
    for (const [place, content] of contents) this.shard(place).content = content;
    this.manifest({
      shards: this.shards().map((one) => {
        const content = contents.get(one.place ?? '');
        if (content === undefined) return one;
        const sha256 = createHash('sha256').update(content).digest('hex');
        return { ...one, sha256, bytes: content.length, blocks: [content.length] };
      }),
    });
  }

  manifest(change: object): void {
    const key = `${prefix}index.json`;
    const found = JSON.parse(this.store.objects.get(key)?.content.toString() ?? '') as object;
    this.store.put(key, JSON.stringify({ ...found, ...change }));
  }
}

function fleetOf(text = heldFleetText) {
  const state =
    'state: {bucket: "s3://panda-state/farcopy", role: "arn:aws:iam::222222222222:role/state", region: eu-west-1}';
  return parseFleet(`${text}${state}\n`, 'fleet.yaml', { kinds: knownKinds });
}

const sorted = ({
  kept,
  doomed,
  refused,
  brakes = [],
}: Pick<PrunePlan, 'kept' | 'doomed' | 'refused'> & { brakes?: readonly string[] }) => {
  const byId = <T extends { readonly copy: { readonly id: string } }>(all: readonly T[]) =>
    [...all].sort((a, b) => (a.copy.id < b.copy.id ? -1 : 1));
  return { kept: byId(kept), doomed: byId(doomed), refused: byId(refused), brakes: [...brakes].sort() };
};

describe('the index of the catalogue', () => {
  test('tells what the clouds tell, and nobody asks them for copies', async () => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    expect(asked).toEqual(['secure 2026-11-21T02:00:00Z', 'secure-dr 2026-11-21T02:00:00Z']);
    expect(await scene.write()).toMatchObject({ isWritten: true, copies: 24, problems: [] });
    expect(await scene.newest(await scene.opened())).toEqual(asked);
    expect(scene.listed).toBe(0);
    expect(scene.notes).toEqual([]);
  });

  test('is as old as it is: what was made since is not in it', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    await scene.held.backUp(scene.shop, '2026-11-22T02:00:00Z');
    scene.held.now += hour;
    const index = await scene.opened();
    expect(index.ageSeconds).toBe(24 * 3600);
    expect(await scene.newest(index)).toEqual(['secure 2026-11-21T02:00:00Z', 'secure-dr 2026-11-21T02:00:00Z']);
  });

  test('plans what the clouds would have planned, with all brakes and refusals', async () => {
    const scene = await IndexScene.of(9);
    await scene.write();
    const { plan: asked } = await planRetention(scene.fleet, scene.clouds, scene.held.now);
    expect(asked.doomed.length).toBeGreaterThan(10);
    expect(asked.brakes.length).toBeGreaterThan(0);
    const { plan, lists } = await scene.plan();
    expect(sorted({ ...lists, brakes: plan.brakes })).toEqual(sorted(asked));
    expect(scene.listed).toBe(0);
  });

  test('gives no plan that anybody could apply, by its id or from a file', async () => {
    const scene = await IndexScene.of(9);
    await scene.write();
    const { plan } = await scene.plan();
    await expect(seenPlan(scene.fleet, plan.id, scene.held.now)).rejects.toThrow(/made from the index/);
  });

  test('has the report of the clouds', async () => {
    const scene = await IndexScene.of(9);
    await scene.write();
    const noTemporal = () => Promise.reject(new Error('nobody asks'));
    const options = { now: scene.held.now, signal };
    const asked = await lookAtFleet(scene.fleet, scene.clouds, noTemporal, options);
    const index = await scene.opened();
    scene.listed = 0;
    const look = await lookAtFleet(scene.fleet, scene.clouds, noTemporal, { ...options, index });
    expect(scene.listed).toBe(0);
    const of = (one: typeof look) => {
      const { index: from, retention, ...report } = fleetReport(one, loadPrices());
      return { from, retention: { ...retention, id: '', doomed: retention?.doomed.length }, report };
    };
    expect(of(look).from).toMatchObject({ ageSeconds: 0 });
    expect({ ...of(look), from: undefined }).toEqual(of(asked));
  });

  test('is read while it is written anew: shards change places, and the manifest comes last', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    const before = scene.shard('secure').content;
    await scene.held.backUp(scene.shop, '2026-11-22T02:00:00Z');
    scene.store.fault = (operation, key) =>
      operation === 'write' && key.endsWith('index.json') ? { type: 'throw', error: new Error('cut off') } : undefined;
    await expect(scene.write()).rejects.toThrow('cut off');
    scene.store.fault = () => undefined;
    expect(scene.shard('secure').content).toBe(before);
    expect(await scene.newest(await scene.opened())).toContain('secure 2026-11-21T02:00:00Z');
    await scene.write();
    expect(await scene.newest(await scene.opened())).toContain('secure 2026-11-22T02:00:00Z');
    expect(scene.store.count('delete')).toBe(0);
    expect([...scene.store.objects.values()].filter(({ retainUntil }) => retainUntil !== undefined)).toEqual([]);
  });

  test('of before stays where nothing of the clouds could be read', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    const before = scene.store.keys().map((key) => scene.store.objects.get(key)?.revision);
    const copies = scene.clouds;
    for (const one of copies.kinds.all)
      Object.assign(one, {
        copies: {
          list: () => {
            throw new Error('away');
          },
        },
      });
    const state = openState(scene.fleet, copies.access);
    const written = await writeIndex(scene.fleet, copies, state!, {
      now: scene.held.now,
      signal,
      onProgress: () => undefined,
    });
    expect(written.isWritten).toBe(false);
    expect(scene.store.keys().map((key) => scene.store.objects.get(key)?.revision)).toEqual(before);
  });

  test.each<[string, (scene: IndexScene) => void, RegExp]>([
    [
      'is cut short',
      (scene) => void (scene.shard('secure').content = scene.shard('secure').content.subarray(0, 60)),
      /has 60 bytes/,
    ],
    [
      'has another byte',
      (scene) =>
        void (scene.shard('secure').content = Buffer.from(
          scene.shard('secure').content.map((b, i) => (i === 40 ? b ^ 1 : b)),
        )),
      /checksum/,
    ],
    ['is gone', (scene) => void scene.store.objects.delete(`${prefix}a/secure.ndjson.gz`), /not there/],
    [
      'cannot be read',
      (scene) =>
        void (scene.store.fault = (_, key) =>
          key.includes('secure.') ? { type: 'throw', error: new Error('denied') } : undefined),
      /denied/,
    ],
  ])('a shard that %s is told, and its place is read in the clouds', async (_, damage, why) => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    await scene.write();
    damage(scene);
    const index = await scene.opened();
    expect(scene.notes).toEqual([expect.stringMatching(why)]);
    expect(scene.notes[0]).toContain('s3://panda-state/farcopy/index/panda/a/secure.ndjson.gz');
    expect(scene.notes[0]).toContain('`farcopy catalogue index` makes it anew');
    expect(await scene.newest(index)).toEqual(asked);
    expect(scene.listed).toBeGreaterThan(0);
  });

  test('a shard that turns out to be damaged on the way is told, and all begins again', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    scene.forge({ secure: '["z",[],[]]\n["a",[],[]]\n' });
    const index = await scene.opened();
    expect(scene.notes).toEqual([]);
    expect(await scene.newest(index)).toEqual(['secure 2026-11-21T02:00:00Z', 'secure-dr 2026-11-21T02:00:00Z']);
    expect(scene.notes).toEqual([expect.stringContaining('of z, there is no copy')]);
  });

  test('however many shards are forged, the clouds list their copies once', async () => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    scene.listed = 0;
    await scene.newest(null);
    const once = scene.listed;
    await scene.write();
    scene.forge({ secure: '["z",[],[]]\n', 'secure-dr': '["z",[],[]]\n', source: '["z",[],[]]\n' });
    const index = await scene.opened();
    expect(await scene.newest(index)).toEqual(asked);
    expect(await scene.newest(index)).toEqual(asked);
    expect(scene.notes).toHaveLength(3);
    expect(scene.listed).toBe(once);
  });

  test.each<[string, (lines: readonly string[]) => readonly string[], RegExp]>([
    ['a resource twice', ([first = '', ...rest]) => [first, first, ...rest], /comes after/],
    [
      'more copies than its manifest says',
      (lines) => [...lines, ...lines.slice(1).map((one) => one.replaceAll('shop', 'shoq'))],
      /it has more than/,
    ],
    ['fewer copies than its manifest says', (lines) => lines.slice(1), /and the index says/],
  ])('a shard that has %s is told, and read in the clouds', async (_, forged, why) => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    await scene.write();
    const lines = gunzipSync(scene.shard('secure').content).toString().trimEnd().split('\n');
    scene.forge({ secure: `${forged(lines).join('\n')}\n` });
    expect(await scene.newest(await scene.opened())).toEqual(asked);
    expect(scene.notes).toEqual([expect.stringMatching(why)]);
  });

  test('the shard of other places may have no copy of a place that has its own', async () => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    await scene.write();
    const shards = scene.shards();
    const secure = shards.find(({ place }) => place === 'secure');
    scene.store.put(`${prefix}a/_other.ndjson.gz`, scene.shard('secure').content);
    scene.manifest({ shards: [...shards, { ...secure, place: null }] });
    const { lists } = await scene.plan();
    expect(scene.notes).toEqual([expect.stringMatching(/a\/_other\.ndjson\.gz: of .+, a copy lies in secure/)]);
    expect(lists.kept.length + lists.doomed.length + lists.refused.length).toBe(24);
    expect(await scene.newest(await scene.opened())).toEqual(asked);
  });

  test('whatever else goes wrong with it is told, and the clouds are asked', async () => {
    const scene = await IndexScene.of();
    const asked = await scene.newest(null);
    await scene.write();
    const index = await scene.opened();
    Object.assign(index, { held: [{ shard: { blocks: null }, content: null }] });
    expect(await scene.newest(index)).toEqual(asked);
    expect(scene.notes).toEqual([expect.stringMatching(/cannot be gone by: .+: the clouds are read/)]);
    expect(scene.listed).toBeGreaterThan(0);
  });

  test.each<[string, (scene: IndexScene) => void, RegExp]>([
    ['of another fleet', (scene) => scene.manifest({ fleet: 'tiger' }), /it is of fleet tiger/],
    ['of another version', (scene) => scene.manifest({ version: 2 }), /version 2, and this Farcopy reads version 1/],
    ['of a time to come', (scene) => scene.manifest({ at: '2027-01-01T00:00:00.000Z' }), /still to come/],
    ['of another form', (scene) => scene.manifest({ shards: [{ place: '../..' }] }), /shards\[0\]/],
    [
      'that names a place which the fleet file does not',
      (scene) => scene.manifest({ shards: [...scene.shards(), { ...scene.shards()[0], place: 'elsewhere' }] }),
      /the place elsewhere, which the fleet file does not/,
    ],
    [
      'that says its shards are larger than any is read',
      (scene) => scene.manifest({ shards: scene.shards().map((one) => ({ ...one, bytes: 2 ** 40 })) }),
      /shards\[0\]\.bytes/,
    ],
    [
      'that has too many blocks',
      (scene) => scene.manifest({ shards: scene.shards().map((one) => ({ ...one, blocks: Array(10_001).fill(1) })) }),
      /shards\[0\]\.blocks/,
    ],
    ['that is no JSON', (scene) => void scene.store.put(`${prefix}index.json`, '{'), /no JSON/],
    [
      'of other places',
      (scene) =>
        void (scene.fleet = fleetOf(
          heldFleetText.replace('  secure-dr: {', '  secure-dr2: {').replace('[secure, secure-dr]', '[secure]'),
        )),
      /places of the fleet file have changed/,
    ],
  ])('one %s is told, and the clouds are asked', async (_, change, why) => {
    const scene = await IndexScene.of();
    await scene.write();
    change(scene);
    expect(await scene.open()).toBeNull();
    expect(scene.notes).toEqual([expect.stringMatching(why)]);
    expect(scene.notes[0]).toContain('s3://panda-state/farcopy/index/panda/index.json');
  });

  test('that is not there is nothing to speak of', async () => {
    const scene = await IndexScene.of();
    expect(await scene.open()).toBeNull();
    expect(scene.notes).toEqual([]);
  });

  test('what could not be read when it was made is told by whoever reads it', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    const problem = {
      kind: null,
      where: '111111111111/eu-west-1',
      account: '111111111111',
      region: 'eu-west-1',
      message: 'denied',
      unreachable: false,
    };
    scene.manifest({ problems: [problem] });
    const { plan, lists } = await scene.plan();
    expect(plan.problems).toEqual([problem]);
    expect(lists.doomed).toEqual([]);
  });

  test('two who write it at once do not both succeed', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    scene.store.fault = (operation, key) => {
      if (operation === 'write' && key.includes('secure.')) {
        scene.store.fault = () => undefined;
        scene.manifest({});
      }
      return undefined;
    };
    await expect(scene.write()).rejects.toThrow(/somebody else has written the index meanwhile/);
  });

  test('who is overtaken writes no further shard into the slot that is read now', async () => {
    const scene = await IndexScene.of();
    await scene.write();
    let written = 0;
    scene.store.fault = (operation, key) => {
      if (operation !== 'write' || !key.includes(`${prefix}b/`)) return undefined;
      written += 1;
      scene.manifest({ slot: 'b' });
      return undefined;
    };
    await expect(scene.write()).rejects.toThrow(/somebody else has written the index meanwhile/);
    expect(written).toBe(1);
  });

  test('a manifest of any size is not read by who writes it anew', async () => {
    const scene = await IndexScene.of();
    scene.store.put(`${prefix}index.json`, JSON.stringify({ slot: 'a', more: 'x'.repeat(5 * 1024 ** 2) }));
    expect((await scene.write()).isWritten).toBe(true);
    expect(scene.shard('secure', 'a').content.length).toBeGreaterThan(0);
  });
});
