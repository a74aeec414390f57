import { createHash } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { type ObjectStore } from '../../clouds/objectStore';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { bucketLayout, type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { copyTags, type Scope } from '../../core/catalogue/copy';
import { mostChecksums } from '../../core/catalogue/proof';
import { databaseAccessOf } from '../../core/catalogue/databaseAccess';
import { type RecoveryBundle } from '../../core/catalogue/recoveryBundle';
import { failureTypes } from '../../core/failure';
import { type ResourceRef } from '../../core/resource';
import { type StepResult } from '../../core/steps/stepResult';
import { type ConnectedKinds, type Operation, type StepCall } from '../../kinds/kind';
import { exportBucketsOf } from '../transfer/exportBuckets';

export interface RecoveryBundleDependencies {
  readonly kinds: ConnectedKinds;
  readonly openStore: (url: BucketUrl, scope: Scope) => ObjectStore;
}

/** Of what could not be read, each in a history: a payload is small. */
const mostUnread = 20;
const mostCharacters = 400;

/**
 * The step `describe`: asks how the resource is set up now, and writes that beside its recovery point. Again and again gives the
 * same place.
 */
export function describeStep({ kinds, openStore }: RecoveryBundleDependencies): Operation {
  return {
    names: { bucket: 'export-bucket', connect: 'connect' },
    async start(call) {
      const { identity, step, input, source, signal } = call;
      const { resource, scheduledTime } = identity;
      const url = typeof input.bucket === 'string' ? parseBucketUrl(input.bucket) : null;
      if (url === null) throw applicationFailure(failureTypes.invalidInput, `${step.id}: not the URL of a bucket`);
      const { account, region } = step.scope;
      const key = keyOf(url, resource, scheduledTime);
      const handle = {
        kind: resource.kind,
        account,
        region,
        id: key,
        arn: formatBucketUrl(url, key.slice(url.prefix.length)),
      };
      const store = openStore(url, step.scope);
      const { bundle: ability } = kinds.of(resource.kind);
      if (ability === undefined || (await hasWhole(store, key, source?.dataTime, call, kinds)))
        return { handle, result: {} };
      const home: Scope = { account: resource.account, region: resource.region, access: 'source' };
      const collected = await ability.collect(resource, home, databaseAccessOf(input.connect), call.attempt, signal);
      if (collected === null)
        throw applicationFailure(failureTypes.notFound, 'the resource was gone before it could be described');
      const { configuration, schemas, unread, notes } = collected;
      const bundle: RecoveryBundle = {
        version: 1,
        resource,
        collectedAt: new Date(call.now).toISOString(),
        configuration,
        schemas,
        unread,
      };
      const content = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`);
      await store.write(
        key,
        content,
        {
          crc32c: hexOfCrc32c(crc32c(content)),
          contentType: 'application/json',
          metadata: { sha256: createHash('sha256').update(content).digest('hex') },
        },
        signal,
      );
      return { handle, result: { notes: cut(notes) } };
    },
  };
}

/**
 * The step `sign`: records in the tags of copies in AWS what lies in buckets, so that neither can be changed without the other
 * telling.
 */
export function signStep({ kinds }: Pick<RecoveryBundleDependencies, 'kinds'>): Operation {
  return {
    names: {},
    async start({ identity, step, input, results, signal }) {
      const { resource } = identity;
      const resultsOf = (ids: unknown): StepResult[] =>
        (Array.isArray(ids) ? (ids as string[]) : []).flatMap((id) => results[id] ?? []);
      const transferred = resultsOf(input.transfers).map(({ facts }) => facts as unknown as Checksums);
      const value = (all: readonly (string | null)[]) =>
        [...new Set(all.filter((one) => one !== null))].slice(0, mostChecksums).join(' ');
      const checksums: readonly (readonly [tag: string, value: string])[] = [
        [copyTags.manifest, value(transferred.map((one) => one.manifestSha256))],
        [copyTags.bundle, value(transferred.map((one) => one.bundleSha256))],
      ];
      const tags = Object.fromEntries(checksums.filter(([, text]) => text !== ''));
      const { copies } = kinds.of(resource.kind);
      if (copies !== undefined && Object.keys(tags).length > 0)
        for (const { copy } of resultsOf(input.copies))
          if (copy !== undefined) {
            const { account, region } = copy;
            try {
              await copies.tag(copy, { account, region, access: 'vault' }, tags, signal);
            } catch (error) {
              if (!(error instanceof Error)) throw error;
              error.message = `the copies in AWS do not prove those in buckets: ${error.message}`;
              throw error;
            }
          }
      const { account, region } = step.scope;
      return { handle: { kind: resource.kind, account, region, id: step.id, arn: '' }, result: {} };
    },
  };
}

interface Checksums {
  readonly manifestSha256: string;
  readonly bundleSha256: string | null;
}

/**
 * A recovery point that is made again has the data it had. Its bundle must not become one of another day: what lies in other
 * buckets may be locked, and is proven by the checksum of the first.
 */
async function hasWhole(
  store: ObjectStore,
  key: string,
  dataTime: string | undefined,
  { identity, input, now, signal }: StepCall,
  kinds: ConnectedKinds,
): Promise<boolean> {
  if (dataTime === undefined || (await store.head(key, signal)) === null) return false;
  const content = await text(await store.read(key, {}, signal));
  try {
    const bundle = JSON.parse(content) as RecoveryBundle;
    const at = Date.parse(bundle.collectedAt);
    if (!(at >= Date.parse(dataTime) && at <= now)) return false;
    const ability = kinds.of(identity.resource.kind).bundle;
    return ability?.isWhole(bundle, databaseAccessOf(input.connect)) ?? true;
  } catch {
    // No bundle, whatever it is: it is written anew.
    return false;
  }
}

function cut(unread: readonly string[]): string[] {
  const few = unread.slice(0, mostUnread).map((one) => one.slice(0, mostCharacters));
  return few.length === unread.length ? few : [...few, `${unread.length - few.length} more`];
}

/**
 * Reads the bundle of a recovery point from the buckets that the fleet exports to, null where none has it.
 *
 * @param signed SHA-256 of bundles that the copies in AWS are signed with, as their tag has them; null where they are not
 * @throws `VerificationFailed` where the one that lies there is another: it says what a restore opens, and to whom.
 */
export async function readRecoveryBundle(
  fleet: Fleet,
  openStore: RecoveryBundleDependencies['openStore'],
  resource: ResourceRef,
  scheduledTime: string,
  signed: string | null,
  signal?: AbortSignal,
): Promise<RecoveryBundle | null> {
  let refused: string | null = null;
  for (const { url, scope } of exportBucketsOf(fleet, [resource])) {
    const store = openStore(url, scope);
    const key = keyOf(url, resource, scheduledTime);
    if ((await store.head(key, signal)) === null) continue;
    const content = await buffer(await store.read(key, {}, signal));
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (signed === null || signed.split(' ').includes(sha256))
      return JSON.parse(content.toString('utf8')) as RecoveryBundle;
    refused = `${formatBucketUrl(url, key.slice(url.prefix.length))} is not the one that the copies are signed with`;
  }
  if (refused !== null) throw applicationFailure(failureTypes.verificationFailed, refused);
  return null;
}

function keyOf({ prefix }: BucketUrl, resource: ResourceRef, scheduledTime: string): string {
  return `${prefix}${bucketLayout.dataPrefix(resource, scheduledTime)}${bucketLayout.bundle}`;
}
