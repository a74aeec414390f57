import { type RestoreToPostgresInput } from '../../src/core/restore/postgresRestore';
import { type Client } from 'pg';
import { type WorkflowHandle } from '@temporalio/client';
import { loadExportActivities } from '../../src/activities/restore/loadExport';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue } from '../../src/core/naming';
import { type DatabaseSecret } from '../../src/clouds/aws/readSecret';
import { describeDatabase } from '../../src/postgres/describeDatabase';
import { type restoreToPostgres } from '../../src/workflows/restoreToPostgres';
import { eventually } from '../support/eventually';
import { dataPrefix, type ExportBucket, exportOf } from '../support/exportOf';
import { type PostgresServer, startPostgres } from '../support/postgresServer';
import { fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const queue = fleetTaskQueue(fleet);
const parts = 12;
let service: TimeSkippingService;
let server: PostgresServer;
let bucket: ExportBucket;
let secret: DatabaseSecret = { password: '', username: null, host: null };
/** Called before an object is read. */
let beforeRead: (key: string, signal: AbortSignal | undefined) => Promise<void>;
let tests = 0;

beforeAll(async () => {
  server = await startPostgres();
  const source = await server.create('shop');
  await source.query(`CREATE TABLE orders (id int PRIMARY KEY, note text);
    INSERT INTO orders SELECT g, 'order ' || g FROM generate_series(1, ${parts * 100}) g`);
  const schema = await describeDatabase(source, { takenFrom: 'recovery-point', measure: 'checksums' });
  bucket = await exportOf(source, 'shop', schema.tables, 100);
  bucket.seal(schema);
  const { store } = bucket;
  const activities = loadExportActivities({
    openStore: async () => ({
      ...store,
      read: async (key, options, signal) => {
        await beforeRead(key, signal);
        return store.read(key, options, signal);
      },
    }),
    readSecret: async () => secret,
    ...{ servers: new Set<string>(), ownPassword: undefined },
    signatures: async () => null,
  });
  service = await TimeSkippingService.start(activities, queue);
});
afterAll(async () => {
  await service?.stop();
  await server?.stop();
});
beforeEach(() => {
  beforeRead = async () => undefined;
  bucket.reads.length = 0;
});

interface Scene {
  readonly input: RestoreToPostgresInput;
  readonly client: Client;
}

async function scene(): Promise<Scene> {
  const name = `target_${++tests}`;
  const client = await server.create(name);
  return {
    client,
    input: { version: 1, from: { bucket: 'gs://panda', dataPrefix }, to: { url: server.url(name) }, parallel: 2 },
  };
}

function start(input: RestoreToPostgresInput, run = 1): Promise<WorkflowHandle<typeof restoreToPostgres>> {
  return service.client.workflow.start<typeof restoreToPostgres>('restoreToPostgres', {
    workflowId: `restore/${input.to.url.split('/').pop()}/${run}`,
    taskQueue: queue,
    args: [input],
  });
}

const partsRead = () => bucket.reads.filter((key) => key.endsWith('.parquet')).length;

describe('a restore into PostgreSQL', () => {
  it('ends with a report of what is there', async () => {
    const { input, client } = await scene();
    const report = await service.runUntil((await start(input)).result());
    expect(report).toMatchObject({
      equal: true,
      tables: 1,
      rows: parts * 100,
      differences: [],
      refused: [],
      notCarried: [],
    });
    expect((await client.query('SELECT count(*)::int AS n FROM orders')).rows).toEqual([{ n: parts * 100 }]);
  });

  it('goes on by itself after the bucket has failed, and reads no part again that was loaded', async () => {
    const { input } = await scene();
    let failures = 3;
    beforeRead = async (key) => {
      if (key.includes('part-00007') && failures-- > 0)
        throw applicationFailure(failureTypes.transient, 'come back later');
    };
    const report = await service.runUntil((await start(input)).result());
    expect(report).toMatchObject({ equal: true, rows: parts * 100 });
    // With two lanes, one other part at most may be on its way when one fails.
    expect(partsRead()).toBeLessThanOrEqual(parts + 3);
  });

  it('that is cancelled leaves what it has loaded, and one that is started anew goes on there', async () => {
    const { input, client } = await scene();
    beforeRead = (key, signal) =>
      key.includes('part-00007')
        ? new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
        : Promise.resolve();
    const first = await start(input);
    const ended = service.runUntil(first.result()).catch((error: unknown) => error);
    const loaded = async () =>
      (await client.query<{ n: number }>('SELECT count(*)::int AS n FROM farcopy_restore.progress').catch(() => null))
        ?.rows[0]?.n;
    await eventually('all parts but one are loaded', async () => (await loaded()) === parts - 1);
    await first.cancel();
    expect(await ended).toMatchObject({ name: 'WorkflowFailedError' });
    expect((await first.describe()).status.name).toBe('CANCELLED');
    expect(await loaded()).toBe(parts - 1);

    beforeRead = async () => undefined;
    bucket.reads.length = 0;
    const report = await service.runUntil((await start(input, 2)).result());
    expect(report).toMatchObject({ equal: true, rows: parts * 100 });
    expect(partsRead()).toBe(1);
  });

  it('ends at once when the target holds a table of the same name', async () => {
    const { input, client } = await scene();
    await client.query('CREATE TABLE orders (id int)');
    const result = service.runUntil((await start(input)).result());
    await expect(result).rejects.toMatchObject({ cause: { cause: { type: 'Conflict' } } });
  });

  it('sends a secret to no other host than the one it is for', async () => {
    const { input } = await scene();
    secret = { host: 'shop.cluster.example.org', username: 'me', password: 'x' };
    const stranger = {
      ...input,
      to: { ...input.to, secret: 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:shop' },
    };
    const result = service.runUntil((await start(stranger)).result());
    await expect(result).rejects.toMatchObject({ cause: { cause: { type: 'Configuration' } } });
  });
});
