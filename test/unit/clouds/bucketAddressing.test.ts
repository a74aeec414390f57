import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { addressBuckets } from '../../../src/clouds/aws/s3/bucketAddressing';

const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-addressing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const before = process.env;
afterEach(() => {
  process.env = before;
});

/** Where the SDK asks for an object of the bucket `panda-exports`. */
async function askedUnder(environment: NodeJS.ProcessEnv, configFile = ''): Promise<string> {
  const file = path.join(mkdtempSync(path.join(folder, 'of-')), 'config');
  writeFileSync(file, configFile);
  process.env = { PATH: before.PATH, AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: '/nowhere', ...environment };
  let asked = '';
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: {
      handle: ({ hostname, path: at }: { hostname: string; path: string }) => {
        asked = hostname + at;
        return Promise.resolve({ response: { statusCode: 200, headers: {}, body: new Uint8Array() } });
      },
    },
  });
  await addressBuckets(client).send(new HeadObjectCommand({ Bucket: 'panda-exports', Key: 'k' }));
  return asked;
}

const ofAws = 'panda-exports.s3.eu-west-1.amazonaws.com/k';
const services = '[default]\nservices = own\n[services own]\ns3 =\n  endpoint_url = http://aws:5000\n';

test('buckets of AWS are host names', async () => {
  expect(await askedUnder({})).toBe(ofAws);
});

test.each([
  ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: 'http://aws:5000' }, ''],
  ['AWS_ENDPOINT_URL_S3', { AWS_ENDPOINT_URL_S3: 'http://aws:5000' }, ''],
  ['a profile', {}, '[default]\nendpoint_url = http://aws:5000\n'],
  ['another profile', { AWS_PROFILE: 'own' }, '[profile own]\nendpoint_url = http://aws:5000\n'],
  ['a section of services', {}, services],
])('a host that %s names need not have a name for each bucket', async (_where, environment, configFile) => {
  expect(await askedUnder(environment, configFile)).toBe('aws/panda-exports/k');
});

test.each([
  ['by a variable', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true', AWS_ENDPOINT_URL: 'http://aws:5000' }, ''],
  ['by a profile', {}, '[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://aws:5000\n'],
  ['of another service', {}, '[default]\nservices = own\n[services own]\nrds =\n  endpoint_url = http://aws:5000\n'],
])('endpoints that the SDK does not heed change nothing: %s', async (_why, environment, configFile) => {
  expect(await askedUnder(environment, configFile)).toBe(ofAws);
});
