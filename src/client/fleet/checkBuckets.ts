import { type ExportBucket, exportBuckets } from '../../activities/transfer/exportBuckets';
import { type PlannedRoute } from '../../activities/backup/plannedRoutes';
import { blocksPublicAccess, requireExportBucket } from '../../clouds/aws/exportBucket';
import { type Fleet } from '../../config';
import { accountOfArn } from '../../core/arn';
import { bucketName, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type BucketVault } from '../../core/backup/policy';
import { type Finding, finding } from './finding';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';

const width = 16;

/**
 * Looks whether exports have where to go: the buckets of S3 that routes lead through, and those of the other cloud. Nothing is
 * written, so whether AWS may take on the role for exports shows in an export only.
 *
 * @param open whether the role of a scope can be assumed: what cannot be asked is no finding of its own
 */
export async function checkBuckets(
  fleet: Fleet,
  clouds: FleetClouds,
  routes: readonly PlannedRoute[],
  open: (scope: Scope) => boolean,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const exported = exportBuckets(fleet, routes).filter(({ scope }) => open(scope));
  const findings = await Promise.all([
    inParallel(exported, width, (bucket) => checkExportBucket(clouds, bucket, signal)),
    inParallel(fleet.buckets, width, async (vault) => [await checkVaultBucket(clouds, vault, signal)]),
  ]);
  return findings.flat(2);
}

async function checkExportBucket(
  clouds: FleetClouds,
  { url, scope, vault }: ExportBucket,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const subject = `${bucketName(url)} in ${scope.account}/${scope.region}`;
  const mend = `vault ${vault.name} exports through it: the vault account needs it in ${scope.region}, see docs/security.md#roles`;
  const found = await finding('bucket', subject, mend, async () => {
    await requireExportBucket(clouds.access, scope, url.bucket, signal);
    const roleAccount = accountOfArn(vault.export.role);
    if (roleAccount !== scope.account)
      throw new Error(
        `${vault.export.role} is of account ${roleAccount ?? ''}: exports take on roles of ${scope.account} only`,
      );
    return `exports of vault ${vault.name} go through it, written by ${vault.export.role}`;
  });
  return found.state === 'ok' ? [found, await publicAccessFinding(clouds, url.bucket, scope, subject)] : [found];
}

/** Not to know it is no reason to stop. */
async function publicAccessFinding(
  clouds: FleetClouds,
  bucket: string,
  scope: Scope,
  subject: string,
): Promise<Finding> {
  const found = await finding('bucket', subject, null, async () =>
    (await blocksPublicAccess(clouds.access, scope, bucket)) ? 'public access is blocked' : '',
  );
  if (found.state === 'failed')
    return { ...found, state: 'warning', message: `whether public access is blocked is not known: ${found.message}` };
  if (found.message !== '') return found;
  const mend = 'block it: what is exported are whole databases';
  return { ...found, state: 'warning', message: 'public access is not blocked', mend };
}

async function checkVaultBucket(
  clouds: FleetClouds,
  { name, bucket, lock }: BucketVault,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const url = parseBucketUrl(bucket);
  if (url === null) throw new Error(`${bucket}: not the URL of a bucket`);
  const store = clouds.vaultBucket(url);
  const mend = `vault ${name} keeps its copies there: see docs/security.md#roles`;
  let unprotected = false;
  const found = await finding('bucket', bucketName(url), mend, async () => {
    const state = await store.describe(signal).catch((error: unknown) => {
      if (failureTypeOf(error) !== failureTypes.configuration) throw error;
      return null;
    });
    if (state === null) {
      // Whoever may write there need not be allowed to see how it is set up.
      for await (const _page of store.list(url.prefix, {}, signal)) break;
      return 'it can be listed; how it is set up may not be seen';
    }
    if (lock !== null && !state.locksObjects)
      throw new Error('the vault has a lock, and the bucket no object retention: nothing could be written into it');
    const keeps = [
      ...(lock === null ? [] : [`objects are locked for ${lock.days} d`]),
      ...(state.retentionSeconds === 0
        ? []
        : [`it keeps everything for ${Math.round(state.retentionSeconds / 86_400)} d`]),
      ...(state.versioning ? ['it keeps older versions'] : []),
      ...(state.softDeleteSeconds === 0
        ? []
        : [`what is deleted comes back for ${Math.round(state.softDeleteSeconds / 86_400)} d`]),
    ];
    unprotected = keeps.length === 0;
    return [`in ${state.location}`, ...(unprotected ? ['nothing keeps copies from being deleted'] : keeps)].join('; ');
  });
  if (found.state !== 'ok' || !unprotected) return found;
  return {
    ...found,
    state: 'warning',
    mend: `give vault ${name} a lock, or the bucket a retention policy or versioning`,
  };
}
