import { changeStoredHold } from '../../../../src/client/retention/changeStoredHold';
import { listHoldActs, readHolds } from '../../../../src/activities/catalogue/bucketRecords';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { failureTypes } from '../../../../src/core/failure';
import { type Hold, isSameHold, newHold, withHold, withoutHolds } from '../../../../src/core/retention/hold';
import { FakeObjectStore, type Operation, transientFailure } from '../../../fakes/objectStore';

const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:shop';
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn };
const scheduledTime = '2026-11-21T02:00:00Z';
const copy = { path: 'aurora-cluster/999999999999/eu-west-1/shop', time: '20261121t020000z' };
const url = { scheme: 's3', bucket: 'panda-archive', prefix: 'keep/' } as const;
const now = Date.parse('2026-11-21T09:00:00Z');
const { signal } = new AbortController();
const breach = newHold('anna@laptop', now, 'breach-7', 'ticket');
const audit = newHold('bob@desk', now, null, 'audit');
const record = `keep/${bucketLayout.record(resource, scheduledTime)}`;
const data = `keep/${bucketLayout.dataPrefix(resource, scheduledTime)}`;
const objects = [record, `${data}export/a.parquet`, `${data}manifest.json`].sort();
const others = [
  `keep/${bucketLayout.record(resource, '2026-11-22T02:00:00Z')}`,
  `keep/${bucketLayout.dataPrefix(resource, '2026-11-22T02:00:00Z')}manifest.json`,
  `${record}.of-somebody-else`,
];

let bucket: FakeObjectStore;
beforeEach(() => {
  bucket = new FakeObjectStore();
  bucket.pageSize = 2;
  for (const key of [...objects, ...others]) bucket.put(key, key);
});

const change = (by: (value: string) => string | null, at = now) =>
  changeStoredHold({ url, bucket, resource, scheduledTime }, by, () => at, signal);
const set = (hold: Hold, at = now) => change((value) => withHold(value, hold), at);
const release = (hold: Hold, at = now) => change((value) => withoutHolds(value, (one) => isSameHold(one, hold)), at);
const cloudHolds = () => [...bucket.held].sort();
async function holds() {
  const acts = await listHoldActs(bucket, url.prefix, null, signal);
  return (await readHolds(bucket, url.prefix, acts, copy, signal)).map(({ hold, locked }) => [hold, locked] as const);
}
const refused = (message = 'AccessDenied') => applicationFailure(failureTypes.configuration, message);
/** From the given call of an operation on, every one of it fails. */
function failFrom(operation: Operation, nth: number, error: Error, about = ''): void {
  let calls = 0;
  bucket.fault = (op, key) =>
    op === operation && key.includes(about) && ++calls >= nth ? { type: 'throw', error } : undefined;
}

it('says who holds the copy, and has the cloud keep its record and its data, and nothing of another copy', async () => {
  expect(await set(breach)).toEqual({ state: 'changed', locked: true, remark: null });
  expect(await holds()).toEqual([[breach, true]]);
  expect(cloudHolds()).toEqual(objects);
});

it('changes nothing a second time, whoever runs it', async () => {
  await set(breach);
  const before = bucket.keys();
  expect(await set(newHold('carol@desk', now + 5000, 'breach-7', 'again'), now + 5000)).toMatchObject({
    ...{ state: 'unchanged', locked: true },
  });
  expect(bucket.keys()).toEqual(before);
  expect(await holds()).toEqual([[breach, true]]);
});

it('lets the cloud go with the last of several holds, and not before', async () => {
  await set(breach);
  await set(audit);
  expect(await release(breach)).toEqual({ state: 'changed', locked: true, remark: null });
  expect(cloudHolds()).toEqual(objects);
  expect(await holds()).toEqual([[audit, true]]);
  expect(await release(audit)).toEqual({ state: 'changed', locked: false, remark: null });
  expect(cloudHolds()).toEqual([]);
  expect(await holds()).toEqual([]);
});

it('leaves alone what the cloud held before, and says so', async () => {
  bucket.held.add(objects[1] ?? '');
  await set(breach);
  expect(cloudHolds()).toEqual(objects);
  const { remark } = await release(breach);
  expect(remark).toContain('its cloud kept objects of it before Farcopy did');
  expect(cloudHolds()).toEqual(objects);
  expect(await holds()).toEqual([]);
});

it.each([
  ['has no Object Lock', () => void (bucket.holdsObjects = false), 'its bucket has no Object Lock'],
  ['does not let Farcopy hold objects', () => failFrom('hold', 2, refused()), 'AccessDenied'],
])(
  'holds the copy all the same where the bucket %s, and says that the service does not lock it',
  async (_, given, why) => {
    given();
    expect(await set(breach)).toEqual({
      state: 'changed',
      locked: false,
      remark: expect.stringContaining(why) as string,
    });
    expect(await holds()).toEqual([[breach, false]]);
    bucket.fault = () => undefined;
    bucket.holdsObjects = true;
    expect(await set(breach)).toEqual({ state: 'unchanged', locked: true, remark: null });
    expect(cloudHolds()).toEqual(objects);
  },
);

it('counts as failed where the cloud does not answer, is held meanwhile, and comes to its end when it is run again', async () => {
  failFrom('hold', 2, transientFailure());
  await expect(set(breach)).rejects.toThrow('503');
  expect(await holds()).toEqual([[breach, false]]);
  bucket.fault = () => undefined;
  expect(await set(breach)).toMatchObject({ locked: true });
});

