import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ObjectLockRetentionMode,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Scope } from '../../../core/catalogue/copy';
import { type BucketState } from '../../objectStore';
import { type AwsCall, awsCall } from '../awsFailure';

const call = (scope: Scope, bucket: string, action: string): AwsCall => ({
  subject: `s3://${bucket}/`,
  ...scope,
  action,
});

/** How a bucket of S3 is set up. Fails as `Configuration` where the role of the scope may not see that. */
export async function s3BucketState(
  client: S3Client,
  scope: Scope,
  bucket: string,
  signal?: AbortSignal,
): Promise<BucketState> {
  const options = { abortSignal: signal };
  const [found, versioning, lock] = await Promise.all([
    awsCall(call(scope, bucket, 's3:ListBucket'), signal, () =>
      client.send(new HeadBucketCommand({ Bucket: bucket }), options),
    ),
    awsCall(call(scope, bucket, 's3:GetBucketVersioning'), signal, () =>
      client.send(new GetBucketVersioningCommand({ Bucket: bucket }), options),
    ),
    s3ObjectLock(client, scope, bucket, signal),
  ]);
  return {
    location: found.BucketRegion ?? scope.region,
    retentionSeconds: lock.defaultDays * 86_400,
    retentionIsFinal: lock.isCompliance,
    softDeleteSeconds: 0,
    versioning: versioning.Status === 'Enabled',
    locksObjects: lock.isEnabled,
    deletesNeedMfa: versioning.MFADelete === 'Enabled',
    defaultKey: null,
  };
}

/** Object Lock of a bucket, and how many days and how it keeps what says nothing of its own. */
export async function s3ObjectLock(
  client: S3Client,
  scope: Scope,
  bucket: string,
  signal?: AbortSignal,
): Promise<{ readonly isEnabled: boolean; readonly isCompliance: boolean; readonly defaultDays: number }> {
  return awsCall(call(scope, bucket, 's3:GetBucketObjectLockConfiguration'), signal, async () => {
    try {
      const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), {
        abortSignal: signal,
      });
      const { Mode, Days = 0, Years = 0 } = ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      return {
        isEnabled: ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
        isCompliance: Mode === ObjectLockRetentionMode.COMPLIANCE,
        defaultDays: Days + 365 * Years,
      };
    } catch (error) {
      if ((error as { name?: unknown }).name !== 'ObjectLockConfigurationNotFoundError') throw error;
      return { isEnabled: false, isCompliance: false, defaultDays: 0 };
    }
  });
}
