import { type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { databaseLogin } from '../../../../../src/kinds/rds/connect/databaseConnections';
import { readSecret } from '../../../../../src/clouds/aws/readSecret';
import { type Scope } from '../../../../../src/core/catalogue/copy';
import { type DatabaseAccess } from '../../../../../src/core/catalogue/databaseAccess';
import { type ResourceRef } from '../../../../../src/core/resource';

const resource: ResourceRef = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda-shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda-shop',
};
const scope: Scope = { account: '111111111111', region: 'eu-central-1', access: 'restore' };
const endpoint = { host: 'scratch.example.org', port: 5432, database: 'shop', masterUsername: 'master' };
const bySecret: DatabaseAccess = {
  user: null,
  authentication: { type: 'secret', secret: 'farcopy/{account}/{region}/{id}' },
  tls: 'verify-full',
};

/** Secrets Manager with these secrets, and what was asked of it. */
function aws(secrets: Readonly<Record<string, string>>) {
  const asked: { id: string; scope: Scope }[] = [];
  const tokens: Scope[] = [];
  return {
    asked,
    tokens,
    secretsManager: (where: Scope) =>
      ({
        send: async ({ input }: { input: { SecretId: string } }) => {
          asked.push({ id: input.SecretId, scope: where });
          const SecretString = secrets[input.SecretId];
          if (SecretString === undefined)
            throw Object.assign(new Error("Secrets Manager can't find the specified secret."), {
              name: 'ResourceNotFoundException',
              $metadata: { httpStatusCode: 400 },
            });
          return { SecretString };
        },
      }) as unknown as SecretsManagerClient,
    credentials: async (where: Scope) => {
      tokens.push(where);
      return { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret', sessionToken: 'session' };
    },
  };
}

describe('the login of a database', () => {
  test('is a secret of the account it stands in, named after the protected resource', async () => {
    const access = aws({
      'farcopy/999999999999/eu-west-1/panda-shop': JSON.stringify({
        username: 'reader',
        password: 'open',
        host: 'panda-shop.example.org',
      }),
    });
    expect(await databaseLogin(access, endpoint, bySecret, resource, scope)).toEqual({
      user: 'reader',
      password: 'open',
    });
    expect(access.asked.map((one) => one.scope)).toEqual([scope]);
  });

  test.each([
    ['a word', 'open sesame'],
    ['digits, which are JSON too', '123456'],
    ['null, as a word', 'null'],
  ])('may be the password alone: %s', async (_, password) => {
    const access = aws({ plain: password });
    const how: DatabaseAccess = { ...bySecret, authentication: { type: 'secret', secret: 'plain' } };
    expect(await databaseLogin(access, endpoint, how, resource, scope)).toEqual({ user: 'master', password });
  });

  test('takes the user of the fleet file before all others', async () => {
    const access = aws({ s: JSON.stringify({ username: 'other', password: 'open' }) });
    const how: DatabaseAccess = { ...bySecret, user: 'drill', authentication: { type: 'secret', secret: 's' } };
    expect((await databaseLogin(access, endpoint, how, resource, scope)).user).toBe('drill');
  });

  test('is asked for in the region of an ARN', async () => {
    const secret = 'arn:aws:secretsmanager:{region}:{account}:secret:{id}-AbCdEf';
    const arn = 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:panda-shop-AbCdEf';
    const access = aws({ [arn]: 'open' });
    await databaseLogin(access, endpoint, { ...bySecret, authentication: { type: 'secret', secret } }, resource, scope);
    expect(access.asked).toEqual([{ id: arn, scope: { ...scope, region: 'eu-west-1' } }]);
  });

  test('is a token for the user and host where IAM lets in', async () => {
    const access = aws({});
    const how: DatabaseAccess = { user: null, authentication: { type: 'iam' }, tls: 'require' };
    const { user, password } = await databaseLogin(access, endpoint, how, resource, scope);
    expect(user).toBe('master');
    expect(password).toMatch(/^scratch\.example\.org:5432\/\?Action=connect&DBUser=master&/);
    expect(password).toMatch(/X-Amz-Credential=ASIAROLE%2F\d{8}%2Feu-central-1%2Frds-db%2Faws4_request/);
    expect(access.tokens).toEqual([scope]);
    await expect(databaseLogin(access, endpoint, { ...how, tls: 'disable' }, resource, scope)).rejects.toMatchObject({
      type: 'Configuration',
    });
    expect(access.tokens).toHaveLength(1);
  });

  test('without any user says which setting is missing', async () => {
    const how: DatabaseAccess = { user: null, authentication: { type: 'iam' }, tls: 'require' };
    await expect(
      databaseLogin(aws({}), { ...endpoint, masterUsername: null }, how, resource, scope),
    ).rejects.toMatchObject({ type: 'Configuration', message: expect.stringContaining('`user`') as string });
  });
});

describe('a secret', () => {
  test('that is not there is a matter of configuration, not a database that is gone', async () => {
    await expect(readSecret(aws({}), 'farcopy/none', scope)).rejects.toMatchObject({
      type: 'Configuration',
      nonRetryable: true,
      message: expect.stringContaining('farcopy/none') as string,
    });
  });

  test('without a password does not show what else is in it', async () => {
    const reading = readSecret(aws({ s: JSON.stringify({ apiKey: 'hush' }) }), 's', scope);
    await expect(reading).rejects.toMatchObject({ type: 'Configuration', message: 'secret s has no password' });
  });
});
