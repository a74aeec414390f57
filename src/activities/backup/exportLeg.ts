import { text } from 'node:stream/consumers';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { applicationFailure } from '../../core/applicationFailure';
import { bucketLayout, type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type CopyRef, type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { type RecoveryPointRecord, type SkippedTable } from '../../core/catalogue/manifest';
import { recoveryPointTags } from '../../core/backup/recoveryPointTags';
import { type Leg } from '../../core/backup/route';
import { type VerifiedCopy } from '../../core/backup/routeWalk';
import { type ExportOperations, type ExportTask } from '../../kinds/exportOperations';
import { type AwaitLegRequest, type StartLegRequest } from '../contracts';

export interface ExportLegDependencies {
  readonly exports: ExportOperations;
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Of tables that were left out, each in a history: a payload is small, and a database may have a hundred thousand. */
const mostSkipped = 200;
const mostCharacters = 300;

/** An export that has not ended. */
export interface UnfinishedExport {
  readonly id: string;
  readonly rawStatus: string;
  readonly percent: number;
}

/** Starts an export of the copy in the vault, or adopts the task that an earlier try has started. */
export async function startExport(
  { identity, leg, source }: StartLegRequest,
  { exports }: ExportLegDependencies,
  signal: AbortSignal,
): Promise<CopyRef> {
  if (source === null) throw new Error(`leg ${leg.id} has nothing to export`);
  const { url, target, dataPrefix } = placeOf(leg, identity.resource, identity.scheduledTime);
  const task = await exports.start(
    {
      source,
      scope: leg.scope,
      id: leg.copyId,
      bucket: url.bucket,
      prefix: `${url.prefix}${dataPrefix}${bucketLayout.export}`.replace(/\/$/, ''),
      role: target.role,
      key: target.key,
    },
    signal,
  );
  return {
    kind: identity.resource.kind,
    account: leg.scope.account,
    region: leg.scope.region,
    id: task.id,
    arn: formatBucketUrl(url, `${dataPrefix}${bucketLayout.export}${task.id}/`),
  };
}

/** How far the export is, or the proof that it is there: what AWS says of it, of each table, and what lies in the bucket. */
export async function lookAtExport(
  request: AwaitLegRequest,
  dependencies: ExportLegDependencies,
  signal: AbortSignal,
): Promise<VerifiedCopy | UnfinishedExport> {
  const { leg, copy } = request;
  const task = await dependencies.exports.progress(copy.id, leg.scope, signal);
  switch (task.status) {
    case 'failed':
      throw applicationFailure(
        failureTypes.operationFailed,
        `export task ${task.id} failed: ${task.failureCause ?? 'AWS names no cause'}`,
      );
    case 'cancelled':
      throw applicationFailure(failureTypes.operationFailed, `export task ${task.id} was cancelled by someone`);
    case 'complete':
      return proveExport(task, request, dependencies, signal);
    default:
      return { id: task.id, rawStatus: task.rawStatus, percent: task.percent };
  }
}

async function proveExport(
  task: ExportTask,
  { identity, leg, copy, source }: AwaitLegRequest,
  { exports, keyArn, now }: ExportLegDependencies,
  signal: AbortSignal,
): Promise<VerifiedCopy> {
  if (source === null) throw new Error(`leg ${leg.id} has nothing to export`);
  const { url, target, dataPrefix } = placeOf(leg, identity.resource, identity.scheduledTime);
  const wrong = [
    ...(task.sourceArn === source.arn ? [] : [`it exports ${task.sourceArn} instead of ${source.arn}`]),
    ...(task.keyArn === (await keyArn(leg.scope, target.key)) ? [] : [`its key is ${task.keyArn ?? 'none'}`]),
  ];
  const store = exports.bucket(leg.scope, url.bucket);
  const taskPrefix = `${url.prefix}${dataPrefix}${bucketLayout.export}${task.id}/`;
  let [objects, bytes, info] = [0, 0, false];
  const reports: string[] = [];
  for await (const page of store.list(taskPrefix, {}, signal))
    for (const object of page) {
      objects += 1;
      bytes += object.bytes;
      const name = object.key.slice(taskPrefix.length);
      info ||= /^export_info_[^/]*\.json$/.test(name);
      if (/^export_tables_info_[^/]*\.json$/.test(name)) reports.push(object.key);
    }
  if (!info || reports.length === 0) wrong.push('its reports export_info and export_tables_info are missing');
  if (wrong.length > 0)
    throw applicationFailure(failureTypes.verificationFailed, `export task ${task.id}: ${wrong.join('; ')}`);

  const skipped: SkippedTable[] = [];
  for (const key of reports) skipped.push(...skippedIn(await text(await store.read(key, {}, signal)), key));
  if (task.warning !== null && skipped.length === 0) skipped.push({ table: 'some tables', reason: task.warning });
  const skippedTables = cut(skipped, reports);

  const recordKey = url.prefix + bucketLayout.record(identity.resource, identity.scheduledTime);
  const record: RecoveryPointRecord = {
    version: 1,
    resource: identity.resource,
    tags: recoveryPointTags(identity, leg.place, source.dataTime),
    dataPrefix,
    objects,
    bytes,
    manifestSha256: null,
    bundleSha256: null,
    skippedTables,
    verified: { level: 'exists', at: new Date(now()).toISOString() },
  };
  const content = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
  await store.write(
    recordKey,
    content,
    { crc32c: hexOfCrc32c(crc32c(content)), contentType: 'application/json' },
    signal,
  );
  return {
    ...copy,
    place: leg.place,
    keyArn: task.keyArn,
    sizeGiB: source.sizeGiB,
    dataTime: source.dataTime,
    verifiedAt: record.verified.at,
    objects,
    bytes,
    skippedTables,
  };
}

/** What is left out here stands in AWS's own reports, which lie beside the data. */
function cut(skipped: readonly SkippedTable[], reports: readonly string[]): SkippedTable[] {
  const few = skipped.slice(0, mostSkipped).map(({ table, reason }) => ({
    table: table.slice(0, mostCharacters),
    reason: reason?.slice(0, mostCharacters) ?? null,
  }));
  if (few.length === skipped.length) return few;
  return [...few, { table: `${skipped.length - few.length} more`, reason: `see ${reports[0] ?? ''}` }];
}

/** Of AWS's own report of each table; a word other than COMPLETE is a table that is not there, or not whole. */
function skippedIn(report: string, key: string): SkippedTable[] {
  let document: { perTableStatus?: unknown };
  try {
    document = JSON.parse(report) as typeof document;
  } catch {
    throw applicationFailure(failureTypes.verificationFailed, `${key} is no JSON`);
  }
  if (!Array.isArray(document.perTableStatus))
    throw applicationFailure(failureTypes.verificationFailed, `${key} has no perTableStatus`);
  return (document.perTableStatus as Record<string, unknown>[]).flatMap(({ status, target, warningMessage }) =>
    status === 'COMPLETE'
      ? []
      : [{ table: String(target), reason: typeof warningMessage === 'string' ? warningMessage : null }],
  );
}

function placeOf(leg: Leg, resource: StartLegRequest['identity']['resource'], scheduledTime: string) {
  const target = leg.bucket?.export;
  const url: BucketUrl | null = target === undefined ? null : parseBucketUrl(target.bucket);
  if (target === undefined || url === null) throw new Error(`leg ${leg.id} has no bucket to export to`);
  return { url, target, dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime) };
}
