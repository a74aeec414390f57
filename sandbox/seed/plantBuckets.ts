import { callAws } from './callAws';
import { backupBucket, exportBucket, exportRole, gcsProject, vaultAccount } from './sandboxAccounts';

/** Where the emulated clouds are. */
export interface CloudEndpoints {
  readonly awsEndpoint: string;
  /** Null where there is no GCS emulator: no bucket is made in it then. */
  readonly gcsEndpoint: string | null;
}

/**
 * Makes what the copies in the other cloud need: a bucket there, one a region for exports in the vault account, and the role
 * that RDS takes on to write them. Doing it twice changes nothing.
 */
export async function plantBuckets(
  { awsEndpoint, gcsEndpoint }: CloudEndpoints,
  fleet: string,
  regions: readonly string[],
): Promise<void> {
  const buckets = regions.map((region) => ({ region, name: exportBucket(fleet, region) }));
  await Promise.all([
    gcsEndpoint === null ? undefined : plantGcsBucket(gcsEndpoint, backupBucket(fleet)),
    plantExportRole(
      awsEndpoint,
      buckets.map(({ name }) => name),
    ),
    ...buckets.map(({ region, name }) => plantS3Bucket(awsEndpoint, region, name)),
  ]);
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

async function plantS3Bucket(endpoint: string, region: string, name: string): Promise<void> {
  // S3 takes no location constraint for the region that it was born in.
  const body =
    region === 'us-east-1'
      ? {}
      : {
          body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
        };
  const call = { service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${name}`, ...body } as const;
  await callAws(endpoint, call, ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);
  const blocked = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
  await callAws(endpoint, {
    ...{ service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${name}?publicAccessBlock` },
    body: `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${blocked.map((what) => `<${what}>true</${what}>`).join('')}</PublicAccessBlockConfiguration>`,
  });
}

/** What RDS needs: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-snapshot.Setup.html */
async function plantExportRole(endpoint: string, buckets: readonly string[]): Promise<void> {
  const actions = ['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*', 's3:ListBucket', 's3:GetBucketLocation'];
  const resources = buckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]);
  await callIam(
    endpoint,
    {
      Action: 'CreateRole',
      RoleName: exportRole,
      AssumeRolePolicyDocument: policy({
        Principal: { Service: 'export.rds.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    },
    ['EntityAlreadyExists'],
  );
  await callIam(endpoint, {
    Action: 'PutRolePolicy',
    RoleName: exportRole,
    PolicyName: 'write-exports',
    PolicyDocument: policy({ Action: actions, Resource: resources }),
  });
}

async function callIam(endpoint: string, parameters: Readonly<Record<string, string>>, exists: readonly string[] = []) {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' });
  const call = { service: 'iam', account: vaultAccount, region: 'us-east-1', method: 'POST', path: '/', body } as const;
  await callAws(endpoint, call, exists);
}

function policy(statement: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}
