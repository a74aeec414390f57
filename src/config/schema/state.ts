import { z } from 'zod';
import { bucketUrl, region, roleArn } from './scalars';
import { lock } from './vaults';

const locked = lock.optional().meta({ description: 'No entry can be deleted before.' });

const gcsState = z.strictObject({
  bucket: bucketUrl('gs', '; one of S3 needs `role` and `region` as well').meta({
    description: 'A bucket of Google Cloud Storage; workers reach it as themselves.',
    examples: ['gs://panda-state'],
  }),
  lock: locked,
});

const s3State = z.strictObject({
  bucket: bucketUrl('s3')
    .refine((text) => !text.includes('{region}'), 'is one bucket, in its `region`')
    .meta({ description: 'A bucket of S3, best in an account of its own.', examples: ['s3://panda-state'] }),
  role: roleArn.meta({ description: 'The role of the bucket’s account that reads and adds, and deletes nothing.' }),
  region: region.meta({ description: 'The bucket’s.' }),
  lock: locked,
});

/** Where Farcopy keeps what it knows of the past. */
export const state = z.union([gcsState, s3State], {
  error: 'must be {bucket} of Google Cloud Storage, or with a bucket of S3 {bucket, role, region}',
});
