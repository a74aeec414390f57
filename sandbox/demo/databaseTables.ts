import { Client, type ClientConfig } from 'pg';
import { type QualifiedName } from '../../src/core/databaseSchema';
import { fixSession } from '../../src/postgres/session';
import { type TableChecksum, tableChecksums } from '../../src/postgres/tableChecksums';

/** Rows and checksum of every table of a database, partitions and what holds them included; it reads all of them. */
export async function databaseTables(database: ClientConfig): Promise<TableChecksum[]> {
  const client = new Client(database);
  await client.connect();
  try {
    await fixSession(client);
    const { rows } = await client.query<QualifiedName>(
      `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
         AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
       ORDER BY n.nspname, c.relname`,
    );
    return await tableChecksums(client, rows);
  } finally {
    await client.end();
  }
}
