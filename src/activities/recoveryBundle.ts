import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Context } from '@temporalio/activity';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../clouds/hexOfCrc32c';
import { type ObjectStore } from '../clouds/objectStore';
import { type Fleet } from '../config';
import { applicationFailure } from '../core/applicationFailure';
import { bucketLayout, type BucketUrl, parseBucketUrl } from '../core/bucket';
import { type Scope } from '../core/copy';
import { failureTypes } from '../core/failure';
import { type RecoveryBundle } from '../core/recoveryBundle';
import { type ResourceKind, type ResourceRef } from '../core/resource';
import { type ResourceProvider } from '../providers/resourceProvider';
import { exportBucketsOf } from './exportBuckets';
import { serverTime } from './serverTime';

export interface WriteBundleRequest {
  readonly resource: ResourceRef;
  readonly scheduledTime: string;
  /** Where the export goes: `s3://panda-exports`. */
  readonly bucket: string;
  /** As whom the bucket is reached. */
  readonly scope: Scope;
}

/** What writes the recovery bundle beside an export. */
export interface RecoveryBundleActivities {
  /**
   * Asks how the database is set up now, and writes that beside its recovery point. Again and again gives the same place.
   *
   * @returns what could not be read; null where the database is gone, and no bundle was written
   */
  writeRecoveryBundle(request: WriteBundleRequest): Promise<{ readonly unread: readonly string[] } | null>;
}

export interface RecoveryBundleDependencies {
  readonly providers: Readonly<Record<ResourceKind, ResourceProvider>>;
  readonly openStore: (url: BucketUrl, scope: Scope) => ObjectStore;
}

export function recoveryBundleActivities({
  providers,
  openStore,
}: RecoveryBundleDependencies): RecoveryBundleActivities {
  return {
    async writeRecoveryBundle({ resource, scheduledTime, bucket, scope }) {
      const url = parseBucketUrl(bucket);
      if (url === null) throw applicationFailure(failureTypes.invalidInput, `${bucket}: not the URL of a bucket`);
      const signal = Context.current().cancellationSignal;
      const home: Scope = { account: resource.account, region: resource.region, access: 'source' };
      const configuration = await providers[resource.kind].restore
        .describe(resource, home, signal)
        .catch((error: unknown) => {
          if ((error as { type?: unknown }).type !== failureTypes.notFound) throw error;
          return null;
        });
      if (configuration === null) return null;
      const bundle: RecoveryBundle = {
        version: 1,
        resource,
        collectedAt: new Date(serverTime()).toISOString(),
        configuration,
      };
      const content = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`);
      await openStore(url, scope).write(
        keyOf(url, resource, scheduledTime),
        content,
        {
          crc32c: hexOfCrc32c(crc32c(content)),
          contentType: 'application/json',
          metadata: { sha256: createHash('sha256').update(content).digest('hex') },
        },
        signal,
      );
      return { unread: configuration.unread };
    },
  };
}

/** Reads the bundle of a recovery point from the buckets that the fleet exports to, null where none has it. */
export async function readRecoveryBundle(
  fleet: Fleet,
  openStore: RecoveryBundleDependencies['openStore'],
  resource: ResourceRef,
  scheduledTime: string,
  signal?: AbortSignal,
): Promise<RecoveryBundle | null> {
  for (const { url, scope } of exportBucketsOf(fleet, resource)) {
    const store = openStore(url, scope);
    const key = keyOf(url, resource, scheduledTime);
    if ((await store.head(key, signal)) === null) continue;
    return JSON.parse(await text(await store.read(key, {}, signal))) as RecoveryBundle;
  }
  return null;
}

function keyOf({ prefix }: BucketUrl, resource: ResourceRef, scheduledTime: string): string {
  return `${prefix}${bucketLayout.dataPrefix(resource, scheduledTime)}${bucketLayout.bundle}`;
}
