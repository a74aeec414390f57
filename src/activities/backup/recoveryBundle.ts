import { createHash } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { Context } from '@temporalio/activity';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { type ObjectStore } from '../../clouds/objectStore';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { bucketLayout, type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type CopyRef, copyTags, type Scope } from '../../core/catalogue/copy';
import { type DatabaseAccess } from '../../core/catalogue/databaseAccess';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type DatabaseConfiguration, type RecoveryBundle } from '../../core/catalogue/recoveryBundle';
import { type ResourceRef } from '../../core/resource';
import { type DatabaseConnections } from '../../postgres/databaseConnections';
import { describeDatabases } from '../../postgres/describeDatabases';
import { type ConnectedKinds } from '../../kinds/resourceProvider';
import { exportBucketsOf } from '../transfer/exportBuckets';
import { serverTime } from '../serverTime';

export interface WriteBundleRequest {
  readonly resource: ResourceRef;
  readonly scheduledTime: string;
  /** Where the export goes: `s3://panda-exports`. */
  readonly bucket: string;
  /** As whom the bucket is reached. */
  readonly scope: Scope;
  /** How the database is connected to for its schemas, null for not at all. */
  readonly connect?: DatabaseAccess | null | undefined;
  /** When the data of the recovery point is from (ISO 8601, UTC). A whole bundle that was collected since then is kept. */
  readonly dataTime?: string | undefined;
}

export interface SignCopiesRequest {
  readonly copies: readonly { readonly copy: CopyRef; readonly scope: Scope }[];
  /** SHA-256 of what describes the copies in buckets; of each that differs. */
  readonly manifests: readonly string[];
  readonly bundles: readonly string[];
}

/** What writes the recovery bundle beside an export. */
export interface RecoveryBundleActivities {
  /**
   * Asks how the database is set up now, and writes that beside its recovery point. Again and again gives the same place.
   *
   * @returns what could not be read though it was to be; null where the database is gone, and no bundle was written
   */
  writeRecoveryBundle(request: WriteBundleRequest): Promise<{ readonly unread: readonly string[] } | null>;
  /** Records in the tags of copies in AWS what lies in buckets, so that neither can be changed without the other telling. */
  signCopies(request: SignCopiesRequest): Promise<void>;
}

export interface RecoveryBundleDependencies {
  readonly providers: ConnectedKinds;
  readonly openStore: (url: BucketUrl, scope: Scope) => ObjectStore;
  readonly connections: DatabaseConnections;
}

/** Longer than this nobody is connected to a database in use, however many databases it has. */
const schemasMilliseconds = 10 * 60_000;
/** A failover lasts a minute or two; a database that nobody can connect to must not keep the bundle from being written. */
const triesForSchemas = 5;
const heartbeatMilliseconds = 5_000;
/** A tag's value takes 256 characters (RDS API Reference, Tag): three checksums. */
const mostChecksums = 3;
/** Of what could not be read, each in a history: a payload is small. */
const mostUnread = 20;
const mostCharacters = 400;

export function recoveryBundleActivities({
  providers,
  openStore,
  connections,
}: RecoveryBundleDependencies): RecoveryBundleActivities {
  const describe = async (resource: ResourceRef, home: Scope, signal: AbortSignal) => {
    try {
      return await providers.of(resource.kind).restore.describe(resource, home, signal);
    } catch (error) {
      if (failureTypeOf(error) === failureTypes.notFound) return null;
      throw error;
    }
  };

  /** The schemas of all databases; `failed` says that they were to be read. */
  const readSchemas = async (
    { resource, connect }: WriteBundleRequest,
    { engine }: DatabaseConfiguration,
    home: Scope,
    cancelled: AbortSignal,
  ): Promise<Pick<RecoveryBundle, 'schemas' | 'unread'> & { readonly failed: boolean }> => {
    const without = (why: string, failed: boolean) => ({ schemas: [], unread: [`schemas: ${why}`], failed });
    if (!/postgres/.test(engine)) return without(`those of ${engine} are not read`, false);
    if (connect === null || connect === undefined)
      return without('the tier of the fleet file has no `connect`, which says how to read them', false);
    const { endpoint, port, databaseName, masterUsername } = await providers
      .of(resource.kind)
      .restore.progress(resource.id, home, cancelled);
    if (endpoint === null || port === null) return without('AWS names no endpoint to connect to', true);
    const signal = AbortSignal.any([cancelled, AbortSignal.timeout(schemasMilliseconds)]);
    const { schemas, unread, passing } = await describeDatabases(
      (database) =>
        connections.open({ host: endpoint, port, database, masterUsername }, connect, resource, home, signal),
      databaseName ?? 'postgres',
      signal,
    );
    cancelled.throwIfAborted();
    if (passing && Context.current().info.attempt < triesForSchemas)
      throw applicationFailure(failureTypes.transient, unread.join('; ').slice(0, mostCharacters));
    return { schemas, unread, failed: unread.length > 0 };
  };

  return {
    async writeRecoveryBundle(request) {
      const { resource, scheduledTime, bucket, scope } = request;
      const url = parseBucketUrl(bucket);
      if (url === null) throw applicationFailure(failureTypes.invalidInput, `${bucket}: not the URL of a bucket`);
      const context = Context.current();
      const signal = context.cancellationSignal;
      const key = keyOf(url, resource, scheduledTime);
      const beat = setInterval(() => context.heartbeat(), heartbeatMilliseconds);
      try {
        const store = openStore(url, scope);
        if (await hasWhole(store, key, request, signal)) return { unread: [] };
        const home: Scope = { account: resource.account, region: resource.region, access: 'source' };
        const configuration = await describe(resource, home, signal);
        if (configuration === null) return null;
        const { failed, ...described } = await readSchemas(request, configuration, home, signal);
        const bundle: RecoveryBundle = {
          version: 1,
          resource,
          collectedAt: new Date(serverTime()).toISOString(),
          configuration,
          ...described,
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
        return { unread: cut([...configuration.unread, ...(failed ? described.unread : [])]) };
      } finally {
        clearInterval(beat);
      }
    },

    async signCopies({ copies, manifests, bundles }) {
      const value = (checksums: readonly string[]) => checksums.slice(0, mostChecksums).join(' ');
      const tags = {
        ...(manifests.length === 0 ? {} : { [copyTags.manifest]: value(manifests) }),
        ...(bundles.length === 0 ? {} : { [copyTags.bundle]: value(bundles) }),
      };
      const signal = Context.current().cancellationSignal;
      for (const { copy, scope } of copies) await providers.of(copy.kind).tag(copy, scope, tags, signal);
    },
  };
}

/**
 * A recovery point that is made again has the data it had. Its bundle must not become one of another day: what lies in other
 * buckets may be locked, and is proven by the checksum of the first.
 */
async function hasWhole(
  store: ObjectStore,
  key: string,
  { connect, dataTime }: WriteBundleRequest,
  signal: AbortSignal,
): Promise<boolean> {
  if (dataTime === undefined || (await store.head(key, signal)) === null) return false;
  const content = await text(await store.read(key, {}, signal));
  try {
    const { collectedAt, configuration, unread } = JSON.parse(content) as RecoveryBundle;
    const at = Date.parse(collectedAt);
    if (!(at >= Date.parse(dataTime) && at <= serverTime()) || configuration.unread.length > 0) return false;
    return unread.length === 0 || !connect || !/postgres/.test(configuration.engine);
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
  for (const { url, scope } of exportBucketsOf(fleet, resource)) {
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
