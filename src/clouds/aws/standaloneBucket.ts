import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type PlainHttp } from '../plainHttp';
import { awsCall } from './awsFailure';
import { addressBuckets } from './s3/bucketAddressing';
import { S3Store } from './s3/s3Store';

/**
 * A bucket of S3 by the SDK's own chain of credentials, for whoever has no fleet file: where the bucket is, S3 is asked.
 *
 * @throws ApplicationFailure `Configuration` where it is not to be had.
 */
export async function standaloneBucket(bucket: string, http: PlainHttp, signal?: AbortSignal): Promise<S3Store> {
  const settings = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  const asking = addressBuckets(new S3Client({ ...settings, followRegionRedirects: true }));
  const region = await asking.config.region();
  const call = {
    subject: `s3://${bucket}`,
    account: 'its account',
    region,
    access: 'restore',
    action: 's3:ListBucket',
  } as const;
  const found = await awsCall(call, signal, () =>
    asking.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal }),
  );
  const client = addressBuckets(new S3Client({ ...settings, region: found.BucketRegion ?? region }));
  return new S3Store({ client, bucket, scope: { ...call, region: found.BucketRegion ?? region }, http });
}
