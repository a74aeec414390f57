import { failureTypeOf, failureTypes } from '../../core/failure';
import { type Fleet } from '../../config';
import { parseBucketUrl } from '../../core/catalogue/bucket';
import { exportPlace, sourcePlace } from '../../core/backup/route';
import { findRecord, type BucketQuestion } from '../catalogue/bucketCatalogue';
import { type FleetClouds } from '../fleet/fleetClouds';
import { InvalidRequestError } from '../invalidRequestError';

export const isBucketUrl = (place: string | undefined): place is string =>
  place !== undefined && /^\w+:\/\//.test(place);
export const isPostgresUrl = (place: string | undefined): place is string =>
  place !== undefined && /^postgres(ql)?:\/\//.test(place);

const toPostgres = '--to postgres://user@host/database';

/**
 * The bucket that a restore reads, null where it is a snapshot that RDS makes a database of.
 *
 * @param from as a person wrote it: a place of the fleet file
 * @param to `account/region`, or the URL of a PostgreSQL
 * @throws InvalidRequestError where the two do not go together.
 */
export function bucketToRestore(
  { buckets, vaults }: Pick<Fleet, 'buckets' | 'vaults'>,
  from: string | undefined,
  to: string | undefined,
): string | null {
  const snapshots = [sourcePlace, ...vaults.map(({ name }) => name)].join(', ');
  const names = buckets.map(({ name }) => name).join(', ');
  const named = buckets.find(({ name }) => from === name || from === exportPlace(name));
  if (named !== undefined && from !== named.name)
    throw new InvalidRequestError(
      `${from ?? ''} is where exports pass through on their way`,
      `take them from the bucket they go to: --from ${named.name} ${toPostgres}`,
    );
  if (!isPostgresUrl(to)) {
    if (named === undefined) return null;
    throw new InvalidRequestError(
      `${named.name} is a bucket (${named.bucket}), and RDS makes no database of what lies there`,
      `load it into PostgreSQL: --from ${named.name} ${toPostgres}; or restore a snapshot: --from one of ${snapshots}`,
    );
  }
  if (named !== undefined) return named.bucket;
  if (buckets.length === 0)
    throw new InvalidRequestError(
      'what is loaded into PostgreSQL lies in a bucket, and the fleet file has none',
      'restore a snapshot, --to account/region; or name the bucket: --from gs://bucket/prefix',
    );
  if (from !== undefined)
    throw new InvalidRequestError(
      `only RDS makes a database of a snapshot as it lies in ${from}`,
      `restore it --to account/region; or load an export into PostgreSQL: --from one of ${names}`,
    );
  const [only, ...more] = buckets;
  if (only === undefined || more.length > 0)
    throw new InvalidRequestError(
      'what is loaded into PostgreSQL lies in a bucket',
      `say in which: --from one of ${names}`,
    );
  return only.bucket;
}

/** Where no snapshot is found: which bucket has what was asked for, as advice for a person; null where none has. */
export async function adviceOfBuckets(
  { buckets }: Pick<Fleet, 'buckets'>,
  clouds: Pick<FleetClouds, 'bucket'>,
  error: unknown,
  question: BucketQuestion,
  signal: AbortSignal,
): Promise<string | null> {
  if (failureTypeOf(error) !== failureTypes.notFound) return null;
  for (const { name, bucket } of buckets) {
    const url = parseBucketUrl(bucket);
    if (url === null) continue;
    const record = await findRecord(clouds.bucket(url, null), url.prefix, question, signal).catch(() => {
      signal.throwIfAborted();
      return null;
    });
    if (record !== null) return `an export of it lies in ${name}: --from ${name} ${toPostgres}`;
  }
  return null;
}
