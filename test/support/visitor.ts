import { DescribeKeyCommand, KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBSnapshotAttributesCommand,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  defaultRegion,
  keyAlias,
  roleArn,
  secondRegion,
  vaultAccount,
  visitorRole,
} from '../../sandbox/seed/sandboxAccounts';
import { copyTags } from '../../src/core/catalogue/copy';
import { type ResourceKind } from '../../src/core/resource';
import { type CloudSandbox } from './cloudSandbox';
import { type Database } from './database';

/** One snapshot of a database as its account shows it. */
export interface FoundSnapshot {
  /** `account/region` */
  readonly where: string;
  readonly id: string;
  readonly arn: string;
  readonly status: string;
  /** The alias of its key, null where it is not encrypted. */
  readonly key: string | null;
  /** The accounts that may read it. */
  readonly sharedWith: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly sourceArn: string | null;
}

/** Somebody with a role in every account and the plain AWS SDK: it shares nothing with the code that makes the copies. */
export class Visitor {
  private readonly clients = new Map<string, Promise<{ rds: RDSClient; kms: KMSClient }>>();

  constructor(private readonly sandbox: Pick<CloudSandbox, 'awsEndpoint' | 'credentials' | 'endsWith'>) {
    sandbox.endsWith(() => this.close());
  }

  async rds(account: string, region: string): Promise<RDSClient> {
    return (await this.clientsOf(account, region)).rds;
  }

  /** Every manual snapshot of a database in its own account, then in the vault's two regions. */
  async footprint({ kind, account, region, id }: Database): Promise<FoundSnapshot[]> {
    const places = [
      [account, region],
      [vaultAccount, region],
      [vaultAccount, secondRegion(region)],
    ] as const;
    const found = await Promise.all(places.map(([owner, place]) => this.snapshots(kind, owner, place, id)));
    return found.flat();
  }

  private async snapshots(kind: ResourceKind, account: string, region: string, databaseId: string) {
    const listed = await this.listed(kind, account, region);
    return Promise.all(
      listed
        .filter((snapshot) => snapshot.databaseId === databaseId)
        .map(async ({ id, arn, status, keyArn, sourceArn, tags }): Promise<FoundSnapshot> => ({
          where: `${account}/${region}`,
          id,
          arn,
          status,
          key: keyArn === null ? null : await this.aliasOf(account, region, keyArn),
          sharedWith: await this.sharedWith(kind, account, region, id),
          tags,
          sourceArn,
        })),
    );
  }

  private async listed(kind: ResourceKind, account: string, region: string) {
    const client = await this.rds(account, region);
    const found = [];
    if (kind !== 'rds-instance')
      for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots(
        { client },
        { SnapshotType: 'manual' },
      ))
        for (const s of DBClusterSnapshots)
          found.push({
            id: s.DBClusterSnapshotIdentifier ?? '',
            arn: s.DBClusterSnapshotArn ?? '',
            databaseId: s.DBClusterIdentifier,
            status: s.Status ?? '',
            keyArn: s.KmsKeyId ?? null,
            sourceArn: s.SourceDBClusterSnapshotArn ?? null,
            tags: tagsOf(s.TagList),
          });
    else
      for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client }, { SnapshotType: 'manual' }))
        for (const s of DBSnapshots)
          found.push({
            id: s.DBSnapshotIdentifier ?? '',
            arn: s.DBSnapshotArn ?? '',
            databaseId: s.DBInstanceIdentifier,
            status: s.Status ?? '',
            keyArn: s.KmsKeyId ?? null,
            sourceArn: s.SourceDBSnapshotIdentifier ?? null,
            tags: tagsOf(s.TagList),
          });
    return found;
  }

  private async sharedWith(kind: ResourceKind, account: string, region: string, id: string): Promise<string[]> {
    const rds = await this.rds(account, region);
    const attributes =
      kind !== 'rds-instance'
        ? (await rds.send(new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: id })))
            .DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes
        : (await rds.send(new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: id })))
            .DBSnapshotAttributesResult?.DBSnapshotAttributes;
    return (attributes ?? []).flatMap(({ AttributeName, AttributeValues = [] }) =>
      AttributeName === 'restore' ? AttributeValues : [],
    );
  }

  /** The name of a key in its own account and region; its ARN where it has none of those that are known here. */
  private async aliasOf(account: string, region: string, arn: string): Promise<string> {
    const { kms } = await this.clientsOf(account, region);
    for (const alias of [keyAlias, 'alias/aws/rds', 'alias/forbidden'])
      try {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: alias }));
        if (KeyMetadata?.Arn === arn) return alias;
      } catch (error) {
        if (!(error instanceof NotFoundException)) throw error;
      }
    return arn;
  }

  private clientsOf(account: string, region: string): Promise<{ rds: RDSClient; kms: KMSClient }> {
    const place = `${account}/${region}`;
    const found = this.clients.get(place) ?? this.open(account, region);
    this.clients.set(place, found);
    return found;
  }

  private async open(account: string, region: string): Promise<{ rds: RDSClient; kms: KMSClient }> {
    const { awsEndpoint: endpoint } = this.sandbox;
    const sts = new STSClient({ endpoint, region: defaultRegion, credentials: this.sandbox.credentials });
    const { Credentials: found } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn(account, visitorRole), RoleSessionName: 'test' }),
    );
    sts.destroy();
    const credentials = {
      accessKeyId: found?.AccessKeyId ?? '',
      secretAccessKey: found?.SecretAccessKey ?? '',
      sessionToken: found?.SessionToken ?? '',
    };
    const settings = { endpoint, region, credentials };
    return { rds: new RDSClient(settings), kms: new KMSClient(settings) };
  }

  private async close(): Promise<void> {
    for (const { rds, kms } of await Promise.all(this.clients.values())) {
      rds.destroy();
      kms.destroy();
    }
  }
}

function tagsOf(
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** What of a snapshot a test compares: where it is, how it is, under which key, who may read it. */
export function summaries(footprint: readonly FoundSnapshot[]): string[] {
  return footprint.map(({ where, status, key, sharedWith, tags }) =>
    [
      `${tags[copyTags.place] ?? 'nowhere'} in ${where}`,
      status,
      key ?? 'not encrypted',
      ...(tags[copyTags.verified] === undefined ? ['not verified'] : []),
      ...(sharedWith.length === 0 ? [] : [`shared with ${sharedWith.join(' and ')}`]),
    ].join(', '),
  );
}
