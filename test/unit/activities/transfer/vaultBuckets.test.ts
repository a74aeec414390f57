import { vaultBuckets } from '../../../../src/activities/transfer/vaultBuckets';
import { type AwsAccess } from '../../../../src/clouds/aws/awsAccess';
import { GcsStore } from '../../../../src/clouds/gcp/gcsStore';
import { PlainHttp } from '../../../../src/clouds/plainHttp';
import { type BucketUrl, parseBucketUrl } from '../../../../src/core/catalogue/bucket';

const onTheWay = {
  export: { bucket: 's3://panda-exports', role: 'arn', key: 'alias/x' },
  lock: null,
  bytesPerSecond: null,
};
const fleet = {
  buckets: [
    { name: 'google', bucket: 'gs://panda', home: null, ...onTheWay },
    {
      name: 'archive',
      bucket: 's3://panda/copies',
      home: { account: '222222222222', region: 'us-east-1', key: 'alias/archive' },
      ...onTheWay,
    },
  ],
};
const opened: unknown[][] = [];
const access = {
  plainHttp: new PlainHttp({}),
  bucket: (...all: unknown[]) => opened.push(all),
  vaultBucket: (...all: unknown[]) => opened.push(all),
} as unknown as AwsAccess;
const url = (text: string): BucketUrl => parseBucketUrl(text) as BucketUrl;
const { reading, keeping } = vaultBuckets(fleet, access);

beforeEach(() => opened.splice(0));

test('a bucket of S3 is opened by the vault role of its own account, and written to under its own key', () => {
  const scope = { account: '222222222222', region: 'us-east-1', access: 'vault' };
  reading(url('s3://panda/copies'));
  keeping(url('s3://panda/copies'));
  expect(opened).toEqual([
    [scope, 'panda'],
    [scope, 'panda', 'alias/archive'],
  ]);
});

test('one of Google Cloud that bears the same name is another one', () => {
  expect(reading(url('gs://panda'))).toBeInstanceOf(GcsStore);
  expect(keeping(url('gs://panda'))).toBeInstanceOf(GcsStore);
  expect(opened).toEqual([]);
});

test('what no vault has is not opened by whichever role', () => {
  for (const open of [reading, keeping])
    for (const theirs of ['s3://somebody', 'gs://somebody'])
      expect(() => open(url(theirs))).toThrow(/no vault of the fleet file is this bucket/);
});
