import { Client } from 'pg';
import { describeDatabase } from '../../../src/postgres/describeDatabase';
import { describeDatabases } from '../../../src/postgres/describeDatabases';
import { openDatabase } from '../../../src/postgres/databaseConnections';
import { eventually } from '../../support/eventually';
import { type PostgresServer, startPostgres } from '../../support/postgresServer';

let server: PostgresServer;
let host: string;
let port: number;

beforeAll(async () => {
  server = await startPostgres();
  const url = new URL(server.url('postgres'));
  host = url.hostname;
  port = Number(url.port);
  for (const name of ['shop', 'archive', 'private']) {
    const client = await server.create(name);
    await client.query(`CREATE TABLE ${name}_things (id bigserial PRIMARY KEY, what text NOT NULL);
      CREATE VIEW ${name}_view AS SELECT what FROM ${name}_things;
      INSERT INTO ${name}_things (what) VALUES ('a'), ('b')`);
  }
  const rds = await server.create('rdsadmin');
  await rds.query(`CREATE ROLE reader LOGIN; REVOKE CONNECT ON DATABASE private FROM PUBLIC;
    REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC`);
}, 60_000);
afterAll(() => server?.stop());

const login = { user: 'reader', password: 'none is asked for' };
const never = new AbortController().signal;
const open = (database: string, signal?: AbortSignal) =>
  openDatabase({ host, port, database, masterUsername: null }, login, 'disable', signal);

test('every database that one may connect to is described; the one that one may not is told with a reason', async () => {
  const { schemas, unread, passing } = await describeDatabases(open, 'shop', never);
  expect(schemas.map(({ database, takenFrom }) => `${database} ${takenFrom}`)).toEqual([
    'archive live',
    'postgres live',
    'shop live',
  ]);
  expect(unread).toEqual([expect.stringMatching(/^schema of database private: .*permission denied.*42501/) as string]);
  expect(passing).toBe(false);
  const shop = schemas.find(({ database }) => database === 'shop');
  expect(shop).toMatchObject({
    tables: [{ name: 'shop_things', rows: null, checksum: null, constraints: [{ kind: 'primary-key' }] }],
    views: [{ name: 'shop_view' }],
  });
});

test('a role without any privilege describes a database; only where its sequences stand stays unknown, and is told', async () => {
  const owner = await server.connect('shop');
  const all = await describeDatabase(owner, { takenFrom: 'live' });
  expect(all.sequences).toMatchObject([{ lastValue: '2' }]);
  expect(all.omitted).toEqual([]);
  const { schemas } = await describeDatabases(open, 'shop', never);
  const seen = schemas.find(({ database }) => database === 'shop');
  expect(seen).toEqual({
    ...all,
    sequences: [{ ...all.sequences[0], lastValue: null }],
    omitted: ['where sequence public.shop_things_id_seq stands, which the role may not read'],
  });
});

test('a server that is gone is something that passes', async () => {
  const { schemas, unread, passing } = await describeDatabases(
    (database) => openDatabase({ host, port: 1, database, masterUsername: null }, login, 'disable'),
    'shop',
    never,
  );
  expect({ schemas, passing }).toEqual({ schemas: [], passing: true });
  expect(unread).toEqual([expect.stringContaining('ECONNREFUSED') as string]);
});

test('a description that waits for a lock of the users ends when its time is up, and holds up nobody', async () => {
  const user = await server.connect('shop');
  await user.query('BEGIN; LOCK TABLE shop_view IN ACCESS EXCLUSIVE MODE');
  const ended = new AbortController();
  const describing = describeDatabases((database) => open(database, ended.signal), 'shop', ended.signal);
  const watcher = await server.connect('postgres');
  await eventually('the description waits', async () => {
    const { rowCount } = await watcher.query(
      `SELECT FROM pg_catalog.pg_stat_activity WHERE application_name = 'farcopy' AND wait_event_type = 'Lock'`,
    );
    return rowCount === 1 ? true : null;
  });
  ended.abort();
  const { schemas, unread } = await describing;
  expect(schemas.map(({ database }) => database)).toEqual(['archive', 'postgres']);
  expect(unread.at(-1)).toBe('schema of database shop: there was no time left');
  await user.query('ROLLBACK');
});

test('a server without TLS is not told the password where TLS is wanted', async () => {
  const secret = { user: 'reader', password: 'hush-hush' };
  const opening = openDatabase({ host, port, database: 'shop', masterUsername: null }, secret, 'require');
  await expect(opening).rejects.toMatchObject({
    type: 'Configuration',
    message: expect.stringContaining('`tls` in `connect`') as string,
  });
  await opening.catch((error: unknown) => expect(JSON.stringify(error)).not.toContain('hush-hush'));
});

test('a session that breaks while nobody uses it ends nothing but itself', async () => {
  const session = await open('shop');
  const [found] = (await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
  const ended = new Promise((resolve) => session.once('end', resolve));
  const main = await server.connect('postgres');
  await main.query('SELECT pg_terminate_backend($1)', [found?.pid]);
  await ended;
  await expect(session.query('SELECT 1')).rejects.toThrow();
  expect(session).toBeInstanceOf(Client);
});
