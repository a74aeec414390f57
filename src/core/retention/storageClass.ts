/**
 * Days for which a cloud bills an object at least, by its storage class: whoever deletes it earlier saves nothing.
 * https://aws.amazon.com/s3/storage-classes/ and https://cloud.google.com/storage/docs/storage-classes
 */
const leastDays: Readonly<Record<string, number>> = {
  STANDARD_IA: 30,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
  NEARLINE: 30,
  COLDLINE: 90,
  ARCHIVE: 365,
};

const day = 24 * 3600_000;
const daysOfMonth = 30;

/**
 * Until when an object is billed in any case (epoch milliseconds); null where its class has no least duration.
 *
 * @param createdAt ISO 8601: a cloud does not tell when it has moved an object to its class
 */
export function billedUntil(storageClass: string, createdAt: string): number | null {
  const days = leastDays[storageClass];
  return days === undefined ? null : Date.parse(createdAt) + days * day;
}

/** What is paid for and not used where so many bytes go now, in GiB-months. @param now epoch milliseconds, as is `until` */
export function unusedGibMonths(bytes: number, until: number, now: number): number {
  return (bytes / 1024 ** 3) * (Math.max(0, until - now) / (daysOfMonth * day));
}
