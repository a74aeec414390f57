import { type HeadBucketCommand } from '@aws-sdk/client-s3';
import { type AwsAccess } from '../../../../../src/clouds/aws/awsAccess';
import { type AwsKeys } from '../../../../../src/clouds/aws/keys';
import { type Scope } from '../../../../../src/core/catalogue/copy';
import { failureTypes } from '../../../../../src/core/failure';
import { RdsExports } from '../../../../../src/kinds/rds/exports/rdsExports';

const scope: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const request = {
  source: {
    kind: 'aurora-cluster',
    ...scope,
    id: 'copy',
    arn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:copy',
  },
  scope,
  marker: 'farcopy-shop',
  bucket: 'panda-exports',
  prefix: 'data',
  role: 'arn:aws:iam::111111111111:role/farcopy-export',
  key: 'alias/farcopy',
} as const;

/** An export to a bucket that S3 speaks so of. */
async function startWith(answerOfS3: () => unknown) {
  const sent: unknown[] = [];
  const access = {
    s3: () => ({
      send: async (command: unknown) => {
        sent.push(command);
        return answerOfS3();
      },
    }),
    client: () => ({
      send: async () => {
        sent.push('StartExportTask');
        return { ExportTaskIdentifier: request.marker, Status: 'STARTING' };
      },
    }),
  } as unknown as AwsAccess;
  const exports = new RdsExports(access, {
    arn: async () => 'arn:aws:kms:eu-west-1:111111111111:key/1',
  } as unknown as AwsKeys);
  return { sent, started: exports.start(request) };
}

/** As the SDK throws where an answer has no body. */
const status = (httpStatusCode: number, headers: Readonly<Record<string, string>> = {}) =>
  Object.assign(new Error('UnknownError'), {
    name: String(httpStatusCode),
    $metadata: { httpStatusCode },
    $response: { headers },
  });

test('a snapshot is exported to a bucket that the account has in the region', async () => {
  const { sent, started } = await startWith(() => ({ BucketRegion: 'eu-west-1' }));
  expect(await started).toMatchObject({ id: request.marker, status: 'starting' });
  const [head, start] = sent;
  expect((head as HeadBucketCommand).input).toEqual({ Bucket: 'panda-exports', ExpectedBucketOwner: '111111111111' });
  expect(start).toBe('StartExportTask');
});

test.each([
  ['that is not there', () => Promise.reject(status(404)), /^s3:\/\/panda-exports: there is no such bucket$/],
  [
    'of someone else',
    () => Promise.reject(status(403)),
    /it is not of account 111111111111, or the vault role may not s3:ListBucket/,
  ],
  [
    'of another region',
    () => ({ BucketRegion: 'us-east-1' }),
    /lies in us-east-1: what is in .* is exported to buckets of eu-west-1 only/,
  ],
  [
    'that another region answers for',
    () => Promise.reject(status(301, { 'x-amz-bucket-region': 'eu-central-1' })),
    /lies in eu-central-1/,
  ],
])('to a bucket %s nothing is exported, and nobody tries again', async (_what, answer, message) => {
  const { sent, started } = await startWith(answer);
  await expect(started).rejects.toMatchObject({
    type: failureTypes.configuration,
    nonRetryable: true,
    message: expect.stringMatching(message) as string,
  });
  expect(sent).not.toContain('StartExportTask');
});

test('a bucket that does not answer is asked again', async () => {
  const { sent, started } = await startWith(() => Promise.reject(status(503)));
  await expect(started).rejects.toMatchObject({ type: failureTypes.transient });
  expect(sent).not.toContain('StartExportTask');
});
