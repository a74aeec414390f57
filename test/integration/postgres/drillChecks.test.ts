import { MockActivityEnvironment } from '@temporalio/testing';
import { drillDatabaseActivities, type DrillDatabaseDependencies } from '../../../src/activities/drill/drillDatabase';
import { type DrillCheck } from '../../../src/core/drill/drill';
import { type DrillCheckResult } from '../../../src/core/drill/drillResult';
import { type ResourceRef } from '../../../src/core/resource';
import { type PostgresServer, startPostgres } from '../../support/postgresServer';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  const shop = await server.create('shop');
  await shop.query(`CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)`);
});
afterAll(() => server?.stop());

const resource: ResourceRef = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
};
const askedFor = (query: string): DrillCheck => ({
  ...{ type: 'query', name: query, resources: [], query },
  ...{ equals: '1', atLeast: undefined, atMost: undefined },
});

async function checked(...queries: readonly string[]): Promise<readonly DrillCheckResult[]> {
  const { runDrillChecks } = drillDatabaseActivities({
    servers: new Set(),
  } as Partial<DrillDatabaseDependencies> as DrillDatabaseDependencies);
  const database = { type: 'postgres', url: server.url('shop'), secret: null } as const;
  return new MockActivityEnvironment().run(
    runDrillChecks,
    database,
    resource,
    queries.map(askedFor),
    '2026-11-21T02:00:00Z',
  );
}

test('a value that no worker could hold fails its check, and the checks after it are made', async () => {
  const before = process.memoryUsage().rss;
  const [huge, next] = await checked(`SELECT repeat('x', 600000000)`, 'SELECT count(*) FROM orders');
  expect(huge).toMatchObject({ ok: false, message: 'the query gives more than 16 MiB' });
  expect(next).toMatchObject({ ok: true, found: '1' });
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test.each([
  `SELECT 1; DROP TABLE orders`,
  `WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone`,
  `SELECT set_config('transaction_read_only', 'off', false)`,
  `COPY orders TO PROGRAM 'cat'`,
  `DELETE FROM orders RETURNING id`,
])('what does more than to ask once is refused: %s', async (query) => {
  const [refused, after] = await checked(query, 'SELECT count(*) FROM orders');
  expect(refused).toMatchObject({ ok: false, found: null });
  expect(after).toMatchObject({ ok: true, found: '1' });
});
