import { type WriteOptions } from '../../objectStore';

/** What S3 is told of an object beside its bytes. @param key of KMS; the bucket's own default where there is none. */
export function s3Description({ metadata, contentType, retainUntil }: WriteOptions, key: string | undefined) {
  return {
    Metadata: metadata,
    ContentType: contentType,
    ...(key === undefined
      ? {}
      : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: key, BucketKeyEnabled: true }),
    ...(retainUntil === undefined
      ? {}
      : {
          ObjectLockMode: retainUntil.mode === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
          ObjectLockRetainUntilDate: retainUntil.until,
        }),
  };
}

/** Of the request that makes the object visible. */
export function s3Condition({ onlyIf }: WriteOptions) {
  if (onlyIf === undefined) return {};
  return onlyIf === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: `"${onlyIf.revision}"` };
}
