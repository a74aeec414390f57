import { findRecord } from '../../../../src/client/catalogue/bucketCatalogue';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { copyTags } from '../../../../src/core/catalogue/copy';
import { type RecoveryPointRecord } from '../../../../src/core/catalogue/manifest';
import { type Proof } from '../../../../src/core/catalogue/proof';
import { recoveryPointId } from '../../../../src/core/naming';
import { type ResourceRef } from '../../../../src/core/resource';
import { knownKinds } from '../../../../src/kinds/registry';
import { FakeObjectStore } from '../../../fakes/objectStore';

const signal = new AbortController().signal;
const cluster = (id: string, account = '999999999999'): ResourceRef => ({
  kind: 'aurora-cluster',
  account,
  region: 'eu-west-1',
  id,
  arn: `arn:aws:rds:eu-west-1:${account}:cluster:${id}`,
});
const shop = cluster('shop');

/** A bucket with the records of some recovery points, whose data are from three minutes later. */
function bucketOf(...points: readonly (readonly [ResourceRef, string])[]) {
  const store = new FakeObjectStore();
  for (const [resource, scheduledTime] of points) {
    const dataTime = new Date(Date.parse(scheduledTime) + 180_000).toISOString();
    const record: RecoveryPointRecord = {
      version: 1,
      resource,
      tags: { [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime), [copyTags.dataTime]: dataTime },
      dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime),
      objects: 1,
      bytes: 1,
      manifestSha256: null,
      bundleSha256: null,
      skippedTables: [],
      verified: { level: 'exists', at: dataTime },
    };
    store.put(`keep/${bucketLayout.record(resource, scheduledTime)}`, JSON.stringify(record));
  }
  store.put('keep/catalogue/notes.txt', 'not a record');
  return store;
}

const found = async (store: FakeObjectStore, question: Parameters<typeof findRecord>[3]) =>
  (await findRecord(store, 'keep/', knownKinds, question, signal)).dataPrefix.split('/').at(-2);

const days = bucketOf([shop, '2026-11-19T02:00:00Z'], [shop, '2026-11-21T02:00:00Z'], [shop, '2026-11-20T02:00:00Z']);

describe('the recovery point of a bucket', () => {
  it('is the latest when nothing is asked', async () => {
    expect(await found(days, {})).toBe('20261121t020000z');
  });

  it.each([
    'shop',
    'eu-west-1/shop',
    'aurora-cluster/999999999999/eu-west-1/shop',
    'aurora/999999999999/eu-west-1/shop',
    shop.arn,
  ])('is found by %s', async (resource) => {
    expect(await found(days, { resource })).toBe('20261121t020000z');
  });

  describe('of a cluster, beside one of an instance of the same name', () => {
    const instance = { ...shop, kind: 'rds-instance', arn: 'arn:aws:rds:eu-west-1:999999999999:db:shop' };
    const both = bucketOf([shop, '2026-11-21T02:00:00Z'], [instance, '2026-11-21T02:00:00Z']);
    const ofArn = async (resource: string) =>
      (await findRecord(both, 'keep/', knownKinds, { resource }, signal)).resource.kind;

    it('is told from that by its ARN', async () => {
      expect(await ofArn(shop.arn)).toBe('aurora-cluster');
      expect(await ofArn(instance.arn)).toBe('rds-instance');
    });

    it.each([
      'arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:shop',
      'arn:aws:rds:eu-west-1:999999999999:snapshot:shop',
      'arn:aws:rds:eu-west-1:999999999999:snapshot:rds:shop',
      'arn:aws:rds:eu-west-1:999999999999:cluster-pg:shop',
      'arn:aws:rds:eu-west-1:888888888888:db:shop',
      'arn:aws:rds:us-east-1:999999999999:cluster:shop',
      'arn:aws:s3:::shop',
      'arn:aws:dynamodb:eu-west-1:999999999999:table/shop',
    ])('is not taken for what another ARN names: %s', async (arn) => {
      await expect(ofArn(arn)).rejects.toMatchObject({
        message: `${arn}: there is no such resource in the bucket`,
        hint: expect.stringContaining('rds-instance/999999999999/eu-west-1/shop') as string,
      });
    });
  });

  it('is the latest whose data is not from after a time, which is later than what it was scheduled for', async () => {
    expect(await found(days, { at: '2026-11-21T02:02:00Z' })).toBe('20261120t020000z');
    expect(await found(days, { at: '2026-11-21T02:03:00Z' })).toBe('20261121t020000z');
  });

  it.each([
    '2026-11-20T02:00:00Z',
    '20261120t020000z',
    'aurora-cluster/999999999999/eu-west-1/shop/2026-11-20T02:00:00Z',
  ])('is the one of the name %s', async (point) => {
    expect(await found(days, { point })).toBe('20261120t020000z');
  });

  it('is not guessed where a name means several resources, or none', async () => {
    const two = bucketOf([shop, '2026-11-21T02:00:00Z'], [cluster('shop', '888888888888'), '2026-11-21T02:00:00Z']);
    await expect(found(two, { resource: 'shop' })).rejects.toMatchObject({
      message: 'shop: there are 2 resources',
      hint: expect.stringContaining('aurora-cluster/888888888888/eu-west-1/shop') as string,
    });
    expect(await found(two, { resource: '888888888888/eu-west-1/shop' })).toBe('20261121t020000z');
    await expect(found(days, { resource: 'hop' })).rejects.toThrow('there is no such resource');
    await expect(found(bucketOf(), {})).rejects.toThrow('no whole recovery point');
  });

  it('that is not there is told with those that are', async () => {
    await expect(found(days, { at: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      hint: expect.stringContaining('20261119t020000z') as string,
    });
  });

  it('that is damaged is named, and no older one is taken in its place unasked', async () => {
    const damaged = bucketOf([shop, '2026-11-20T02:00:00Z'], [shop, '2026-11-21T02:00:00Z']);
    damaged.put(`keep/${bucketLayout.record(shop, '2026-11-21T02:00:00Z')}`, '{"version": 1');
    await expect(found(damaged, {})).rejects.toMatchObject({
      message: expect.stringMatching(/20261121t020000z\.json is damaged: it is no JSON/) as string,
      hint: expect.stringContaining('20261120t020000z') as string,
    });
    expect(await found(damaged, { point: '2026-11-20T02:00:00Z' })).toBe('20261120t020000z');
  });

  it.each([
    ['an older one of the same database', shop, '2026-11-20T02:00:00Z'],
    ['that of another database', cluster('archive'), '2026-11-21T02:00:00Z'],
  ])('is not read where the record in its place names the data of %s', async (_, resource, scheduledTime) => {
    const moved = bucketOf([shop, '2026-11-20T02:00:00Z'], [shop, '2026-11-21T02:00:00Z']);
    const key = `keep/${bucketLayout.record(shop, '2026-11-21T02:00:00Z')}`;
    const record = JSON.parse(String(moved.objects.get(key)?.content)) as RecoveryPointRecord;
    moved.put(key, JSON.stringify({ ...record, dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime) }));
    await expect(found(moved, { resource: 'shop' })).rejects.toThrow(
      /20261121t020000z\.json is damaged: its data lie in/,
    );
  });

  it('is not looked for by a time that is none', async () => {
    await expect(found(days, { at: 'yesterday' })).rejects.toThrow('yesterday: no time like 2026-11-21T02:00:00Z');
  });
});

