import { type ObjectVersion, type Protection, type VersionedBucket, versionsOfKey } from '../../clouds/versionedBucket';
import { parseBucketUrl, recordOfData, recordOfKey } from '../../core/catalogue/bucket';
import { isInVault, type ListedCopy, type ListedRecord } from '../../core/catalogue/catalogue';
import { copyId } from '../../core/catalogue/judgedCopy';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type DoomedCopy, type PrunePlan, type RefusedCopy } from '../../core/retention/prunePlan';
import { billedUntil, unusedGibMonths } from '../../core/retention/storageClass';
import { type FleetClouds } from '../catalogue/fleetClouds';

const copiesAtOnce = 4;
const objectsAtOnce = 8;
/** Nothing is deleted in buckets, so what has gone once goes in every plan: of so many the buckets are asked, those with the oldest data. */
export const mostAsked = 500;

/**
 * A plan without what its buckets keep: that is refused, with the time until when, or with what its deletion would cost. Of {@link mostAsked} copies
 * at most, every version is listed. In S3, where a lock has to be asked for by object, the record, the first object and the last are asked; in Google Cloud all are.
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
  const records = new Map(
    copies.flatMap((one) => (one.copy === null && isInVault(one) ? [[copyId(one), one] as const] : [])),
  );
  const asked = new Set(
    plan.doomed
      .filter(({ copy }) => records.has(copy.id))
      .sort((a, b) => ((a.copy.dataTime ?? '') < (b.copy.dataTime ?? '') ? -1 : 1))
      .slice(0, mostAsked),
  );
  const judged = await inParallel(plan.doomed, copiesAtOnce, async (doomed): Promise<DoomedCopy | RefusedCopy> => {
    const record = asked.has(doomed) ? records.get(doomed.copy.id) : undefined;
    if (record === undefined) return doomed;
    const why = await whyKept(record, clouds, now, signal);
    return why === null ? doomed : { copy: doomed.copy, why };
  });
  const doomed = judged.filter((one): one is DoomedCopy => !('why' in one));
  return {
    ...plan,
    doomed,
    // That of a copy alone, which is refused now, is none.
    brakes:
      doomed.length === plan.doomed.length
        ? plan.brakes
        : plan.brakes.filter((brake) => doomed.some((one) => one.brake === brake)),
    refused: [...plan.refused, ...judged.filter((one): one is RefusedCopy => 'why' in one)],
  };
}

/** In words for people; null: its bucket lets it go. */
async function whyKept(
  { stored, scheduledTime }: ListedRecord,
  clouds: Pick<FleetClouds, 'vaultBucket'>,
  now: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const url = parseBucketUrl(stored.bucket);
  const record = recordOfData(stored.prefix);
  if (url === null || record === null || recordOfKey(record) === null)
    return `its data do not lie where those of ${scheduledTime} belong`;
  try {
    const bucket = clouds.vaultBucket(url);
    const ofRecord = new Digest(now);
    const data = new Digest(now);
    for await (const page of versionsOfKey(bucket, `${url.prefix}${record}`, signal)) ofRecord.add(page);
    for await (const page of bucket.listVersions(`${url.prefix}${stored.prefix}`, signal)) data.add(page);
    if (ofRecord.first === null || data.first === null) return 'its objects are not all there: look at its bucket';
    const lock = await lockOf(bucket, [ofRecord, data], now, signal);
    return lock ?? billOf([ofRecord, data]);
  } catch (error) {
    signal?.throwIfAborted();
    const hint =
      failureTypeOf(error) === failureTypes.configuration
        ? ' (the templates of deploy/ say what it takes to see it)'
        : '';
    return `nobody can tell until when its bucket keeps it: ${messageOf(error)}${hint}`;
  }
}

/** What is gone by of many versions: a copy may have a million. */
class Digest {
  first: ObjectVersion | null = null;
  last: ObjectVersion | null = null;
  /** What listings tell of locks; none where they do not. */
  readonly holds = new Set<string>();
  retainUntil = -Infinity;
  /** What is billed longer than it lies there: GiB-months by class. */
  readonly unused = new Map<string, number>();
  billedUntil = -Infinity;

  /** @param now epoch milliseconds */
  constructor(private readonly now: number) {}

  add(page: readonly ObjectVersion[]): void {
    for (const version of page) {
      this.first ??= version;
      this.last = version;
      if (version.protection !== null) this.protect(version.protection);
      const { storageClass, createdAt, bytes } = version;
      const ends = billedUntil(storageClass, createdAt);
      if (ends === null || ends <= this.now) continue;
      this.billedUntil = Math.max(this.billedUntil, ends);
      this.unused.set(storageClass, (this.unused.get(storageClass) ?? 0) + unusedGibMonths(bytes, ends, this.now));
    }
  }

  protect({ holds, retainUntil }: Protection): void {
    for (const hold of holds) this.holds.add(hold);
    if (retainUntil === null) return;
    const time = Date.parse(retainUntil);
    // A time that cannot be read is one that has not come.
    this.retainUntil = Math.max(this.retainUntil, Number.isNaN(time) ? Infinity : time);
  }
}

async function lockOf(
  bucket: VersionedBucket,
  digests: readonly Digest[],
  now: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const asked = digests.flatMap((digest) =>
    [digest.first, digest.last].flatMap((version) =>
      version === null || version.protection !== null ? [] : [{ digest, version }],
    ),
  );
  await inParallel(asked, objectsAtOnce, async ({ digest, version }) =>
    digest.protect(await bucket.protectionOf(version, signal)),
  );
  const holds = new Set(digests.flatMap((one) => [...one.holds]));
  if (holds.size > 0) return `its bucket keeps it by ${[...holds].join(' and ')}`;
  const until = Math.max(...digests.map(({ retainUntil }) => retainUntil));
  if (until <= now) return null;
  return `its bucket keeps it until ${Number.isFinite(until) ? new Date(until).toISOString() : 'a time that it does not tell'}`;
}

function billOf(digests: readonly Digest[]): string | null {
  const unused = new Map<string, number>();
  for (const digest of digests)
    for (const [name, months] of digest.unused) unused.set(name, (unused.get(name) ?? 0) + months);
  if (unused.size === 0) return null;
  const until = Math.max(...digests.map((one) => one.billedUntil));
  const amounts = [...unused].map(([name, months]) => `${amountText(months)} GiB-months of ${name}`).join(' and ');
  return `it is billed until ${new Date(until).toISOString()} in any case: ${amounts} would be paid for, and not used`;
}

const amountText = (months: number) => (months >= 0.01 ? months.toFixed(2) : 'less than 0.01');
