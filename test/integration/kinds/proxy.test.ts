import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { AwsAccess } from '../../../src/clouds/aws/awsAccess';

const answers: Record<string, string> = {
  AssumeRole: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  GetCallerIdentity: `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
};

describe('a proxy between Farcopy and AWS', () => {
  const before = { ...process.env };
  let proxy: http.Server;
  const passed: string[] = [];

  beforeAll(async () => {
    proxy = http.createServer((request, response) => {
      passed.push(request.url ?? '');
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const action = new URLSearchParams(body).get('Action') ?? '';
        response.writeHead(200, { 'content-type': 'text/xml' }).end(answers[action]);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: 'http://aws.invalid',
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'base',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
  });

  afterAll(async () => {
    process.env = before;
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  test('carries every request, the assuming of roles included', async () => {
    const access = new AwsAccess({ roleArnOf: () => 'arn:aws:iam::999999999999:role/r', sessionName: 'farcopy' });
    const scope = { account: '999999999999', region: 'eu-west-1', access: 'source' } as const;
    const identity = await access.sts(scope).send(new GetCallerIdentityCommand({}));
    access.close();
    expect(identity.Account).toBe('999999999999');
    expect(passed).toEqual(['http://aws.invalid/', 'http://aws.invalid/']);
  });
});
