import { type ObjectVersion, type VersionedBucket } from '../../clouds/versionedBucket';
import { bucketLayout, parseBucketUrl } from '../../core/catalogue/bucket';
import { type ListedCopy } from '../../core/catalogue/catalogue';
import { copyId } from '../../core/catalogue/judgedCopy';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type DoomedCopy, type PrunePlan, type RefusedCopy } from '../../core/retention/prunePlan';
import { billedUntil, unusedGibMonths } from '../../core/retention/storageClass';
import { type FleetClouds } from '../catalogue/fleetClouds';

/** A copy in a bucket of a vault. */
type StoredInVault = Extract<ListedCopy, { readonly copy: null }>;

const copiesAtOnce = 4;
const objectsAtOnce = 8;

/**
 * A plan without what its buckets keep: that is refused, with the time until when, or with what its deletion would cost. Every version of a copy is
 * listed. In S3, where a lock has to be asked for by object, the record, the first object and the last are asked; in Google Cloud all are.
 *
 * @param copies those that the plan judges
 * @param now epoch milliseconds
 */
export async function withoutKeptByBuckets<P extends PrunePlan>(
  plan: P,
  copies: readonly ListedCopy[],
  clouds: Pick<FleetClouds, 'vaultBucket'>,
  now: number,
  signal?: AbortSignal,
): Promise<P> {
  const records = new Map(copies.flatMap((one) => (isInVault(one) ? [[copyId(one), one] as const] : [])));
  const judged = await inParallel(plan.doomed, copiesAtOnce, async (doomed): Promise<DoomedCopy | RefusedCopy> => {
    const record = records.get(doomed.copy.id);
    if (record === undefined) return doomed;
    const why = await whyKept(record, clouds, now, signal);
    return why === null ? doomed : { copy: doomed.copy, why };
  });
  const doomed = judged.filter((one): one is DoomedCopy => !('why' in one));
  return {
    ...plan,
    doomed,
    brakes: plan.brakes.filter((brake) => doomed.some((one) => one.brake === brake)),
    refused: [...plan.refused, ...judged.filter((one): one is RefusedCopy => 'why' in one)],
  };
}

/** Exports on their way are deleted by the rules of their own bucket. */
const isInVault = (one: ListedCopy): one is StoredInVault => one.copy === null && one.stored.holds !== null;

/** In words for people; null: its bucket lets it go. */
async function whyKept(
  { stored, scheduledTime }: StoredInVault,
  clouds: Pick<FleetClouds, 'vaultBucket'>,
  now: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const url = parseBucketUrl(stored.bucket);
  const [, path, time] = /^data\/([^/]+\/\d{12}\/[^/]+\/[^/]+)\/(\d{8}t\d{6}z)\/$/.exec(stored.prefix) ?? [];
  if (url === null || path === undefined || time === undefined)
    return `its data do not lie where those of ${scheduledTime} belong`;
  const record = `${bucketLayout.records()}${path}/${time}.json`;
  try {
    const bucket = clouds.vaultBucket(url);
    const ofRecord = (await versionsOf(bucket, `${url.prefix}${record}`, signal)).filter(
      ({ key }) => key === `${url.prefix}${record}`,
    );
    const data = await versionsOf(bucket, `${url.prefix}${stored.prefix}`, signal);
    if (ofRecord.length === 0 || data.length === 0) return 'its objects are not all there: look at its bucket';
    return (await lockOf(bucket, ofRecord, data, now, signal)) ?? billOf([...ofRecord, ...data], now);
  } catch (error) {
    signal?.throwIfAborted();
    const hint =
      failureTypeOf(error) === failureTypes.configuration
        ? ' (the templates of deploy/ say what it takes to see it)'
        : '';
    return `nobody can tell until when its bucket keeps it: ${messageOf(error)}${hint}`;
  }
}

async function versionsOf(bucket: VersionedBucket, prefix: string, signal?: AbortSignal): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const page of bucket.listVersions(prefix, signal)) found.push(...page);
  return found;
}

async function lockOf(
  bucket: VersionedBucket,
  ofRecord: readonly ObjectVersion[],
  data: readonly ObjectVersion[],
  now: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const told = data.filter(({ protection }) => protection !== null);
  // A lock has the same date for all objects of a copy.
  const asked = [...ofRecord, ...(told.length > 0 ? told : [...data.slice(0, 1), ...data.slice(-1)])];
  const found = await inParallel(asked, objectsAtOnce, (version) => bucket.protectionOf(version, signal));
  const holds = new Set(found.flatMap((one) => one.holds));
  if (holds.size > 0) return `its bucket keeps it by ${[...holds].join(' and ')}`;
  const until = Math.max(
    ...found.map(({ retainUntil }) => {
      if (retainUntil === null) return -Infinity;
      const time = Date.parse(retainUntil);
      // A time that cannot be read is one that has not come.
      return Number.isNaN(time) ? Infinity : time;
    }),
  );
  if (until <= now) return null;
  return `its bucket keeps it until ${Number.isFinite(until) ? new Date(until).toISOString() : 'a time that it does not tell'}`;
}

/** What is billed longer than it lies there, by class. */
function billOf(versions: readonly ObjectVersion[], now: number): string | null {
  let until = -Infinity;
  const unused = new Map<string, number>();
  for (const { storageClass, createdAt, bytes } of versions) {
    const ends = billedUntil(storageClass, createdAt);
    if (ends === null || ends <= now) continue;
    until = Math.max(until, ends);
    unused.set(storageClass, (unused.get(storageClass) ?? 0) + unusedGibMonths(bytes, ends, now));
  }
  if (unused.size === 0) return null;
  const amounts = [...unused].map(([name, months]) => `${amountText(months)} GiB-months of ${name}`).join(' and ');
  return `it is billed until ${new Date(until).toISOString()} in any case: ${amounts} would be paid for, and not used`;
}

const amountText = (months: number) => (months >= 0.01 ? months.toFixed(2) : 'less than 0.01');
