import { createHash, createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { AwsAccess } from '../../../src/clouds/aws/awsAccess';
import { type Scope } from '../../../src/core/catalogue/copy';
import { databaseToken } from '../../../src/kinds/rds/connect/databaseToken';

/*
 * What RDS looks at when a role logs in by IAM, worked out here without the SDK:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Connecting.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

const scope: Scope = { account: '333333333333', region: 'eu-central-1', access: 'restore' };
const database = { host: 'shop.cluster-c1x2.eu-central-1.rds.amazonaws.com', port: 5433, user: 'drill+reader' };
const role = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret/of+the=role', sessionToken: 'token/of+the=session' };
const before = { ...process.env };

let server: Server;
let access: AwsAccess;
/** What was asked of STS. */
const asked: URLSearchParams[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(new URLSearchParams(body));
      response.setHeader('content-type', 'text/xml');
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>${role.accessKeyId}</AccessKeyId><SecretAccessKey>${role.secretAccessKey}</SecretAccessKey>
        <SessionToken>${role.sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ACCESS_KEY_ID = 'AKIAWORKER';
  process.env.AWS_SECRET_ACCESS_KEY = 'of the worker';
  access = new AwsAccess({
    roleArnOf: (kind, account) => `arn:aws:iam::${account}:role/farcopy-${kind}`,
    sessionName: 'farcopy-test',
  });
});
afterAll(() => {
  process.env = before;
  access.close();
  server.closeAllConnections();
  server.close();
});

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signature Version 4 of the request that a token stands for. */
function signatureOf(query: URLSearchParams, secret: string, region: string): string {
  const time = query.get('X-Amz-Date') ?? '';
  const place = [time.slice(0, 8), region, 'rds-db', 'aws4_request'];
  const canonicalQuery = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const host = `${database.host}:${database.port}`;
  const request = ['GET', '/', canonicalQuery, `host:${host}\n`, 'host', sha256('')].join('\n');
  const key = place.reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', time, place.join('/'), sha256(request)].join('\n')).toString('hex');
}

test('a token lets the role of the scope in as one user of one database, for a quarter of an hour', async () => {
  const token = await databaseToken(access, scope, database);
  expect(asked.map((one) => one.get('RoleArn'))).toEqual(['arn:aws:iam::333333333333:role/farcopy-restore']);

  // PostgreSQL gets it as a password: a URL without its scheme.
  const url = new URL(`https://${token}`);
  expect(token.startsWith(`${database.host}:${database.port}/?`)).toBe(true);
  const query = url.searchParams;
  expect(Object.fromEntries(query)).toMatchObject({
    Action: 'connect',
    DBUser: database.user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Security-Token': role.sessionToken,
  });
  const signedAt = (query.get('X-Amz-Date') ?? '').replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:');
  expect(Math.abs(Date.parse(signedAt) - Date.now())).toBeLessThan(60_000);
  expect(query.get('X-Amz-Credential')).toMatch(/^ASIAROLE\/\d{8}\/eu-central-1\/rds-db\/aws4_request$/);
  expect(query.get('X-Amz-Signature')).toBe(signatureOf(query, role.secretAccessKey, scope.region));

  const other = new URLSearchParams(query);
  other.set('DBUser', 'master');
  expect(query.get('X-Amz-Signature')).not.toBe(signatureOf(other, role.secretAccessKey, scope.region));
});
