import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ObjectStore } from '../../src/clouds/objectStore';
import { readRecord } from '../../src/core/catalogue/readRecord';
import { applicationFailure } from '../../src/core/applicationFailure';
import { cataloguedRecord } from '../../src/core/catalogue/catalogue';
import { proofOf } from '../../src/core/catalogue/proof';
import { failureTypes } from '../../src/core/failure';
import { knownKinds } from '../../src/kinds/registry';
import { ExportSource } from '../../src/postgres/exportSource';
import { parseTablesInfo } from '../../src/postgres/exportLayout';
import { planRestore } from '../../src/postgres/planRestore';
import { fc, mutatedJson, mutatedText } from '../inputs';
import { ensure, refusedOr, target } from '../target';

const path = 'aurora-cluster/999999999999/eu-west-1/shop';
const dataPrefix = `data/${path}/20261121t020000z/`;
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

const tablesInfo = {
  perTableStatus: [
    {
      target: 'shop.public.orders',
      status: 'COMPLETE',
      schemaMetadata: {
        originalTypeMappings: [{ columnName: 'id', originalType: 'bigint', originalCharMaxLength: 0 }],
      },
    },
  ],
};
const entry = { key: 'task/shop/public.orders/1/part-0.gz.parquet', bytes: 5, crc32c: '00000000', sha256: sha256('') };
const infoKey = 'task/export_tables_info_task_from_1_to_1.json';
const bundle = {
  version: 1,
  ...{ resource: null, collectedAt: '2026-11-21T02:00:00Z', configuration: {}, unread: [] },
  schemas: [
    {
      version: 1,
      ...{ database: 'shop', takenFrom: 'live', serverVersion: 180001, encoding: 'UTF8', monetary: 'C' },
      ...{ extensions: [], collations: [], types: [], functions: [], sequences: [], views: [], omitted: [] },
      schemas: [{ name: 'public', comment: null }],
      tables: [
        {
          ...{ schema: 'public', name: 'orders', unlogged: false, partitionKey: null, partitionOf: null, inherits: [] },
          columns: [
            {
              name: 'id',
              type: 'bigint',
              collation: null,
              notNull: true,
              default: null,
              identity: null,
              generated: null,
              comment: null,
            },
          ],
          ...{
            options: [],
            constraints: [],
            indexes: [],
            triggers: [],
            rowSecurity: false,
            comment: null,
            rows: 1,
            checksum: null,
          },
        },
      ],
    },
  ],
};
const record = {
  version: 1,
  resource: {
    kind: 'aurora-cluster',
    account: '999999999999',
    region: 'eu-west-1',
    id: 'shop',
    arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
  },
  tags: { 'farcopy:recovery-point': `${path}/2026-11-21T02:00:00Z` },
  ...{ dataPrefix, objects: 2, bytes: 10, manifestSha256: null, bundleSha256: null, skippedTables: [] },
  verified: { level: 'full', at: '2026-11-21T02:00:00Z' },
};

/** Records of a catalogue: whoever can write into a bucket can write anything. */
export const records = target(
  'records',
  fc.oneof(
    mutatedJson(record).map((document) => JSON.stringify(document) ?? ''),
    mutatedText(JSON.stringify(record)),
  ),
  async (written) => {
    const found = await refusedOr(() => readRecord(written, path, '20261121t020000z', knownKinds));
    if (found === undefined) return;
    ensure(found.dataPrefix === dataPrefix, found.dataPrefix);
    const bucket = { scheme: 'gs', bucket: 'panda-backups', prefix: '' } as const;
    cataloguedRecord(found, 'other-cloud', bucket, proofOf(found, { manifests: ['0'], bundles: [], dataTimes: [] }));
  },
);

function storeOf(objects: ReadonlyMap<string, string>): ObjectStore {
  const there = (key: string) => {
    const content = objects.get(key);
    if (content === undefined) throw applicationFailure(failureTypes.notFound, `${key} is not there`);
    return content;
  };
  const described = (key: string) => ({
    key,
    bytes: Buffer.byteLength(there(key)),
    crc32c: null,
    revision: '1',
    metadata: null,
  });
  const never = () => Promise.reject(new Error('a restore writes nothing into a bucket'));
  return {
    async *list(prefix) {
      yield [...objects.keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .map(described);
    },
    head: (key) => Promise.resolve(objects.has(key) ? described(key) : null),
    read: (key) => Promise.resolve(Readable.from([Buffer.from(there(key))])),
    ...{ write: never, delete: never },
  };
}

const parts = fc.record({
  shard: fc.oneof(fc.constant(null), mutatedJson([{ ...entry, key: infoKey }, entry])),
  manifest: fc.oneof(
    fc.constant(null),
    mutatedJson({
      version: 1,
      objects: 2,
      bytes: 10,
      shards: [{ key: 'manifest/000000.ndjson', objects: 2, bytes: 10, sha256: '' }],
    }),
  ),
  bundle: fc.oneof(fc.constant(bundle as unknown), mutatedJson(bundle)),
  info: mutatedJson(tablesInfo),
});

/** Manifests, bundles and lists of tables, as a restore reads them. */
export const exportsInBuckets = target(
  'exportsInBuckets',
  parts,
  async ({ shard, manifest, bundle: bundled, info }) => {
    const lines = Array.isArray(shard) ? shard.map((line) => JSON.stringify(line)).join('\n') : JSON.stringify(shard);
    const objects = new Map<string, string>();
    const put = (key: string, content: string | undefined) => objects.set(`${dataPrefix}${key}`, content ?? '');
    put('bundle.json', JSON.stringify(bundled));
    put(`export/${infoKey}`, JSON.stringify(info));
    put(`export/${entry.key}`, 'PAR1x');
    if (shard !== null) put('manifest/000000.ndjson', lines);
    if (manifest !== null)
      put('manifest.json', JSON.stringify(manifest).replace('"sha256":""', `"sha256":"${sha256(lines)}"`));
    const source = await refusedOr(() => ExportSource.open({ store: storeOf(objects), prefix: '', dataPrefix }));
    if (source === undefined) return;
    await refusedOr(() => planRestore(source, undefined));
  },
);

/** What AWS says of the tables of an export. */
export const tablesInfos = target('tablesInfos', mutatedJson(tablesInfo), (info) => {
  try {
    parseTablesInfo(JSON.stringify(info) ?? '');
  } catch (error) {
    ensure(
      error instanceof Error && (error.name === 'SyntaxError' || /perTableStatus/.test(error.message)),
      String(error),
    );
  }
});
