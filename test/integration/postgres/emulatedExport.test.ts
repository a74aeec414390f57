import { Client } from 'pg';
import { callAws } from '../../../sandbox/seed/callAws';
import { exportBucket, exportRole, keyAlias, roleArn, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { describeDatabase } from '../../../src/postgres/describeDatabase';
import { restoreExportToPostgres } from '../../../src/postgres/restoreExportToPostgres';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';
import { eventually } from '../../support/eventually';
import { dataPrefix, ExportBucket } from '../../support/exportOf';
import { type PostgresServer, startPostgres } from '../../support/postgresServer';

const provisioningMilliseconds = 20 * 60_000;
/** In the account that exports. */
const panda = cluster('shop', vaultAccount, 'panda-1', { data: { database: 'shop', rows: 30_000 } });
const { region } = panda;
const bucketName = exportBucket('shop', region);

let sandbox: CloudSandbox;
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  sandbox = await CloudSandbox.start({
    databases: [panda],
    bucketsOf: 'shop',
    settings: {
      exportRowsPerPart: 7000,
      durations: { snapshot: { base: 0, perGiB: 0 }, export: { base: 1, perGiB: 0 } },
    },
  });
}, provisioningMilliseconds);

afterAll(async () => {
  await sandbox?.end();
  await server?.stop();
});

const owner = { account: vaultAccount, region } as const;

function rds(parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ ...parameters, Version: '2014-10-31' });
  return callAws(sandbox.awsEndpoint, { ...owner, service: 'rds', method: 'POST', path: '/', body });
}

/** What RDS wrote, as a transfer brings it to another cloud. */
async function exported(): Promise<ExportBucket> {
  const made = await rds({
    Action: 'CreateDBClusterSnapshot',
    DBClusterIdentifier: panda.id,
    DBClusterSnapshotIdentifier: 'before-the-fire',
  });
  const [, arn = ''] = /<DBClusterSnapshotArn>(.*?)</.exec(made) ?? [];
  await eventually('the snapshot is available', async () =>
    (await rds({ Action: 'DescribeDBClusterSnapshots' })).includes('<Status>available<'),
  );
  await rds({
    Action: 'StartExportTask',
    ExportTaskIdentifier: 'task-1',
    SourceArn: arn,
    S3BucketName: bucketName,
    S3Prefix: `${dataPrefix}export`,
    IamRoleArn: roleArn(vaultAccount, exportRole),
    KmsKeyId: keyAlias,
  });
  await eventually('the export is complete', async () =>
    (await rds({ Action: 'DescribeExportTasks' })).includes('<Status>COMPLETE<'),
  );
  const s3 = { ...owner, service: 's3', method: 'GET' } as const;
  const listing = await callAws(sandbox.awsEndpoint, { ...s3, path: `/${bucketName}?list-type=2` });
  const keys = [...listing.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
  const bucket = new ExportBucket();
  for (const key of keys) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const response = await fetch(`${sandbox.awsEndpoint}/${bucketName}/${path}`, {
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=owner/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=unchecked`,
        'x-moto-account-id': vaultAccount,
      },
    });
    if (!response.ok) throw new Error(`${key}: ${response.status}`);
    bucket.objects.set(key, Buffer.from(await response.arrayBuffer()));
  }
  return bucket;
}

test('the database of the sandbox, exported by the emulator, comes back whole in a PostgreSQL of its own', async () => {
  const source = new Client({ connectionString: await sandbox.control.databaseUrl(panda) });
  await source.connect();
  const schema = await describeDatabase(source, { takenFrom: 'recovery-point', measure: 'checksums' });
  await source.end();
  const bucket = await exported();
  bucket.seal(schema);
  const target = await server.create('target');
  const report = await restoreExportToPostgres({
    from: { store: bucket.store, prefix: '', dataPrefix },
    to: { url: server.url('target') },
  });
  expect(report).toMatchObject({
    equal: true,
    comparedWith: 'recovery-point',
    differences: [],
    refused: [],
    notCarried: [],
  });
  expect(report.tables).toBeGreaterThan(5);
  const found = await describeDatabase(target, { takenFrom: 'recovery-point', measure: 'checksums' });
  expect(found).toEqual({ ...schema, database: 'target', monetary: 'C' });
});
