import { text } from 'node:stream/consumers';
import { type ObjectStore } from '../clouds/objectStore';
import { bucketLayout } from '../core/bucket';
import { copyTags } from '../core/copy';
import { type RecoveryPointRecord } from '../core/manifest';
import { compactTime } from '../core/naming';
import { resourcePath } from '../core/resource';
import { InvalidRequestError } from './invalidRequestError';

/** What a person asks for in a bucket: all may be left open. */
export interface BucketQuestion {
  /** Identifier, path `kind/account/region/id` (or the end of it), or ARN. */
  readonly resource?: string | undefined;
  /** The latest whose data is not from after this time. */
  readonly at?: string | undefined;
  /** Id of a recovery point, or its scheduled time. */
  readonly point?: string | undefined;
}

/** `catalogue/{kind}/{account}/{region}/{id}/{20261121t020000z}.json` */
const recordKey = /^catalogue\/([^/]+\/\d{12}\/[^/]+\/[^/]+)\/(\d{8}t\d{6}z)\.json$/;

/**
 * The record of the recovery point that is asked for, or of the latest: read from the bucket alone, so it needs neither AWS
 * nor Temporal nor a fleet file.
 *
 * @param prefix the bucket URL's
 * @throws InvalidRequestError telling what there is.
 */
export async function findRecord(
  store: ObjectStore,
  prefix: string,
  { resource, at, point }: BucketQuestion,
  signal: AbortSignal,
): Promise<RecoveryPointRecord> {
  const all: { readonly key: string; readonly path: string; readonly time: string }[] = [];
  for await (const page of store.list(`${prefix}${bucketLayout.records()}`, {}, signal))
    for (const { key } of page) {
      const [, path, time] = recordKey.exec(key.slice(prefix.length)) ?? [];
      if (path !== undefined && time !== undefined) all.push({ key, path, time });
    }
  const name = resource === undefined ? undefined : pathOf(resource);
  const ofResource = all.filter(({ path }) => name === undefined || `/${path}`.endsWith(`/${name}`));
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
  for (const { key } of latestFirst) {
    const record = JSON.parse(await text(await store.read(key, {}, signal))) as RecoveryPointRecord;
    const dataTime = record.tags[copyTags.dataTime] ?? record.tags[copyTags.scheduledTime] ?? '';
    if (at === undefined || Date.parse(dataTime) <= Date.parse(at)) return record;
  }
  throw new InvalidRequestError(
    `${paths[0] ?? ''}: there is no recovery point ${point ?? `of ${at ?? ''} or before`}`,
    `there are ${ofResource
      .map(({ time }) => time)
      .sort()
      .reverse()
      .slice(0, 10)
      .join(', ')}`,
  );
}

/** The path of an ARN of RDS, or the text itself. */
function pathOf(resource: string): string {
  const [prefix, , , region = '', account = '', type, id = ''] = resource.split(':');
  if (prefix !== 'arn') return resource.toLowerCase();
  const kind = type === 'cluster' ? 'aurora-cluster' : 'rds-instance';
  return resourcePath({ kind, account, region, id: id.toLowerCase() });
}

/** `20261121t020000z` of a time, or the text itself where it is written so already. */
function compact(time: string): string {
  const lower = time.toLowerCase();
  if (/^\d{8}t\d{6}z$/.test(lower)) return lower;
  if (Number.isNaN(Date.parse(time)))
    throw new InvalidRequestError(`${time}: no scheduled time like 2026-11-21T02:00:00Z`);
  return compactTime(time);
}
