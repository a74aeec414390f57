import { paginateListAliases, paginateListGrants, paginateListKeys } from '@aws-sdk/client-kms';
import {
  DescribeDBClusterSnapshotAttributesCommand,
  paginateDescribeDBClusterParameterGroups,
  paginateDescribeDBClusters,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBInstances,
  paginateDescribeDBParameterGroups,
  paginateDescribeDBSnapshots,
  type Tag,
} from '@aws-sdk/client-rds';
import { BothClouds } from '../sandbox/demo/bothClouds';

/** Everything that lies in the clouds: what it is, by what names it. */
export type CloudState = ReadonlyMap<string, unknown>;

export interface Places {
  readonly awsEndpoint: string;
  readonly gcsEndpoint: string;
  readonly scopes: readonly { readonly account: string; readonly region: string }[];
  readonly s3Buckets: readonly { readonly account: string; readonly region: string; readonly name: string }[];
  readonly gcsBucket: string;
}

/** Asks the clouds themselves, by plain clients, for all that they have. */
export class CloudEyes {
  /** Contents that were read: an object is never written over unseen, since its checksum tells. */
  private readonly contents = new Map<string, unknown>();
  /** `111111111111/eu-west-1 alias/farcopy` by its ARN. */
  private readonly keys = new Map<string, string>();
  private readonly clouds: BothClouds;

  constructor(
    private readonly places: Places,
    keys: ConstructorParameters<typeof BothClouds>[1],
  ) {
    this.clouds = new BothClouds(places, keys);
  }

  async look(): Promise<CloudState> {
    const { scopes, s3Buckets } = this.places;
    for (const { account, region } of scopes) await this.nameKeys(account, region);
    const found = await Promise.all([
      ...scopes.map(({ account, region }) => this.databases(account, region)),
      ...scopes.map(({ account, region }) => this.grants(account, region)),
      ...s3Buckets.map((bucket) => this.s3(bucket)),
      this.gcs(),
    ]);
    return new Map(found.flat());
  }

  close(): Promise<void> {
    return this.clouds.close();
  }

  /** Each sandbox has keys of its own under the same names. */
  private async nameKeys(account: string, region: string): Promise<void> {
    const client = await this.clouds.kms(account, region);
    for await (const { Aliases = [] } of paginateListAliases({ client }, {}))
      for (const { AliasName = '', TargetKeyId } of Aliases)
        if (TargetKeyId !== undefined)
          this.keys.set(`arn:aws:kms:${region}:${account}:key/${TargetKeyId}`, `${account}/${region} ${AliasName}`);
  }

  private keyOf(arn: string | null | undefined): string | null {
    return arn === undefined || arn === null ? null : (this.keys.get(arn) ?? arn);
  }

