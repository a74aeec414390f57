import { DescribeKeyCommand, KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import {
  type DBClusterSnapshot,
  DescribeDBClusterSnapshotAttributesCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeExportTasks,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsKeyPair } from '../seed/emulatorControl';
import { defaultRegion, roleArn, visitorRole } from '../seed/sandboxAccounts';
import { type Clouds, type SeenBucket, type SeenCluster, type SeenExport, type SeenSnapshot } from './clouds';

interface Access {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Clients {
  readonly rds: RDSClient;
  readonly kms: KMSClient;
  readonly s3: S3Client;
}

/**
 * The clouds as the AWS SDK shows them to a visitor of each account. It shares nothing with the code that makes the copies:
 * neither its clients, nor its roles, nor its reading of what AWS answers.
 */
export class AwsClouds implements Clouds {
  private readonly access = new Map<string, Promise<Access>>();
  private readonly clients = new Map<string, Promise<Clients>>();

  constructor(
    private readonly endpoint: string,
    private readonly keys: AwsKeyPair,
  ) {}

  async snapshots(account: string, region: string): Promise<SeenSnapshot[]> {
    const { rds } = await this.clientsOf(account, region);
    const found: SeenSnapshot[] = [];
    for await (const { DBClusterSnapshots } of paginateDescribeDBClusterSnapshots({ client: rds }, {}))
      found.push(...(DBClusterSnapshots ?? []).map(seen));
    return found;
  }

  async sharedWith(account: string, region: string, snapshotId: string): Promise<string[]> {
    const { rds } = await this.clientsOf(account, region);
    const { DBClusterSnapshotAttributesResult } = await rds.send(
      new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: snapshotId }),
    );
    const attributes = DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes ?? [];
    return attributes.flatMap(({ AttributeName, AttributeValues }) =>
      AttributeName === 'restore' ? (AttributeValues ?? []) : [],
    );
  }

  async keyArn(account: string, region: string, alias: string): Promise<string | null> {
    const { kms } = await this.clientsOf(account, region);
    try {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: alias }));
      return KeyMetadata?.Arn ?? null;
    } catch (error) {
      if (error instanceof NotFoundException) return null;
      throw error;
    }
  }

  async exports(account: string, region: string): Promise<SeenExport[]> {
    const { rds } = await this.clientsOf(account, region);
    const found: SeenExport[] = [];
    for await (const { ExportTasks = [] } of paginateDescribeExportTasks({ client: rds }, {}))
      for (const task of ExportTasks)
        found.push({
          id: task.ExportTaskIdentifier ?? '',
          status: task.Status ?? 'unknown',
          sourceArn: task.SourceArn ?? '',
          keyArn: task.KmsKeyId ?? null,
          bucket: task.S3Bucket ?? '',
          prefix: task.S3Prefix ?? '',
          warning: task.WarningMessage ?? null,
        });
    return found;
  }

  async clusters(account: string, region: string): Promise<SeenCluster[]> {
    const { rds } = await this.clientsOf(account, region);
    const found: SeenCluster[] = [];
    for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client: rds }, {}))
      for (const { DBClusterIdentifier = '', DBClusterArn = '', Endpoint = null, Port = null } of DBClusters)
        found.push({ id: DBClusterIdentifier, arn: DBClusterArn, endpoint: Endpoint, port: Port });
    return found;
  }

  s3Bucket(account: string, region: string, name: string): SeenBucket {
    const client = async () => (await this.clientsOf(account, region)).s3;
    return {
      async objects() {
        const found = [];
        for await (const { Contents = [] } of paginateListObjectsV2({ client: await client() }, { Bucket: name }))
          for (const { Key = '', Size = 0 } of Contents) found.push({ key: Key, bytes: Size, crc32c: null });
        return found;
      },
      async read(key) {
        const { Body } = await (await client()).send(new GetObjectCommand({ Bucket: name, Key: key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
    };
  }

  async rds(account: string, region: string): Promise<RDSClient> {
    return (await this.clientsOf(account, region)).rds;
  }

  async kms(account: string, region: string): Promise<KMSClient> {
    return (await this.clientsOf(account, region)).kms;
  }

  async close(): Promise<void> {
    for (const clients of await Promise.all(this.clients.values()))
      for (const client of Object.values(clients) as { destroy(): void }[]) client.destroy();
  }

  private clientsOf(account: string, region: string): Promise<Clients> {
    return remembered(this.clients, `${account}/${region}`, async () => {
      const credentials = await remembered(this.access, account, () => this.assume(account));
      const settings = { endpoint: this.endpoint, region, credentials };
      return {
        rds: new RDSClient(settings),
        kms: new KMSClient(settings),
        s3: new S3Client({ ...settings, forcePathStyle: true }),
      };
    });
  }

  private async assume(account: string): Promise<Access> {
    const sts = new STSClient({ endpoint: this.endpoint, region: defaultRegion, credentials: this.keys });
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({ RoleArn: roleArn(account, visitorRole), RoleSessionName: 'demo-proof' }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
      if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
        throw new Error(`STS gave no credentials for ${account}`);
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    } finally {
      sts.destroy();
    }
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

function seen(snapshot: DBClusterSnapshot): SeenSnapshot {
  return {
    id: snapshot.DBClusterSnapshotIdentifier ?? '',
    arn: snapshot.DBClusterSnapshotArn ?? '',
    clusterId: snapshot.DBClusterIdentifier ?? '',
    status: snapshot.Status ?? 'unknown',
    manual: snapshot.SnapshotType === 'manual',
    createdAt: snapshot.SnapshotCreateTime ?? null,
    keyArn: snapshot.KmsKeyId ?? null,
    sourceArn: snapshot.SourceDBClusterSnapshotArn ?? null,
    tags: Object.fromEntries((snapshot.TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  };
}
