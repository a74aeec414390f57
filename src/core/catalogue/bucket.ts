import { compactTime } from '../naming';
import { resourcePath, type ResourceRef } from '../resource';

/** A bucket, and where in it Farcopy may write: `gs://panda-backups/farcopy`. */
export interface BucketUrl {
  readonly scheme: 's3' | 'gs';
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** Names of both clouds: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, GCS allows `_` too. */
const pattern = /^(s3|gs):\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/([^\p{Cc}]*))?$/u;

/** Null where the text is not the URL of a bucket. Slashes at the end of the prefix and doubled ones are of no account. */
export function parseBucketUrl(text: string): BucketUrl | null {
  const [, scheme, bucket, rest = ''] = pattern.exec(text) ?? [];
  if ((scheme !== 's3' && scheme !== 'gs') || bucket === undefined) return null;
  const parts = rest.split('/').filter((part) => part !== '');
  return { scheme, bucket, prefix: parts.map((part) => `${part}/`).join('') };
}

export function formatBucketUrl({ scheme, bucket, prefix }: BucketUrl, key = ''): string {
  return `${scheme}://${bucket}/${prefix}${key}`;
}

/** The URL as a person writes it, without a slash at its end. */
export const bucketName = (url: BucketUrl): string => formatBucketUrl(url).replace(/\/$/, '');

/**
 * How a bucket is laid out, the same in every cloud (docs/architecture.md#bucket-layout). Keys are relative to the bucket's
 * own prefix. The record in `catalogue/` is written last: what has none is not whole.
 */
export const bucketLayout = {
  /** Everything of one recovery point lies under it. */
  dataPrefix: (resource: PathOfResource, scheduledTime: string) =>
    `data/${resourcePath(resource)}/${compactTime(scheduledTime)}/`,
  /** A `RecoveryPointRecord`, proof that the copy is whole. */
  record: (resource: PathOfResource, scheduledTime: string) =>
    `catalogue/${resourcePath(resource)}/${compactTime(scheduledTime)}.json`,
  /** Under it lie the records of a resource, or of all. */
  records: (resource?: PathOfResource) =>
    resource === undefined ? 'catalogue/' : `catalogue/${resourcePath(resource)}/`,
  /** Relative to the data prefix. */
  manifest: 'manifest.json',
  manifestShard: (index: number) => `manifest/${String(index).padStart(6, '0')}.ndjson`,
  bundle: 'bundle.json',
  /** What a data service exported lies under it, in the layout of AWS. */
  export: 'export/',
  /**
   * Lists and parts of what is on its way lie under it, and nothing else: the one place of the bucket where anything may be
   * deleted, since no name of a database or table can look like it.
   */
  underway: (dataPrefix: string) => `underway/${dataPrefix}`,
  /** Who holds which copies lies under it: core/retention/storedHold.ts. No data of a database look so: their tables have a dot. */
  holds: 'retention/holds/',
} as const;

/** `catalogue/{kind}/{account}/{region}/{id}/{20261121t020000z}.json` */
const recordKey = /^catalogue\/([^/]+\/\d{12}\/[^/]+\/[^/]+)\/(\d{8}t\d{6}z)\.json$/;

/** The resource and the time of the record under a key, relative to the bucket's own prefix; null where a key is no record's. */
export function recordOfKey(key: string): { readonly path: string; readonly time: string } | null {
  const [, path, time] = recordKey.exec(key) ?? [];
  return path === undefined || time === undefined ? null : { path, time };
}

/** The key of the record of `data/x/`: `catalogue/x.json`; null of what is no data prefix. */
export function recordOfData(dataPrefix: string): string | null {
  const [, path] = /^data\/(.+)\/$/.exec(dataPrefix) ?? [];
  return path === undefined ? null : `${bucketLayout.records()}${path}.json`;
}

/** A time as it stands in keys, `20261121t020000z`, as ISO 8601 has it. */
export const timeOfKey = (time: string): string =>
  time.toUpperCase().replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z');

type PathOfResource = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;
