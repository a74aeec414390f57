import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32c } from '@node-rs/crc32';
import { escapeIdentifier } from 'pg';
import { type ObjectStore, type StoredObject } from '../../src/clouds/objectStore';
import { type ManifestEntry } from '../../src/core/catalogue/manifest';
import { type DatabaseSchema, type QualifiedName } from '../../src/core/catalogue/databaseSchema';
import { tableFolder } from '../../src/postgres/exportLayout';
import { fixSession, type Session } from '../../src/postgres/session';
import { qualified } from '../../src/postgres/qualified';
import { objectIdentifierTypes } from '../../src/postgres/tableChecksums';
import { type ExportedValue, type StoredAs, writePart } from './awsParquet';

export const dataPrefix = 'data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/';
const recordKey = 'catalogue/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z.json';

/** A bucket in memory with one recovery point's export in it. */
export class ExportBucket {
  readonly objects = new Map<string, Buffer>();
  /** Keys that were read, in their order. */
  readonly reads: string[] = [];

  get store(): ObjectStore {
    const stored = (key: string): StoredObject => ({
      key,
      bytes: this.objects.get(key)?.length ?? 0,
      crc32c: null,
      revision: '1',
      metadata: null,
    });
    const keys = () => [...this.objects.keys()].sort();
    return {
      list: async function* (prefix) {
        yield keys()
          .filter((key) => key.startsWith(prefix))
          .map(stored);
      },
      head: async (key) => (this.objects.has(key) ? stored(key) : null),
      read: async (key) => {
        this.reads.push(key);
        const content = this.objects.get(key);
        if (content === undefined) throw new Error(`there is no ${key}`);
        return Readable.from([content]);
      },
      write: () => Promise.reject(new Error('a restore writes nothing')),
      delete: () => Promise.reject(new Error('a restore deletes nothing')),
    };
  }

  /** The same objects in a bucket of its own. */
  copy(): ExportBucket {
    const copy = new ExportBucket();
    for (const [key, content] of this.objects) copy.objects.set(key, content);
    return copy;
  }

  /** Keys of the parts, relative to the bucket. */
  parts(): string[] {
    return [...this.objects.keys()].filter((key) => key.endsWith('.parquet')).sort();
  }

  /** Writes manifest, bundle and record of what is there, as the end of a transfer does. */
  seal(schema: DatabaseSchema | null, skippedTables: readonly { table: string; reason: string | null }[] = []): void {
    const root = `${dataPrefix}export/`;
    const entries = [...this.objects]
      .filter(([key]) => key.startsWith(root))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, content]): ManifestEntry => ({
        key: key.slice(root.length),
        bytes: content.length,
        crc32c: crc32c(content).toString(16).padStart(8, '0'),
        sha256: sha256(content),
      }));
    const perShard = 5;
    const shards = Array.from({ length: Math.ceil(entries.length / perShard) }, (_, i) => {
      const some = entries.slice(i * perShard, (i + 1) * perShard);
      const file = Buffer.from(some.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      const key = `manifest/${String(i).padStart(6, '0')}.ndjson`;
      this.objects.set(`${dataPrefix}${key}`, file);
      return { key, objects: some.length, bytes: some.reduce((n, { bytes }) => n + bytes, 0), sha256: sha256(file) };
    });
    const bytes = entries.reduce((n, entry) => n + entry.bytes, 0);
    const manifest = json({ version: 1, objects: entries.length, bytes, shards });
    this.objects.set(`${dataPrefix}manifest.json`, manifest);
    const bundle = json({ version: 1, schemas: schema === null ? [] : [schema] });
    this.objects.set(`${dataPrefix}bundle.json`, bundle);
    const record = { version: 1, manifestSha256: sha256(manifest), bundleSha256: sha256(bundle), skippedTables };
    this.objects.set(recordKey, json(record));
  }
}

const storedAs: Readonly<Record<string, StoredAs>> = {
  boolean: 'BOOLEAN',
  smallint: 'INT_16',
  integer: 'INT32',
  bigint: 'INT64',
  real: 'FLOAT',
  'double precision': 'DOUBLE',
  bytea: 'BINARY',
};

/** Exports tables of a database as AWS documents it, `rowsPerPart` rows a part. */
export async function exportOf(
  session: Session,
  database: string,
  tables: readonly QualifiedName[],
  rowsPerPart = 1000,
): Promise<ExportBucket> {
  await fixSession(session);
  const bucket = new ExportBucket();
  const statuses: object[] = [];
  for (const table of tables) {
    const { rows: columns } = await session.query<{ name: string; type: string; told: string; characters: number }>(
      `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, i.data_type AS told,
         coalesce(i.character_maximum_length, 0) AS characters
       FROM pg_catalog.pg_attribute a JOIN information_schema.columns i
         ON i.table_schema = $1 AND i.table_name = $2 AND i.column_name = a.attname
       WHERE a.attrelid = $3::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT format_type(a.atttypid, NULL) = ANY ($4)
       ORDER BY a.attnum`,
      [table.schema, table.name, qualified(table), [...objectIdentifierTypes]],
    );
    const list = columns.map(({ name, type }) =>
      type === 'bytea' || type === 'boolean' ? escapeIdentifier(name) : `${escapeIdentifier(name)}::text`,
    );
    const { rows } = await session.query(`SELECT ${list.join(', ')} FROM ${qualified(table)}`);
    for (let at = 0; at < rows.length; at += rowsPerPart) {
      const part = await writePart(
        columns.map(({ name, type }) => ({
          name,
          storedAs: storedAs[type] ?? 'STRING',
          values: rows.slice(at, at + rowsPerPart).map((row) => exported(type, row[name])),
        })),
      );
      const number = String(at / rowsPerPart).padStart(5, '0');
      bucket.objects.set(
        `${dataPrefix}export/task-1/${database}/${tableFolder(table)}/1/part-${number}-c5a881bb-c000.gz.parquet`,
        part,
      );
    }
    statuses.push({
      target: `${database}.${table.schema}.${table.name}`,
      status: 'COMPLETE',
      schemaMetadata: {
        originalTypeMappings: columns.map(({ name, told, characters }) => ({
          columnName: name,
          originalType: told,
          expectedExportedType: 'binary (UTF8)',
          originalCharMaxLength: characters,
          originalNumPrecision: 0,
          originalDateTimePrecision: 0,
        })),
      },
    });
  }
  bucket.objects.set(
    `${dataPrefix}export/task-1/export_tables_info_task-1_from_1_to_${tables.length}.json`,
    json({ perTableStatus: statuses }),
  );
  bucket.objects.set(`${dataPrefix}export/task-1/export_info_task-1.json`, json({ status: 'COMPLETE' }));
  return bucket;
}

function exported(type: string, value: unknown): ExportedValue {
  if (value === null) return null;
  if (type === 'bigint') return BigInt(value as string);
  if (['smallint', 'integer', 'real', 'double precision'].includes(type)) return value === '-0' ? -0 : Number(value);
  return value as ExportedValue;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
