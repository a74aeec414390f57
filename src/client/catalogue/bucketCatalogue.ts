import { type ObjectStore } from '../../clouds/objectStore';
import { copyTags } from '../../core/catalogue/copy';
import { type RecoveryPointRecord } from '../../core/catalogue/manifest';
import { type Kinds, storedId } from '../../core/kind';
import { compactTime } from '../../core/naming';
import { type Proof } from '../../core/catalogue/proof';
import { DamagedRecordError } from '../../core/catalogue/readRecord';
import { resourcePath } from '../../core/resource';
import { listRecords, openRecord } from '../../activities/catalogue/bucketRecords';
import { InvalidRequestError } from '../invalidRequestError';

/** What a person asks for in a bucket: all may be left open. */
export interface BucketQuestion {
  /** Identifier, path `kind/account/region/id` (or the end of it), or ARN. */
  readonly resource?: string | undefined;
  /** The latest whose data is not from after this time. */
  readonly at?: string | undefined;
  /** Id of a recovery point, or its scheduled time. */
  readonly point?: string | undefined;
}

/**
 * The record of the recovery point that is asked for, or of the latest: read from the bucket alone, so it needs neither AWS
 * nor Temporal nor a fleet file. What no vault proves is found only by its time, and what a vault refutes is not found.
 *
 * @param prefix the bucket URL's
 * @param prove tells what the vaults say of it; null where they cannot be asked
 * @throws InvalidRequestError telling what there is.
 */
export async function findRecord(
  store: ObjectStore,
  prefix: string,
  kinds: Kinds,
  { resource, at, point }: BucketQuestion,
  signal: AbortSignal,
  prove: (record: RecoveryPointRecord) => Promise<Proof | null> = () => Promise.resolve(null),
): Promise<RecoveryPointRecord> {
  if (at !== undefined && Number.isNaN(Date.parse(at)))
    throw new InvalidRequestError(`${at}: no time like 2026-11-21T02:00:00Z`);
  const all = await listRecords(store, prefix, signal);
  const ofResource = all.filter(({ path }) => resource === undefined || isNamed(path, resource, kinds));
  const paths = [...new Set(ofResource.map(({ path }) => path))];
  if (paths.length !== 1) {
    const known = [...new Set(all.map(({ path }) => path))].sort();
    throw new InvalidRequestError(
      all.length === 0
        ? 'there is no whole recovery point in the bucket'
        : paths.length === 0
          ? `${resource ?? ''}: there is no such resource in the bucket`
          : `${resource === undefined ? 'the bucket holds' : `${resource}: there are`} ${paths.length} resources`,
      known.length === 0 ? 'is the prefix right?' : `give one of ${known.slice(0, 20).join(', ')}`,
    );
  }
  const wanted = point === undefined ? undefined : compact(point.slice(point.lastIndexOf('/') + 1));
  const latestFirst = ofResource
    .filter(({ time }) => wanted === undefined || time === wanted)
    .sort((a, b) => (a.time < b.time ? 1 : -1));
  const others = () =>
    `there are ${ofResource
      .map(({ time }) => time)
      .sort()
      .reverse()
      .slice(0, 10)
      .join(', ')}`;
  for (const entry of latestFirst) {
    const record = await openRecord(store, entry, kinds, signal).catch((error: unknown) => {
      // An older one in its place would be data that nobody has asked for.
      if (!(error instanceof DamagedRecordError)) throw error;
      throw new InvalidRequestError(error.message, `choose another by --point: ${others()}`);
    });
    const dataTime = record.tags[copyTags.dataTime] ?? record.tags[copyTags.scheduledTime] ?? '';
    if (at !== undefined && Date.parse(dataTime) > Date.parse(at)) continue;
    const proof = await prove(record);
    if (proof?.type === 'refuted')
      throw new InvalidRequestError(`${entry.key}: ${proof.why}`, `choose another by --point: ${others()}`);
    if (proof?.type === 'unproven' && point === undefined)
      throw new InvalidRequestError(
        `${entry.key}: nothing proves it: ${proof.why}`,
        `take it all the same by --point ${entry.time}, or another: ${others()}`,
      );
    return record;
  }
  throw new InvalidRequestError(
    `${paths[0] ?? ''}: there is no recovery point ${point ?? `of ${at ?? ''} or before`}`,
    others(),
  );
}

/** Whether a path is that of an ARN, or ends with a text in the case that its kind keeps. */
function isNamed(path: string, resource: string, kinds: Kinds): boolean {
  if (resource.startsWith('arn:')) return kinds.ofArn(resource).some((one) => resourcePath(one) === path);
  const [kind = ''] = path.split('/');
  const whole = kinds.spelledOut(resource);
  const wanted = kinds.has(kind) ? storedId(kinds.get(kind), whole) : whole;
  return `/${path}`.endsWith(`/${wanted}`);
}

/** `20261121t020000z` of a time, or the text itself where it is written so already. */
function compact(time: string): string {
  const lower = time.toLowerCase();
  if (/^\d{8}t\d{6}z$/.test(lower)) return lower;
  if (Number.isNaN(Date.parse(time)))
    throw new InvalidRequestError(`${time}: no scheduled time like 2026-11-21T02:00:00Z`);
  return compactTime(time);
}
