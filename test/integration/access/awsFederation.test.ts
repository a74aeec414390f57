import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { awsFederation } from '../../../src/clouds/gcp/awsFederation';
import { LocalHttp } from '../../support/localHttp';

const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-federation-'));
const exchanged: URLSearchParams[] = [];

/** Where ECS gives a task its credentials, and Google takes an identity for a token. */
const server = new LocalHttp((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/task') {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.end(JSON.stringify({ AccessKeyId: 'ASIATASK', SecretAccessKey: 's', Token: 'of-task', Expiration }));
      return;
    }
    exchanged.push(new URLSearchParams(body));
    response.end(JSON.stringify({ access_token: 'of-google', token_type: 'Bearer', expires_in: 3600 }));
  });
});

const before = process.env;
beforeAll(() => server.listen());
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  process.env = before;
});

const written = (document: unknown) => {
  const file = path.join(mkdtempSync(path.join(folder, 'of-')), 'google.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return { GOOGLE_APPLICATION_CREDENTIALS: file };
};
/** What `gcloud iam workload-identity-pools create-cred-config --aws` writes. */
const configuration = (source: object) => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/farcopy/providers/aws',
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
  token_url: `${server.url}/token`,
  credential_source: source,
});
const ofAws = {
  environment_id: 'aws1',
  region_url: 'http://169.254.169.254/latest/meta-data/placement/availability-zone',
  url: 'http://169.254.169.254/latest/meta-data/iam/security-credentials',
  regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
};

test('Google is shown the identity that a task of ECS has, which no variable and no EC2 tells', async () => {
  process.env = {
    PATH: before.PATH,
    AWS_REGION: 'eu-west-1',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/task`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  };
  const client = awsFederation(written(configuration(ofAws)));
  expect((await client?.getAccessToken())?.token).toBe('of-google');
  const [shown] = exchanged;
  const { url, headers } = JSON.parse(decodeURIComponent(shown?.get('subject_token') ?? '')) as {
    url: string;
    headers: { key: string; value: string }[];
  };
  expect(url).toContain('https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity');
  const value = (name: string) => headers.find(({ key }) => key.toLowerCase() === name)?.value;
  expect(value('authorization')).toContain('Credential=ASIATASK/');
  expect(value('x-amz-security-token')).toBe('of-task');
});

test.each([
  ['a key of a service account', () => written({ type: 'service_account', client_email: 'x', private_key: 'x' })],
  ['a federation with another cloud', () => written(configuration({ file: '/token' }))],
  ['what is no JSON', () => written('{')],
  ['a file that is not there', () => ({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/google.json' })],
  ['nothing', () => ({})],
])('%s is left to Google’s library', (_what, environment) => {
  expect(awsFederation(environment())).toBeUndefined();
});
