import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { loadExportActivities } from '../../../../src/activities/restore/loadExport';
import { copyTags } from '../../../../src/core/catalogue/copy';
import { type Signatures } from '../../../../src/core/catalogue/proof';
import { failureTypes } from '../../../../src/core/failure';
import { FakeObjectStore } from '../../../fakes/objectStore';

/** Whoever can write to the bucket has replaced the export, its manifest, its bundle and its record by their own. */

const path = 'aurora-cluster/999999999999/eu-west-1/shop';
const dataPrefix = `data/${path}/20261121t020000z/`;
const dataTime = '2026-11-21T02:03:00Z';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const manifest = JSON.stringify({ version: 1, objects: 0, bytes: 0, shards: [] });
const bundle = JSON.stringify({ version: 1, schemas: [] });
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };

function bucket({
  bundleSha256 = sha256(bundle),
  withRecord = true,
}: { bundleSha256?: string | null; withRecord?: boolean } = {}) {
  const store = new FakeObjectStore();
  store.put(`${dataPrefix}manifest.json`, manifest);
  store.put(`${dataPrefix}bundle.json`, bundle);
  const record = {
    version: 1,
    tags: { [copyTags.dataTime]: dataTime },
    manifestSha256: sha256(manifest),
    bundleSha256,
  };
  if (withRecord) store.put(`catalogue/${path}/20261121t020000z.json`, JSON.stringify(record));
  return store;
}

const plan = (store: FakeObjectStore, signed: Partial<Signatures> | Error) => {
  const point = { manifests: [], bundles: [], dataTimes: [dataTime], ...signed };
  const { planPostgresRestore } = loadExportActivities({
    openStore: async () => store,
    readSecret: () => Promise.reject(new Error('nobody asks')),
    ...{ servers: new Set<string>(), ownPassword: undefined },
    signatures: async () => {
      if (signed instanceof Error) throw signed;
      return new Map([[`${path}/2026-11-21T02:00:00Z`, point]]);
    },
  });
  const request = { from: { bucket: 'gs://panda', dataPrefix }, to: { url: 'postgres://postgres@127.0.0.1:1/none' } };
  return new MockActivityEnvironment({}, silent).run(planPostgresRestore, request);
};
/** Past the proof, the export is planned: this one has no database. */
const isPlanned = async (work: Promise<unknown>) =>
  expect(work).rejects.not.toMatchObject({ type: 'VerificationFailed' });

const genuine = { manifests: [sha256(manifest)], bundles: [sha256(bundle)] };

test('what a vault’s copy is signed with is loaded', async () => {
  await isPlanned(plan(bucket(), genuine));
});

test.each([
  ['a forged manifest', { manifests: ['a'.repeat(64)] }, bucket()],
  ['a forged bundle, whose SQL would run', { bundles: ['b'.repeat(64)] }, bucket()],
  ['a record of another time', { dataTimes: ['2026-11-20T02:03:00Z'] }, bucket()],
  ['no record at all', {}, bucket({ withRecord: false })],
])('%s is not loaded: the vaults’ copies are signed with another', async (_, signed, store) => {
  await expect(plan(store, { ...genuine, ...signed })).rejects.toMatchObject({
    type: failureTypes.verificationFailed,
    nonRetryable: true,
  });
});

test('a bundle is not run that the record does not know', async () => {
  await expect(plan(bucket({ bundleSha256: null }), { ...genuine, bundles: [] })).rejects.toMatchObject({
    type: failureTypes.verificationFailed,
    message: expect.stringContaining('the catalogue knows of none') as string,
  });
});

test('an export whose vaults are gone is loaded all the same', async () => {
  await isPlanned(plan(bucket(), new Error('the account is closed')));
  await isPlanned(plan(bucket(), {}));
});
