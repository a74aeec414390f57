import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bucketAddressing } from '../../../src/clouds/aws/s3/bucketAddressing';

/** Where the SDK asks for an object of the bucket `panda-exports`. */
async function askedUnder(environment: NodeJS.ProcessEnv, endpoint?: string): Promise<string> {
  let asked = '';
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...bucketAddressing(environment),
    requestHandler: {
      handle: ({ hostname, path }: { hostname: string; path: string }) => {
        asked = hostname + path;
        return Promise.resolve({ response: { statusCode: 200, headers: {}, body: new Uint8Array() } });
      },
    },
  });
  await client.send(new HeadObjectCommand({ Bucket: 'panda-exports', Key: 'k' }));
  return asked;
}

test('buckets of AWS are host names', async () => {
  expect(await askedUnder({})).toBe('panda-exports.s3.eu-west-1.amazonaws.com/k');
});

test.each([{ AWS_ENDPOINT_URL: 'http://aws:5000' }, { AWS_ENDPOINT_URL_S3: 'http://aws:5000' }])(
  'a host of %j need not have a name for each bucket',
  async (environment) => {
    expect(await askedUnder(environment, 'http://aws:5000')).toBe('aws/panda-exports/k');
  },
);

test('endpoints that the SDK is told to ignore change nothing', async () => {
  const environment = { AWS_ENDPOINT_URL: 'http://aws:5000', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };
  expect(await askedUnder(environment)).toBe('panda-exports.s3.eu-west-1.amazonaws.com/k');
});
