import { GetPublicAccessBlockCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { applicationFailure } from '../../core/applicationFailure';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { type AwsAccess } from './awsAccess';
import { awsCall } from './awsFailure';

/**
 * Makes sure that a bucket is one that may be exported to: there, in the account of the scope and in its region. A service that
 * can write into a bucket does not ask whose it is.
 *
 * @throws `Configuration` saying what is wrong with it.
 */
export async function requireExportBucket(
  access: AwsAccess,
  scope: Scope,
  bucket: string,
  signal?: AbortSignal,
): Promise<void> {
  const { account, region } = scope;
  const call = { subject: `s3://${bucket}`, ...scope, action: 's3:ListBucket' };
  const found = await awsCall(call, signal, async () => {
    try {
      const { BucketRegion } = await access
        .s3(scope)
        .send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }), { abortSignal: signal });
      return BucketRegion;
    } catch (error) {
      throw refusal(error, bucket, scope);
    }
  });
  if (found !== undefined && found !== region) throw elsewhere(bucket, scope, found);
}

/** Whether everyone is kept out of a bucket, whatever its policy says; `Configuration` where the role may not look. */
export async function blocksPublicAccess(access: AwsAccess, scope: Scope, bucket: string): Promise<boolean> {
  const call = { subject: `s3://${bucket}`, ...scope, action: 's3:GetBucketPublicAccessBlock' };
  return awsCall(call, undefined, async () => {
    try {
      const { PublicAccessBlockConfiguration: block = {} } = await access
        .s3(scope)
        .send(new GetPublicAccessBlockCommand({ Bucket: bucket, ExpectedBucketOwner: scope.account }));
      const { BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets } = block;
      return [BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets].every((on) => on === true);
    } catch (error) {
      if ((error as { name?: unknown }).name === 'NoSuchPublicAccessBlockConfiguration') return false;
      throw error;
    }
  });
}

/** An answer to HEAD has no body, and so no code: only its status tells what is wrong. */
function refusal(error: unknown, bucket: string, scope: Scope): unknown {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Readonly<Record<string, string | undefined>> };
  };
  switch ($metadata?.httpStatusCode) {
    case 301:
    case 400:
      return elsewhere(bucket, scope, $response?.headers?.['x-amz-bucket-region'] ?? 'another region');
    case 403:
      return applicationFailure(
        failureTypes.configuration,
        `s3://${bucket}: it is not of account ${scope.account}, or the ${scope.access} role may not s3:ListBucket; see docs/security.md#roles`,
      );
    case 404:
      return applicationFailure(failureTypes.configuration, `s3://${bucket}: there is no such bucket`);
    default:
      return error;
  }
}

const elsewhere = (bucket: string, { account, region }: Scope, found: string) =>
  applicationFailure(
    failureTypes.configuration,
    `s3://${bucket} lies in ${found}: what is in ${account}/${region} is exported to buckets of ${region} only`,
  );
