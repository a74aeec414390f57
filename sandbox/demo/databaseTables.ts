import { Client, type ClientConfig } from 'pg';
import { type QualifiedName } from '../../src/core/catalogue/databaseSchema';
import { fixSession } from '../../src/postgres/session';
import { type TableChecksum, tableChecksums } from '../../src/postgres/tableChecksums';

/** A table as its database shows it. */
export interface SeenTable extends TableChecksum {
  /** The type of each column by its name: `numeric(12,2)`, or `numeric(12,2) not null`. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Every table of a database, partitions and what holds them included; it reads all rows. */
export async function databaseTables(database: ClientConfig): Promise<SeenTable[]> {
  const client = new Client(database);
  await client.connect();
  try {
    await fixSession(client);
    const { rows: tables } = await client.query<QualifiedName & Pick<SeenTable, 'columns'>>(
      `SELECT n.nspname AS schema, c.relname AS name,
         coalesce((SELECT json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod) ||
             CASE WHEN a.attnotnull THEN ' not null' ELSE '' END)
           FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}') AS columns
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
         AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
       ORDER BY n.nspname, c.relname`,
    );
    const sums = await tableChecksums(client, tables);
    return sums.map((sum, i) => ({ ...sum, columns: tables[i]?.columns ?? {} }));
  } finally {
    await client.end();
  }
}
