import { DescribeKeyCommand, KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import {
  type DBClusterSnapshot,
  DescribeDBClusterSnapshotAttributesCommand,
  paginateDescribeDBClusterSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsKeyPair } from '../seed/emulatorControl';
import { defaultRegion, roleArn, visitorRole } from '../seed/sandboxAccounts';
import { type Clouds, type SeenSnapshot } from './clouds';

interface Access {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * The clouds as the AWS SDK shows them to a visitor of each account. It shares nothing with the code that makes the copies:
 * neither its clients, nor its roles, nor its reading of what AWS answers.
 */
export class AwsClouds implements Clouds {
  private readonly access = new Map<string, Promise<Access>>();
  private readonly clients = new Map<string, Promise<{ rds: RDSClient; kms: KMSClient }>>();

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

  async close(): Promise<void> {
    for (const { rds, kms } of await Promise.all(this.clients.values())) {
      rds.destroy();
      kms.destroy();
    }
  }

  private clientsOf(account: string, region: string): Promise<{ rds: RDSClient; kms: KMSClient }> {
    return remembered(this.clients, `${account}/${region}`, async () => {
      const credentials = await remembered(this.access, account, () => this.assume(account));
      const settings = { endpoint: this.endpoint, region, credentials };
      return { rds: new RDSClient(settings), kms: new KMSClient(settings) };
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
