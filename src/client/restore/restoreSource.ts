import { failureTypeOf, failureTypes } from '../../core/failure';
import { type Fleet } from '../../config';
import { parseBucketUrl } from '../../core/catalogue/bucket';
import { exportPlace, sourcePlace } from '../../core/catalogue/copy';
import { findRecord, type BucketQuestion } from '../catalogue/bucketCatalogue';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { InvalidRequestError } from '../invalidRequestError';

export const isBucketUrl = (place: string | undefined): place is string =>
  place !== undefined && /^\w+:\/\//.test(place);
export const isPostgresUrl = (place: string | undefined): place is string =>
  place !== undefined && /^postgres(ql)?:\/\//.test(place);

const toPostgres = '--to postgres://user@host/database';

/** Says that there is no such place, and which there are. */
export function noSuchPlace(place: string, known: readonly string[]): string {
  return `there is no place ${place}; there are ${known.join(', ')}`;
}

/**
 * The bucket that a restore reads, null where it is a snapshot that AWS makes a database of.
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
  const places = [sourcePlace, ...vaults.map(({ name }) => name)];
  const snapshots = places.join(', ');
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
      `${named.name} is a bucket (${named.bucket}), and AWS makes no database of what lies there`,
      `load it into PostgreSQL: --from ${named.name} ${toPostgres}; or restore a snapshot: --from one of ${snapshots}`,
    );
  }
  if (named !== undefined) return named.bucket;
  if (buckets.length === 0)
    throw new InvalidRequestError(
      'what is loaded into PostgreSQL lies in a bucket, and the fleet file has none',
      'restore a snapshot, --to account/region; or name the bucket: --from gs://bucket/prefix',
    );
  if (from !== undefined && !places.includes(from))
    throw new InvalidRequestError(noSuchPlace(from, [...places, names]));
  if (from !== undefined)
    throw new InvalidRequestError(
      `only AWS makes a database of a snapshot as it lies in ${from}`,
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

/**
 * What a person is told when a restore cannot be planned: a name that is taken, a place that nobody has, or a bucket that has what
 * was asked for. The error itself where that says it all. A place is doubted only once nothing was found: copies lie on in one that
 * the fleet file has no more.
 */
export async function restoreRefusal(
  fleet: Pick<Fleet, 'buckets' | 'vaults' | 'kinds'>,
  clouds: Pick<FleetClouds, 'bucket'>,
  error: unknown,
  from: string | undefined,
  question: BucketQuestion,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  const type = failureTypeOf(error);
  if (type === failureTypes.conflict) return new InvalidRequestError(error.message);
  if (type === failureTypes.invalidInput) return new InvalidRequestError(withOptions(error.message));
  if (type !== failureTypes.notFound) return error;
  const places = [sourcePlace, ...[...fleet.vaults, ...fleet.buckets].map(({ name }) => name)];
  if (from !== undefined && !places.includes(from))
    return new InvalidRequestError(noSuchPlace(from, places), error.message);
  const advice = await adviceOfBuckets(fleet, clouds, error, question, signal);
  if (advice !== null) return new InvalidRequestError(error.message, advice);
  // Where not everything could be read, nobody knows that it is not there.
  return /could not be read/.test(error.message) ? error : new InvalidRequestError(error.message);
}

/** Fields of a request as the command's options are called: whoever wrote the one knows nothing of the other. */
function withOptions(message: string): string {
  return message
    .replace(/(^|; )(at|point|from|to|as|key): must be/g, '$1--$2 must be')
    .replace(/(^|; )tags: must be/g, '$1--tag must be');
}

/** Where no snapshot is found: which bucket has what was asked for, as advice for a person; null where none has. */
export async function adviceOfBuckets(
  { buckets, kinds }: Pick<Fleet, 'buckets' | 'kinds'>,
  clouds: Pick<FleetClouds, 'bucket'>,
  error: unknown,
  question: BucketQuestion,
  signal: AbortSignal,
): Promise<string | null> {
  if (failureTypeOf(error) !== failureTypes.notFound) return null;
  for (const { name, bucket } of buckets) {
    const url = parseBucketUrl(bucket);
    if (url === null) continue;
    const record = await findRecord(clouds.bucket(url, null), url.prefix, kinds, question, signal).catch(() => {
      signal.throwIfAborted();
      return null;
    });
    if (record === null) continue;
    const { capabilities, title } = kinds.get(record.resource.kind);
    return capabilities.answersSql
      ? `an export of it lies in ${name}: --from ${name} ${toPostgres}`
      : `an export of it lies in ${name}, in ${record.dataPrefix}: no service makes a ${title.toLowerCase()} of it, it can be read there as it is`;
  }
  return null;
}