  private async databases(account: string, region: string): Promise<[string, unknown][]> {
    const client = await this.clouds.rds(account, region);
    const found: [string, unknown][] = [];
    const there = (what: string, id: string | undefined, facts: object) =>
      found.push([`${account}/${region} ${what} ${id}`, facts]);
    for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots(
      { client },
      { SnapshotType: 'manual' },
    ))
      for (const one of DBClusterSnapshots) {
        const id = one.DBClusterSnapshotIdentifier;
        const { DBClusterSnapshotAttributesResult: shown } = await client.send(
          new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: id }),
        );
        const sharedWith = (shown?.DBClusterSnapshotAttributes ?? []).flatMap((a) => a.AttributeValues ?? []).sort();
        there('cluster snapshot', id, {
          ...{
            of: one.DBClusterIdentifier,
            status: one.Status,
            key: this.keyOf(one.KmsKeyId),
            from: one.SourceDBClusterSnapshotArn,
          },
          ...{ engine: one.Engine, sharedWith, tags: tagsOf(one.TagList) },
        });
      }
    for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client }, { SnapshotType: 'manual' }))
      for (const one of DBSnapshots)
        there('snapshot', one.DBSnapshotIdentifier, { status: one.Status, tags: tagsOf(one.TagList) });
    for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client }, {}))
      for (const one of DBClusters)
        there('cluster', one.DBClusterIdentifier, {
          ...{ status: one.Status, key: this.keyOf(one.KmsKeyId), engine: one.Engine, version: one.EngineVersion },
          ...{ subnets: one.DBSubnetGroup, protected: one.DeletionProtection, parameters: one.DBClusterParameterGroup },
          ...{ members: one.DBClusterMembers, tags: tagsOf(one.TagList) },
        });
    for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client }, {}))
      for (const one of DBInstances)
        there('instance', one.DBInstanceIdentifier, {
          ...{ status: one.DBInstanceStatus, class: one.DBInstanceClass, of: one.DBClusterIdentifier },
          ...{ protected: one.DeletionProtection, tags: tagsOf(one.TagList) },
        });
    for await (const { DBClusterParameterGroups = [] } of paginateDescribeDBClusterParameterGroups({ client }, {}))
      for (const one of DBClusterParameterGroups)
        if (!one.DBClusterParameterGroupName?.startsWith('default.'))
          there('cluster parameter group', one.DBClusterParameterGroupName, { family: one.DBParameterGroupFamily });
    for await (const { DBParameterGroups = [] } of paginateDescribeDBParameterGroups({ client }, {}))
      for (const one of DBParameterGroups)
        if (!one.DBParameterGroupName?.startsWith('default.'))
          there('parameter group', one.DBParameterGroupName, { family: one.DBParameterGroupFamily });
    for (const { id, status, sourceArn, keyArn, bucket, prefix, warning } of await this.clouds.exports(account, region))
      there('export', id, { status, sourceArn, key: this.keyOf(keyArn), bucket, prefix, warning });
    return found;
  }

  private async grants(account: string, region: string): Promise<[string, unknown][]> {
    const client = await this.clouds.kms(account, region);
    const found: [string, unknown][] = [];
    for await (const { Keys = [] } of paginateListKeys({ client }, {}))
      for (const { KeyId, KeyArn } of Keys)
        for await (const { Grants = [] } of paginateListGrants({ client }, { KeyId }))
          for (const { GrantId, Name, GranteePrincipal, RetiringPrincipal, Operations } of Grants)
            found.push([
              `grant ${GrantId}`,
              {
                key: this.keyOf(KeyArn),
                name: Name,
                to: GranteePrincipal,
                retiring: RetiringPrincipal,
                operations: Operations,
              },
            ]);
    return found;
  }

  private async s3({ account, region, name }: Places['s3Buckets'][number]): Promise<[string, unknown][]> {
    const bucket = this.clouds.s3Bucket(account, region, name);
    return (await bucket.objects()).map(({ key, bytes }) => [
      `s3://${name}/${key}`,
      sameInEveryRun(key) ? { bytes } : {},
    ]);
  }

  private async gcs(): Promise<[string, unknown][]> {
    const { gcsEndpoint, gcsBucket } = this.places;
    const found: [string, unknown][] = [];
    for (let pageToken = ''; ;) {
      const answer = await fetch(`${gcsEndpoint}/storage/v1/b/${gcsBucket}/o?versions=true&pageToken=${pageToken}`);
      const page = (await answer.json()) as { items?: readonly GcsObject[]; nextPageToken?: string };
      for (const { name, generation, size, crc32c, contentType, metadata, retention } of page.items ?? []) {
        const facts = { contentType, metadata, retention };
        const content = sameInEveryRun(name)
          ? { size, crc32c, sums: 'kept' }
          : { content: await this.contentOf(name, `${generation}/${crc32c}`) };
        found.push([`gs://${gcsBucket}/${name}`, { ...facts, ...content }]);
      }
      if (page.nextPageToken === undefined) return found;
      pageToken = encodeURIComponent(page.nextPageToken);
    }
  }

  private async contentOf(key: string, version: string): Promise<unknown> {
    const id = `${key} ${version}`;
    const known = this.contents.get(id);
    if (known !== undefined) return known;
    const text = Buffer.from(await this.clouds.gcsBucket(this.places.gcsBucket).read(key)).toString();
    const content = key.endsWith('.ndjson')
      ? text
          .trim()
          .split('\n')
          .map(parsed)
          .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : parsed(text);
    this.contents.set(id, content);
    return content;
  }
}

interface GcsObject {
  readonly name: string;
  readonly generation: string;
  readonly size: string;
  readonly crc32c: string;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retention?: unknown;
}

/** Tables of the same rows. */
const sameInEveryRun = (key: string) => /\.parquet$|\/_SUCCESS$/.test(key);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function tagsOf(tags: readonly Tag[] = []): Record<string, string> {
  const sorted = tags.map(({ Key = '', Value = '' }) => [Key, Value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}
