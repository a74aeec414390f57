import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { packageFile } from '../provision/packageFile';
import { listData, plantData } from './emulatorControl';
import { databaseSecret, scratchAccount, scratchRegions } from './sandboxAccounts';
import { type SeedData, type SeedResource } from './seed';

/** The owner of a seeded database. */
export const masterUsername = 'panda';

export type DatabaseWithData = Pick<SeedResource, 'kind' | 'account' | 'region' | 'id'> & { readonly data: SeedData };

/**
 * Gives a seeded database a PostgreSQL server of its own, with the tables of `sandbox/seed/database`; one that has a server
 * keeps what it has.
 *
 * @throws Error with the emulator's own words when it cannot, or has no PostgreSQL.
 */
export async function plantDatabase(awsEndpoint: string, database: DatabaseWithData): Promise<void> {
  const { kind, account, region, id, data } = database;
  const present = await listData(awsEndpoint);
  if (present.some((one) => one.kind === kind && one.account === account && one.region === region && one.id === id))
    return;
  await plantData(awsEndpoint, {
    account,
    region,
    kind,
    id,
    masterUsername,
    masterPassword: randomBytes(18).toString('base64url'),
    database: data.database,
    secrets: [
      { account, region, name: databaseSecret(id) },
      ...scratchRegions.map((of) => ({ account: scratchAccount, region: of, name: databaseSecret(id) })),
    ],
    sql: databaseSql(data.rows),
  });
}

/** What fills a database; `rows` is how many orders it has, its largest table. */
export function databaseSql(rows: number): string {
  const folder = packageFile('sandbox', 'seed', 'database');
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  // One text: what is set holds for the connection, and each text may get one of its own.
  return [`SET farcopy.rows = '${rows}';`, ...texts].join('\n');
}