describe('a record that whoever can write to the bucket has forged', () => {
  const proven = { type: 'proven' } as const;
  const of = (answers: Readonly<Record<string, Proof | null>>, question: Parameters<typeof findRecord>[3] = {}) =>
    findRecord(days, 'keep/', knownKinds, question, signal, async ({ dataPrefix }) => {
      const time = dataPrefix.split('/').at(-2) ?? '';
      return time in answers ? (answers[time] ?? null) : proven;
    });

  it('is not restored though it is the latest: the vaults refute it', async () => {
    const refuted = { type: 'refuted', why: 'another manifest' } as const;
    await expect(of({ '20261121t020000z': refuted })).rejects.toThrow('another manifest');
    await expect(of({ '20261121t020000z': refuted }, { point: '20261121t020000z' })).rejects.toThrow(
      'another manifest',
    );
    expect((await of({ '20261121t020000z': refuted }, { point: '20261120t020000z' })).dataPrefix).toContain('20261120');
  });

  it('is restored only by its name where no vault knows of it', async () => {
    const unproven = { type: 'unproven', why: 'no vault has a copy of it' } as const;
    await expect(of({ '20261121t020000z': unproven })).rejects.toMatchObject({
      message: expect.stringContaining('no vault has a copy of it') as string,
      hint: expect.stringContaining('--point 20261121t020000z') as string,
    });
    expect((await of({ '20261121t020000z': unproven }, { point: '20261121t020000z' })).dataPrefix).toContain(
      '20261121',
    );
  });

  it('is restored where the vaults are gone and cannot tell', async () => {
    expect((await of({ '20261121t020000z': null })).dataPrefix).toContain('20261121');
  });

  it('does not pass for one of another time', async () => {
    const store = bucketOf([shop, '2026-11-21T02:00:00Z']);
    const [key = ''] = store.keys('keep/catalogue/aurora');
    const record = JSON.parse(String(store.objects.get(key)?.content)) as RecoveryPointRecord;
    const tags = { ...record.tags, [copyTags.recoveryPoint]: recoveryPointId(shop, '2026-11-20T02:00:00Z') };
    store.put(key, JSON.stringify({ ...record, tags }));
    await expect(findRecord(store, 'keep/', knownKinds, {}, signal)).rejects.toThrow('it is of');
  });
});
