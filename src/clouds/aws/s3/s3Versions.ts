import {
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutObjectLegalHoldCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectVersion, type Protection } from '../../versionedBucket';
import { type AwsCall, awsCall } from '../awsFailure';

/** A bucket, and what tells of a call of it. */
export interface VersionedS3 {
  readonly client: S3Client;
  readonly bucket: string;
  readonly told: (action: string, key: string) => AwsCall;
}

/** Versions under a prefix, in the order of the keys: delete markers have no data. */
export async function* listS3Versions(
  { client, bucket, told }: VersionedS3,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ObjectVersion[]> {
  let after: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> | null = {};
  while (after !== null) {
    const input: ListObjectVersionsCommandInput = { Bucket: bucket, Prefix: prefix, ...after };
    const page: ListObjectVersionsCommandOutput = await awsCall(told('s3:ListBucketVersions', prefix), signal, () =>
      client.send(new ListObjectVersionsCommand(input), { abortSignal: signal }),
    );
    const found = (page.Versions ?? []).map(
      ({ Key = '', VersionId = 'null', Size = 0, LastModified, StorageClass = 'STANDARD' }): ObjectVersion => ({
        ...{ key: Key, version: VersionId, held: null, bytes: Size, storageClass: StorageClass, protection: null },
        createdAt: (LastModified ?? new Date(0)).toISOString(),
      }),
    );
    if (found.length > 0) yield found;
    after =
      page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : null;
  }
}

/** Its lock and its legal hold: neither where its bucket has no Object Lock. */
export async function s3Protection(
  bucket: VersionedS3,
  { key, version }: Pick<ObjectVersion, 'key' | 'version'>,
  signal?: AbortSignal,
): Promise<Protection> {
  const input = { Bucket: bucket.bucket, Key: key, VersionId: version };
  const [until, isHeld] = await Promise.all([
    awsCall(bucket.told('s3:GetObjectRetention', key), signal, async () => {
      try {
        const found = await bucket.client.send(new GetObjectRetentionCommand(input), { abortSignal: signal });
        return found.Retention?.RetainUntilDate ?? null;
      } catch (error) {
        // It was never locked.
        if ((error as { name?: unknown }).name === 'NoSuchObjectLockConfiguration') return null;
        throw error;
      }
    }),
    isHeldInS3(bucket, { key, version }, signal),
  ]);
  return { retainUntil: until?.toISOString() ?? null, holds: isHeld ? ['a legal hold of Object Lock'] : [] };
}

/** Whether it has a legal hold: of a bucket that has Object Lock. */
export async function isHeldInS3(
  { client, bucket, told }: VersionedS3,
  { key, version }: Pick<ObjectVersion, 'key' | 'version'>,
  signal?: AbortSignal,
): Promise<boolean> {
  return awsCall(told('s3:GetObjectLegalHold', key), signal, async () => {
    try {
      const input = { Bucket: bucket, Key: key, VersionId: version };
      const found = await client.send(new GetObjectLegalHoldCommand(input), { abortSignal: signal });
      return found.LegalHold?.Status === 'ON';
    } catch (error) {
      // It was never held.
      if ((error as { name?: unknown }).name === 'NoSuchObjectLockConfiguration') return false;
      throw error;
    }
  });
}

export async function holdInS3(
  { client, bucket, told }: VersionedS3,
  { key, version }: Pick<ObjectVersion, 'key' | 'version'>,
  isOn: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const LegalHold = { Status: isOn ? 'ON' : 'OFF' } as const;
  const input = { Bucket: bucket, Key: key, VersionId: version, LegalHold, ChecksumAlgorithm: 'CRC32C' } as const;
  await awsCall(told('s3:PutObjectLegalHold', key), signal, () =>
    client.send(new PutObjectLegalHoldCommand(input), { abortSignal: signal }),
  );
}
