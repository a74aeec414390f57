import { openState, stateScope } from '../../activities/ledger/stateBucket';
import { blocksPublicAccess } from '../../clouds/aws/exportBucket';
import { s3BucketState } from '../../clouds/aws/s3/s3BucketState';
import { gcsBuckets } from '../../clouds/gcp/gcsBuckets';
import { type BucketState } from '../../clouds/objectStore';
import { type Fleet } from '../../config';
import { bucketName, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';
import { ledgerLayout } from '../../core/ledger/ledgerLayout';
import { type Finding, finding } from './finding';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';

/** Looks whether the ledger has where to be kept, and how well it is kept there. Nothing is written. */
export async function checkState(
  fleet: Fleet,
  clouds: FleetClouds,
  sources: readonly Scope[],
  open: (scope: Scope) => boolean,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const { state } = fleet;
  const url = parseBucketUrl(state?.bucket ?? '');
  if (state === null || url === null) return [];
  const scope = stateScope(state);
  if (scope !== null && !open(scope)) return [];
  const subject = scope === null ? bucketName(url) : `${bucketName(url)} in ${scope.account}/${scope.region}`;
  const doubts: string[] = [];
  const found = await finding('state', subject, 'the ledger is kept there: see docs/security.md#ledger', async () => {
    const opened = openState(fleet, clouds.access);
    for await (const _page of opened?.store.list(`${url.prefix}${ledgerLayout.all(fleet.name)}`, {}, signal) ?? [])
      break;
    const described =
      scope === null
        ? await gcsBuckets(clouds.access.plainHttp, clouds.access.onCall)(url.bucket).describe(signal)
        : await s3BucketState(clouds.access.s3(scope), scope, url.bucket, signal);
    if (scope !== null && described.location !== scope.region)
      throw new Error(`it lies in ${described.location}, and state.region is ${scope.region}`);
    if (state.lock !== null && !described.locksObjects)
      throw new Error('state has a lock, and the bucket no object retention: nothing could be written into it');
    doubts.push(...(await doubtsOf(clouds, scope, url.bucket, described, sources)));
    const lock = state.lock === null ? 'not locked' : `locked for ${state.lock.days} d in mode ${state.lock.mode}`;
    return `the ledger is kept in ${described.location}; entries are ${lock}`;
  });
  if (found.state !== 'ok') return [found];
  if (state.lock === null) doubts.push('whoever administers the bucket can delete entries: give state a lock');
  const warnings = doubts.map((message): Finding => ({
    check: 'state',
    subject,
    state: 'warning',
    message,
    mend: null,
  }));
  return [found, ...warnings];
}

async function doubtsOf(
  { access }: FleetClouds,
  scope: Scope | null,
  bucket: string,
  { versioning }: BucketState,
  sources: readonly Scope[],
): Promise<string[]> {
  const isSource = scope !== null && sources.some(({ account }) => account === scope.account);
  // Public access to buckets of Google Cloud is a matter of their organisation's policy, which nobody else may see.
  const isClosed = scope === null || (await blocksPublicAccess(access, scope, bucket));
  return [
    ...(versioning ? [] : ['older versions are not kept: what is overwritten is lost; switch versioning on']),
    ...(isClosed ? [] : ['public access is not blocked: block it']),
    ...(isSource
      ? [
          `it lies in account ${scope.account}, whose databases are protected: who takes that over can add to the ledger; use another account`,
        ]
      : []),
  ];
}