it.each(['free', 'list', 'write'] as const)(
  'is held until all of its release is done: whichever %s fails, the copy is held or wholly free',
  async (operation) => {
    for (let nth = 1; nth <= 8; nth += 1) {
      bucket.fault = () => undefined;
      await set(breach, now + nth * 60_000);
      failFrom(operation, nth, transientFailure());
      const outcome = await release(breach, now + nth * 60_000 + 1000).then(
        () => 'done',
        () => 'failed',
      );
      bucket.fault = () => undefined;
      const held = await holds();
      if (cloudHolds().length > 0 || outcome === 'failed') {
        // Nothing lies there locked that nobody holds, and `locked` is never said of what is not.
        if (held.length === 0) expect(cloudHolds()).toEqual([]);
        for (const [, locked] of held) if (locked) expect(cloudHolds()).toEqual(objects);
      }
      await release(breach, now + nth * 60_000 + 2000);
      expect([cloudHolds(), await holds()]).toEqual([[], []]);
    }
  },
);

it('loses no hold that somebody sets while the last one is released', async () => {
  await set(breach);
  let isSet = false;
  const free = bucket.hold.bind(bucket);
  bucket.hold = async (version, isOn) => {
    await free(version, isOn);
    if (!isOn && !isSet) {
      isSet = true;
      await set(audit);
    }
  };
  await expect(release(breach)).rejects.toThrow('another person has changed its holds meanwhile');
  expect((await holds()).map(([hold]) => hold)).toContainEqual(audit);
  expect(cloudHolds()).toEqual(objects);
});

it('takes away no hold of the cloud that somebody has set while Farcopy could set none', async () => {
  failFrom('hold', 1, refused());
  await set(breach);
  bucket.fault = () => undefined;
  for (const key of objects) bucket.held.add(key);
  // Whether Farcopy then has the cloud hold the rest or not.
  await release(breach);
  expect(cloudHolds()).toEqual(objects);
  bucket.holdsObjects = false;
  await set(breach, now + 1000);
  bucket.holdsObjects = true;
  await set(breach, now + 2000);
  expect((await release(breach, now + 3000)).remark).toContain('its cloud kept objects of it before Farcopy did');
  expect(cloudHolds()).toEqual(objects);
  expect(await holds()).toEqual([]);
});

it('has the cloud keep again what somebody has had it let go, whatever was said of it', async () => {
  await set(breach);
  bucket.held.clear();
  expect(await set(breach, now + 1000)).toMatchObject({ state: 'unchanged', locked: true });
  expect(cloudHolds()).toEqual(objects);
});

it('says of no release that it is done where the cloud does not let go, however often it is run', async () => {
  await set(breach);
  failFrom('free', 2, refused());
  for (const later of [1000, 2000]) await expect(release(breach, now + later)).rejects.toThrow('AccessDenied');
  expect((await holds()).map(([hold]) => hold)).toEqual([breach]);
  bucket.fault = () => undefined;
  await release(breach, now + 3000);
  expect([cloudHolds(), await holds()]).toEqual([[], []]);
});

/** Runs something once, just after a call of the given kind. */
function after(operation: 'hold' | 'free' | 'unlocked' | 'released', work: () => Promise<unknown>): void {
  let isDone = false;
  const once = async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
  const [hold, write] = [bucket.hold.bind(bucket), bucket.write.bind(bucket)];
  bucket.hold = async (version, isOn) => {
    await hold(version, isOn);
    if (operation === (isOn ? 'hold' : 'free')) await once();
  };
  bucket.write = async (key, ...rest) => {
    const written = await write(key, ...rest);
    if (key.endsWith(`-${operation}.json`)) await once();
    return written;
  };
}

it.each(['unlocked', 'free', 'released'] as const)(
  'holds what is set again while it is released (after %s), and whoever is told so has it',
  async (moment) => {
    await set(breach);
    let told: unknown;
    after(moment, async () => {
      told = await set(breach, now + 1000).catch(() => 'failed');
    });
    const released = await release(breach, now + 1000).catch(() => 'failed');
    if (told !== 'failed') {
      expect(told).toMatchObject({ locked: true });
      expect(released).toBe('failed');
      expect(await holds()).toEqual([[breach, true]]);
      expect(cloudHolds()).toEqual(objects);
    }
    // Neither leaves anything that nobody holds.
    await release(breach, now + 60_000);
    expect([cloudHolds(), await holds()]).toEqual([[], []]);
  },
);

it('says that it is not held where it was released while the cloud was told, and leaves nothing held there', async () => {
  after('hold', () => release(breach, now + 1000));
  await expect(set(breach)).rejects.toThrow('another person has changed its holds meanwhile');
  expect([cloudHolds(), await holds()]).toEqual([[], []]);
});

it('holds where what has set it was taken away', async () => {
  await set(breach);
  for (const key of bucket.keys('keep/retention/holds/')) if (key.endsWith('-set.json')) bucket.objects.delete(key);
  expect(await holds()).toMatchObject([[{ by: null }, true]]);
});

it('sets what was released by a clock that is ahead', async () => {
  await set(breach, now + 3600_000);
  await release(breach, now + 3600_000);
  await set(breach, now);
  expect(await holds()).toEqual([[breach, true]]);
});

it('tells where there is no room for one more, and changes nothing', async () => {
  const before = bucket.keys();
  await expect(change(() => null)).rejects.toThrow('no room');
  expect(bucket.keys()).toEqual(before);
});
