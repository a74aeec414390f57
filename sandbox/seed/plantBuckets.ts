import { callAws } from './callAws';
import { backupBucket, defaultRegion, exportBucket, gcsProject, stateBucket, vaultAccount } from './sandboxAccounts';

/** Where the emulated clouds are. */
export interface CloudEndpoints {
  readonly awsEndpoint: string;
  /** Null where there is no GCS emulator: no bucket is made in it then. */
  readonly gcsEndpoint: string | null;
}

/**
 * Makes what the copies in the other cloud need: a bucket there, and one a region for exports in the vault account; and the bucket
 * of the ledger. Doing it twice changes nothing.
 */
export async function plantBuckets(
  { awsEndpoint, gcsEndpoint }: CloudEndpoints,
  fleet: string,
  regions: readonly string[],
): Promise<void> {
  const buckets = regions.map((region) => ({ region, name: exportBucket(fleet, region) }));
  await Promise.all([
    gcsEndpoint === null ? undefined : plantGcsBucket(gcsEndpoint, backupBucket(fleet)),
    ...buckets.map(({ region, name }) => plantS3Bucket(awsEndpoint, region, name)),
    plantStateBucket(awsEndpoint, stateBucket(fleet)),
  ]);
}

/** As deploy/cloudformation/state-bucket.yaml makes it. */
async function plantStateBucket(endpoint: string, name: string): Promise<void> {
  await plantS3Bucket(endpoint, defaultRegion, name, { 'x-amz-bucket-object-lock-enabled': 'true' });
}

/** @throws Error when it cannot be made; it may be there. */
export async function plantGcsBucket(endpoint: string, name: string): Promise<void> {
  const response = await fetch(`${endpoint}/storage/v1/b?project=${gcsProject}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, location: 'EU' }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 409)
    throw new Error(`the GCS emulator answered ${response.status} when asked to make the bucket ${name}: ${text}`);
}

async function plantS3Bucket(
  endpoint: string,
  region: string,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  // S3 takes no location constraint for the region that it was born in.
  const body =
    region === 'us-east-1'
      ? {}
      : {
          body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
        };
  const call = {
    service: 's3',
    account: vaultAccount,
    region,
    method: 'PUT',
    path: `/${name}`,
    headers,
    ...body,
  } as const;
  await callAws(endpoint, call, ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);
  const blocked = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
  await callAws(endpoint, {
    ...{ service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${name}?publicAccessBlock` },
    body: `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${blocked.map((what) => `<${what}>true</${what}>`).join('')}</PublicAccessBlockConfiguration>`,
  });
}
