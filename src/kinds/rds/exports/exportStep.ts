import { text } from 'node:stream/consumers';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../../clouds/hexOfCrc32c';
import { applicationFailure } from '../../../core/applicationFailure';
import { recoveryPointTags } from '../../../core/backup/recoveryPointTags';
import { bucketLayout, formatBucketUrl, parseBucketUrl } from '../../../core/catalogue/bucket';
import { type CopyRef, type Scope } from '../../../core/catalogue/copy';
import { type RecoveryPointRecord, type SkippedTable } from '../../../core/catalogue/manifest';
import { failureTypes } from '../../../core/failure';
import { type StepResult } from '../../../core/steps/stepResult';
import { type Operation, type StepCall, type Unfinished } from '../../kind';
import { sourceOf } from '../../steps/copySteps';
import { type ExportOperations, type ExportTask } from './exportOperations';

export interface ExportStepDependencies {
  readonly exports: ExportOperations;
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
}

/** Of tables that were left out, each in a history: a payload is small, and a database may have a hundred thousand. */
const mostSkipped = 200;
const mostCharacters = 300;
/** Of those, this many are named where people read. */
const mostNamed = 20;
/** An export stands at 0 % until it has restored all of a database; so long without any progress, it hangs. */
const hangsAfterSeconds = 6 * 3600;

/** The step `export`: RDS writes a snapshot in the vault to a bucket. */
export function exportStep(dependencies: ExportStepDependencies): Operation {
  const { exports } = dependencies;
  return {
    names: { bucket: 'export-bucket', role: 'export-role', key: 'key' },
    async start(call) {
      const { step, input, signal } = call;
      const { url, dataPrefix } = placeOf(call);
      const request = { ...taskOf(call), role: textOf(input.role), key: textOf(input.key) };
      const task = await exports.start(request, signal);
      const { account, region } = step.scope;
      const arn = formatBucketUrl(url, `${dataPrefix}${bucketLayout.export}${task.id}/`);
      return { handle: { kind: call.identity.resource.kind, account, region, id: task.id, arn } };
    },

    async look(call, handle): Promise<Unfinished | StepResult> {
      const task = await exports.progress(handle.id, call.step.scope, call.signal);
      switch (task.status) {
        case 'failed':
          throw applicationFailure(
            failureTypes.operationFailed,
            `export task ${task.id} failed: ${task.failureCause ?? 'AWS names no cause'}`,
          );
        case 'cancelled':
          throw applicationFailure(failureTypes.operationFailed, `export task ${task.id} was cancelled by someone`);
        case 'complete':
          return proveExport(task, call, handle, dependencies);
        default: {
          const { id, rawStatus, percent } = task;
          return { id: `export task ${id}`, rawStatus, percent, hangsAfterSeconds };
        }
      }
    },

    /** Stops one that runs. What it has written stays: the next try of the recovery point adopts it. */
    async undo(call) {
      if (call.source !== null) await exports.cancel(taskOf(call), call.signal);
    },
  };
}

async function proveExport(
  task: ExportTask,
  call: StepCall,
  handle: CopyRef,
  { exports, keyArn }: ExportStepDependencies,
): Promise<StepResult> {
  const { identity, step, input, signal } = call;
  const source = sourceOf(call);
  const { url, dataPrefix } = placeOf(call);
  const wrong = [
    ...(task.sourceArn === source.arn ? [] : [`it exports ${task.sourceArn} instead of ${source.arn}`]),
    ...(task.keyArn === (await keyArn(step.scope, textOf(input.key))) ? [] : [`its key is ${task.keyArn ?? 'none'}`]),
  ];
  const store = exports.bucket(step.scope, url.bucket);
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
    tags: recoveryPointTags(identity, step.place ?? '', source.dataTime),
    dataPrefix,
    objects,
    bytes,
    manifestSha256: null,
    bundleSha256: null,
    skippedTables,
    verified: { level: 'exists', at: new Date(call.now).toISOString() },
  };
  const content = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
  await store.write(
    recordKey,
    content,
    { crc32c: hexOfCrc32c(crc32c(content)), contentType: 'application/json' },
    signal,
  );
  return {
    copy: {
      ...handle,
      place: step.place ?? '',
      keyArn: task.keyArn,
      sizeGiB: source.sizeGiB,
      dataTime: source.dataTime,
      verifiedAt: record.verified.at,
      objects,
      bytes,
      skippedTables,
    },
    ...(skippedTables.length === 0 ? {} : { lacks: [leftOut(skippedTables)] }),
  };
}

function leftOut(skipped: readonly SkippedTable[]): string {
  const named = skipped.map(({ table, reason }) => (reason === null ? table : `${table} (${reason})`));
  const rest = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : '';
  return `AWS left out ${named.slice(0, mostNamed).join(', ')}${rest}`;
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

/** What makes a task the one of this step. */
function taskOf(call: StepCall) {
  const { url, dataPrefix } = placeOf(call);
  const { scope, marker } = call.step;
  const prefix = `${url.prefix}${dataPrefix}${bucketLayout.export}`.replace(/\/$/, '');
  return { source: sourceOf(call), scope, marker, bucket: url.bucket, prefix };
}

function placeOf({ identity, step, input }: StepCall) {
  const url = typeof input.bucket === 'string' ? parseBucketUrl(input.bucket) : null;
  if (url === null) throw applicationFailure(failureTypes.invalidInput, `${step.id}: there is no bucket to export to`);
  return { url, dataPrefix: bucketLayout.dataPrefix(identity.resource, identity.scheduledTime) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
