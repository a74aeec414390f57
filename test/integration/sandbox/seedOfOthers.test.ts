import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RDSClient, DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { seed } from '../../../sandbox/cli/seed';
import { provision } from '../../../sandbox/provision';
import { type AwsEmulator, type GcsEmulator, startAwsEmulator, startGcsEmulator } from '../../../sandbox/servers';
import { loadFleet } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';

describe('seeding an emulator that no sandbox started', () => {
  let folder: string;
  let emulator: AwsEmulator;
  let gcs: GcsEmulator;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
    const servers = await provision(['aws-emulator', 'gcs-emulator']);
    [emulator, gcs] = await Promise.all([
      startAwsEmulator({ path: servers['aws-emulator'].path, logFile: join(folder, 'aws.log') }),
      startGcsEmulator({ path: servers['gcs-emulator'].path, logFile: join(folder, 'gcs.log') }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([emulator.stop(), gcs.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('plants the databases, without data where there is no PostgreSQL, and writes what farcopy needs to reach them', async () => {
    const stateDir = join(folder, 'state');
    const output = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await seed('sandbox/demo/fleet.json', {
      stateDir,
      awsEndpoint: emulator.endpoint,
      temporalAddress: 'temporal:7233',
      gcsEndpoint: gcs.endpoint,
      data: false,
      json: true,
    });
    const [[document]] = output.mock.calls as [[string]];
    output.mockRestore();

    const { resources } = JSON.parse(document) as { resources: { arn: string }[] };
    expect(resources).toHaveLength(3);
    const buckets = (await (await fetch(`${gcs.endpoint}/storage/v1/b`)).json()) as { items: { name: string }[] };
    expect(buckets.items.map(({ name }) => name)).toEqual(['sandbox-backups']);
    expect(loadFleet(join(stateDir, 'fleet.yaml'), { kinds: knownKinds }).name).toBe('sandbox');
    expect(await readFile(join(stateDir, 'temporal.toml'), 'utf8')).toContain('address = "temporal:7233"');

    const config = await readFile(join(stateDir, 'aws-config'), 'utf8');
    const [, accessKeyId = ''] = /aws_access_key_id = (\S+)/.exec(config) ?? [];
    const [, secretAccessKey = ''] = /aws_secret_access_key = (\S+)/.exec(config) ?? [];
    const rds = new RDSClient({
      endpoint: emulator.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId, secretAccessKey },
    });
    rds.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-moto-account-id'] = '888888888888';
        return next(args);
      },
      { step: 'build', name: 'account' },
    );
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({}));
    rds.destroy();
    expect(DBClusters?.map((cluster) => cluster.DBClusterIdentifier)).toEqual(['panda-cluster-3']);
  });
});
