import { Storage } from '@google-cloud/storage';
import { Client } from 'pg';
import {
  backupBucket,
  databaseSecret,
  exportBucket,
  scratchAccount,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { plantBuckets } from '../../../sandbox/seed/plantBuckets';
import { plantDatabase } from '../../../sandbox/seed/plantDatabase';
import { callAws } from '../../../sandbox/seed/callAws';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';

const provisioningMilliseconds = 20 * 60_000;
const panda = cluster('shop', '999999999999', 'panda-1', { data: { database: 'shop', rows: 20_000 } });

let sandbox: CloudSandbox;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [panda], bucketsOf: 'shop' });
}, provisioningMilliseconds);

afterAll(() => sandbox.end());

async function query<T extends object>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: await sandbox.control.databaseUrl(panda) });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a cluster that is seeded with data', () => {
  test('is a PostgreSQL database with several schemas, as many orders as were asked for, and an empty table', async () => {
    const tables = await query<{ name: string; rows: string }>(`
      SELECT format('%I.%I', table_schema, table_name) AS name,
        (xpath('/row/count/text()',
          query_to_xml(format('SELECT count(*) AS count FROM %I.%I', table_schema, table_name), false, true, '')))[1]::text
          AS rows
      FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`);
    expect(Object.fromEntries(tables.map(({ name, rows }) => [name, Number(rows)]))).toMatchObject({
      'shop.orders': 20_000,
      'shop.customers': 1000,
      'warehouse.returns': 0,
      '"Reports"."Monthly Totals"': expect.any(Number) as number,
    });
  });

  test('is fresh when it was filled', async () => {
    const [{ seconds } = { seconds: Infinity }] = await query<{ seconds: number }>(
      'SELECT extract(epoch FROM now() - max(updated_at))::float AS seconds FROM shop.orders',
    );
    expect(seconds).toBeLessThan(60);
  });

  test('has what types, constraints and indexes a restore may lose', async () => {
    const kinds = await query<{ kind: string }>(`
      SELECT DISTINCT contype::text AS kind FROM pg_constraint WHERE connamespace = 'shop'::regnamespace
      UNION SELECT 'partial index' FROM pg_index WHERE indpred IS NOT NULL
      UNION SELECT 'expression index' FROM pg_index WHERE indexprs IS NOT NULL
      UNION SELECT 'view' FROM pg_views WHERE schemaname = 'shop'
      UNION SELECT 'identity' FROM pg_attribute WHERE attidentity = 'a'
      UNION SELECT 'serial' FROM pg_attrdef WHERE pg_get_expr(adbin, adrelid) LIKE 'nextval(%'
      UNION SELECT 'comment' FROM pg_description WHERE objoid = 'shop.customers'::regclass`);
    expect(kinds.map(({ kind }) => kind).sort()).toEqual(
      ['c', 'comment', 'expression index', 'f', 'identity', 'p', 'partial index', 'serial', 'u', 'view'].sort(),
    );
    const [edge] = await query<{ exact: string; nothing: string; endless: string }>(`
      SELECT max(exact) FILTER (WHERE label = 'largest')::text AS exact,
        max(price) FILTER (WHERE label = 'not a number')::text AS nothing,
        max(moment) FILTER (WHERE label = 'without an end')::text AS endless
      FROM warehouse.readings`);
    expect(edge).toEqual({
      exact: '12345678901234567890123456789012345678901234567890.123456789012345678901234567890',
      nothing: 'NaN',
      endless: 'infinity',
    });
  });

  test('keeps its data when it is seeded again', async () => {
    await sandbox.control.changeData(panda, "UPDATE shop.orders SET note = 'changed' WHERE id = 1");
    await plantDatabase(sandbox.awsEndpoint, { ...panda, data: { database: 'shop', rows: 1 } });
    expect(await query('SELECT note FROM shop.orders WHERE id = 1')).toEqual([{ note: 'changed' }]);
  });
});

test('where drills restore to, the secret opens what is restored, and there is a server that copies of other clouds go into', async () => {
  const { url, secret } = await sandbox.scratchServer();
  expect(await sandbox.scratchServer()).toEqual({ url, secret });
  const read = async (account: string, region: string, SecretId: string) =>
    JSON.parse(
      (
        JSON.parse(
          await callAws(sandbox.awsEndpoint, {
            service: 'secretsmanager',
            account,
            region,
            method: 'POST',
            path: '/',
            headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
            body: JSON.stringify({ SecretId }),
          }),
        ) as { SecretString: string }
      ).SecretString,
    ) as { username: string; password: string };
  const { password } = await read(scratchAccount, 'eu-west-1', secret);
  const client = new Client({ connectionString: url.replace('drill@', `drill:${password}@`) });
  await client.connect();
  await client.query('CREATE DATABASE scratch');
  await client.end();
  expect(await read(scratchAccount, 'eu-central-1', databaseSecret(panda.id))).toEqual(
    await read(panda.account, panda.region, databaseSecret(panda.id)),
  );
});

test('there are buckets for exports where copies are, and one in the other cloud, also when they are made twice', async () => {
  await plantBuckets(sandbox, 'shop', ['eu-west-1', 'eu-central-1']);
  const [buckets] = await new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: 'farcopy-sandbox' }).getBuckets();
  expect(buckets.map(({ name }) => name)).toEqual([backupBucket('shop')]);
  for (const region of ['eu-west-1', 'eu-central-1']) {
    const location = await callAws(sandbox.awsEndpoint, {
      service: 's3',
      account: vaultAccount,
      region,
      method: 'GET',
      path: `/${exportBucket('shop', region)}?location`,
    });
    expect(location).toMatch(`>${region}<`);
  }
});
