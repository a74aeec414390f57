import { mostAsked, withoutKeptByBuckets } from '../../../../src/activities/retention/keptByBuckets';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { type ListedCopy } from '../../../../src/core/catalogue/catalogue';
import { copyId } from '../../../../src/core/catalogue/judgedCopy';
import { failureTypes } from '../../../../src/core/failure';
import { type DoomedCopy, type PrunePlan } from '../../../../src/core/retention/prunePlan';
import { FakeObjectStore } from '../../../fakes/objectStore';

const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' };
const scheduledTime = '2026-11-21T02:00:00Z';
const prefix = bucketLayout.dataPrefix(resource, scheduledTime);
const record = `keep/${bucketLayout.record(resource, scheduledTime)}`;
const now = Date.parse('2026-12-01T02:30:00Z');
const gib = 1024 ** 3;

let bucket: FakeObjectStore;
beforeEach(() => {
  bucket = new FakeObjectStore();
  bucket.pageSize = 2;
  for (const key of [record, `${record}.bak`]) bucket.put(key, 'record');
  for (const name of ['export/a', 'export/b', 'export/c', 'manifest.json']) bucket.put(`keep/${prefix}${name}`, name);
});

const stored = { bucket: 's3://panda-archive/keep', prefix, holds: [] };
const listed = { copy: null, scheduledTime, place: 'archive', stored } as unknown as ListedCopy;
const snapshot = { copy: { arn: 'arn:aws:rds:x' }, stored: null } as unknown as ListedCopy;
const doomed = (id: string, brake: string | null): DoomedCopy => ({
  copy: { id, resource: 'r', recoveryPoint: 'p', place: 'x', dataTime: scheduledTime, mark: null },
  ...{ rule: 'daily: 2 is used up', notBefore: '2026-12-04T02:30:00Z', policy: 'p', brake },
});
const plan: PrunePlan = {
  ...{ kept: [], refused: [], brakes: ['one of both', 'all'] },
  doomed: [doomed(copyId(listed), 'one of both'), doomed(copyId(snapshot), 'all')],
};

async function look(one: ListedCopy = listed) {
  const clouds = { vaultBucket: () => bucket as never };
  return withoutKeptByBuckets(plan, [one, snapshot], clouds, now);
}
const why = async (one?: ListedCopy) => (await look(one)).refused.map((refused) => refused.why);
const lock = (key: string, until: string) => {
  const object = bucket.objects.get(`keep/${key}`) ?? bucket.objects.get(key);
  if (object !== undefined) object.retainUntil = { mode: 'compliance', until: new Date(until) };
};

it('shows as going what its bucket lets go, and asks of no lock that is over', async () => {
  lock(record, '2026-12-01T02:29:00Z');
  expect(await look()).toEqual(plan);
});

it.each([
  ['record', record],
  ['first object', `${prefix}export/a`],
  ['last object', `${prefix}manifest.json`],
])('refuses what a lock of its %s keeps, and tells until when', async (_, key) => {
  lock(key, '2026-12-24T00:00:00Z');
  const found = await look();
  expect(found.refused).toEqual([
    { copy: plan.doomed[0]?.copy, why: 'its bucket keeps it until 2026-12-24T00:00:00.000Z' },
  ]);
  expect(found.doomed).toEqual([plan.doomed[1]]);
  expect(found.brakes).toEqual(['all']);
});

it('refuses what somebody holds, and what listings say of any object', async () => {
  bucket.held.add(record);
  expect(await why()).toEqual(['its bucket keeps it by a legal hold of Object Lock']);
  bucket.held.clear();
  const holds = (key: string) => (key.endsWith('b') ? ['a temporary hold'] : []);
  bucket.told = (key) => ({ protection: { retainUntil: null, holds: holds(key) } });
  expect(await why()).toEqual(['its bucket keeps it by a temporary hold']);
  bucket.told = () => ({ protection: { retainUntil: 'soon', holds: [] } });
  expect(await why()).toEqual(['its bucket keeps it until a time that it does not tell']);
});

it('refuses what is billed in any case, with what would be paid for and not used', async () => {
  // Ten days old: of Nearline 20 days are left, of Coldline 80.
  bucket.told = (key) =>
    key.endsWith('/a')
      ? { storageClass: 'NEARLINE', bytes: 3 * gib }
      : key.endsWith('/b')
        ? { storageClass: 'COLDLINE', bytes: gib }
        : {};
  expect(await why()).toEqual([
    'it is billed until 2027-02-19T02:30:00.000Z in any case: 2.00 GiB-months of NEARLINE and 2.67 GiB-months of COLDLINE would be paid for, and not used',
  ]);
  bucket.writtenAt = '2026-08-01T00:00:00.000Z';
  expect(await why()).toEqual([]);
});

it.each([
  ['a lock cannot be seen', (): void => forbid('protection')],
  ['its versions cannot be listed', (): void => forbid('list')],
  ['its record is gone', (): void => void bucket.objects.delete(record)],
  ['its data are gone', (): void => bucket.keys(`keep/${prefix}`).forEach((key) => bucket.objects.delete(key))],
])('refuses it where %s', async (_, given) => {
  given();
  expect(await why()).toEqual([expect.stringMatching(/nobody can tell until when|not all there/) as string]);
});

function forbid(operation: string): void {
  const error = applicationFailure(failureTypes.configuration, 'AccessDenied');
  bucket.fault = (asked) => (asked === operation ? { type: 'throw', error } : undefined);
}

it('asks the buckets of no more than so many copies, those with the oldest data', async () => {
  bucket.held.add(record);
  const newer = Array.from({ length: mostAsked }, (_, i) => ({
    ...listed,
    stored: { ...stored, bucket: `s3://b${i}` },
  }));
  const copies = [...newer, listed] as unknown as readonly ListedCopy[];
  const going = copies.map((one) => doomed(copyId(one), null));
  const oldest = going.at(-1);
  if (oldest === undefined) throw new Error('there is none');
  const plans = {
    ...plan,
    doomed: [...going.slice(0, -1), { ...oldest, copy: { ...oldest.copy, dataTime: '2026-01-01' } }],
  };
  const found = await withoutKeptByBuckets(plans, copies, { vaultBucket: () => bucket as never }, now);
  expect(found.refused.map(({ copy }) => copy.id)).toContain(copyId(listed));
  expect([found.refused.length, found.doomed.length]).toEqual([mostAsked, 1]);
});

it('refuses data that lie elsewhere than those of its recovery point, and leaves exports on their way alone', async () => {
  const elsewhere = { ...listed, stored: { ...stored, prefix: 'data/' } } as unknown as ListedCopy;
  const found = await withoutKeptByBuckets(
    { ...plan, doomed: [doomed(copyId(elsewhere), null)] },
    [elsewhere],
    { vaultBucket: () => bucket as never },
    now,
  );
  expect(found.refused.map((one) => one.why)).toEqual([expect.stringContaining('do not lie where')]);
  const exported = { ...listed, stored: { ...stored, holds: null } } as unknown as ListedCopy;
  forbid('list');
  expect(await look(exported)).toEqual(plan);
});
