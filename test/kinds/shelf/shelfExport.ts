import { text } from 'node:stream/consumers';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../../src/clouds/hexOfCrc32c';
import { type ObjectStore } from '../../../src/clouds/objectStore';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { recoveryPointTags } from '../../../src/core/backup/recoveryPointTags';
import { bucketLayout, formatBucketUrl, parseBucketUrl } from '../../../src/core/catalogue/bucket';
import { type Scope } from '../../../src/core/catalogue/copy';
import { type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { failureTypes } from '../../../src/core/failure';
import { type Clouds, type Operation, type StepCall } from '../../../src/kinds/kind';
import { type ToyClient } from '../service/toyClient';
import { type DescribedExport } from './shelfClient';

/** What the service writes last, of what it has written before. */
interface Summary {
  readonly items: number;
  readonly files: readonly { readonly key: string; readonly items: number; readonly bytes: number }[];
}

/** The service gives a token the export that it gave it first, also one that has failed: another try needs another one. */
const mostTries = 5;

/** The step `export`: what stood on a shelf at the scheduled time. Nothing can stop one that has begun. */
export function exportShelf(client: ToyClient, access: Clouds['access']): Operation {
  return {
    names: { bucket: 'export-bucket', owner: 'vault-account' },
    async start(call) {
      const { identity, step, signal } = call;
      const { url, dataPrefix } = placeOf(call);
      const { account, region } = step.scope;
      const prefix = `${url.prefix}${dataPrefix}${bucketLayout.export}`;
      const input = { shelf: identity.resource.id, at: identity.scheduledTime, bucket: url.bucket, prefix };
      for (let number = 1; ; number += 1) {
        const token = number === 1 ? step.marker : `${step.marker}/${number}`;
        const { result } = await client.ask<DescribedExport>('StartExport', step.scope, { ...input, token }, signal);
        if (result.state === 'failed' && number < mostTries) continue;
        const arn = formatBucketUrl(url, `${dataPrefix}${bucketLayout.export}${result.id}/`);
        return { handle: { kind: 'shelf', account, region, id: result.id, arn } };
      }
    },

    async look(call, handle) {
      const { identity, step, signal } = call;
      const { result } = await client.ask<DescribedExport>('DescribeExport', step.scope, { id: handle.id }, signal);
      if (result.state === 'running') return { id: handle.id, rawStatus: 'running', percent: null };
      if (result.state === 'failed')
        throw applicationFailure(failureTypes.operationFailed, `${handle.id} failed: ${result.reason ?? ''}`);
      const { url, dataPrefix, scope } = placeOf(call);
      const store = access.bucket(scope, url.bucket);
      const found = await prove(store, `${url.prefix}${dataPrefix}${bucketLayout.export}${handle.id}/`, result, signal);
      const record: RecoveryPointRecord = {
        version: 1,
        resource: identity.resource,
        tags: recoveryPointTags(identity, step.place ?? '', identity.scheduledTime),
        dataPrefix,
        ...found,
        manifestSha256: null,
        bundleSha256: null,
        skippedTables: [],
        verified: { level: 'exists', at: new Date(call.now).toISOString() },
      };
      await writeRecord(
        store,
        `${url.prefix}${bucketLayout.record(identity.resource, identity.scheduledTime)}`,
        record,
      );
      const { at: verifiedAt } = record.verified;
      const copy = { ...handle, place: step.place ?? '', keyArn: null, sizeGiB: 1, verifiedAt, ...found };
      return { copy: { ...copy, dataTime: identity.scheduledTime } };
    },
  };
}

/** Every file that the summary names is there, as long as it says, and they hold as many items as the service says. */
async function prove(
  store: ObjectStore,
  prefix: string,
  { id, items }: DescribedExport,
  signal: AbortSignal,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const sizes = new Map<string, number>();
  for await (const page of store.list(prefix, {}, signal))
    for (const { key, bytes } of page) sizes.set(key.slice(prefix.length), bytes);
  if (!sizes.has('summary.json'))
    throw applicationFailure(failureTypes.verificationFailed, `${id}: its summary is missing`);
  const summary = JSON.parse(await text(await store.read(`${prefix}summary.json`, {}, signal))) as Summary;
  const counted = summary.files.reduce((sum, file) => sum + file.items, 0);
  const wrong = [
    ...(counted === items && summary.items === items ? [] : [`it has ${counted} items of ${items}`]),
    ...summary.files
      .filter(({ key, bytes }) => sizes.get(key) !== bytes)
      .map(({ key, bytes }) => `${key} has ${sizes.get(key) ?? 'no'} bytes instead of ${bytes}`),
  ];
  if (wrong.length > 0) throw applicationFailure(failureTypes.verificationFailed, `${id}: ${wrong.join('; ')}`);
  return { objects: sizes.size, bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

async function writeRecord(store: ObjectStore, key: string, record: RecoveryPointRecord): Promise<void> {
  const content = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
  await store.write(key, content, { crc32c: hexOfCrc32c(crc32c(content)), contentType: 'application/json' });
}

function placeOf({ identity, step, input }: StepCall) {
  const url = typeof input.bucket === 'string' ? parseBucketUrl(input.bucket) : null;
  if (url === null || typeof input.owner !== 'string')
    throw applicationFailure(failureTypes.invalidInput, `${step.id}: there is no bucket to export to`);
  const scope: Scope = { account: input.owner, region: step.scope.region, access: 'vault' };
  return { url, scope, dataPrefix: bucketLayout.dataPrefix(identity.resource, identity.scheduledTime) };
}
