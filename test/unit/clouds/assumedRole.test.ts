import { type STSClient } from '@aws-sdk/client-sts';
import { AssumedRole } from '../../../src/clouds/aws/assumedRole';

const session = {
  arn: 'arn:aws:iam::999999999999:role/farcopy-source',
  externalId: 'shared secret of both sides',
  sessionName: 'farcopy-worker',
  account: '999999999999',
  region: 'eu-west-1',
  access: 'source' as const,
};

/** STS that counts, on a clock that the test moves. */
function assumed(lifetimeMs = 3_600_000) {
  const clock = { now: 1_000_000 };
  const inputs: unknown[] = [];
  const send = async ({ input }: { input: unknown }) => {
    inputs.push(input);
    const number = inputs.length;
    return {
      Credentials: {
        AccessKeyId: `key-${number}`,
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: new Date(clock.now + lifetimeMs),
      },
    };
  };
  const role = new AssumedRole(
    session,
    () => ({ send }) as unknown as STSClient,
    () => clock.now,
  );
  return { role, clock, inputs };
}

describe('an assumed role', () => {
  it('is assumed once, with external id and session name, however many ask', async () => {
    const { role, inputs } = assumed();
    const all = await Promise.all([role.credentials(), role.credentials(), role.credentials()]);
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key-1']));
    expect(inputs).toEqual([
      {
        RoleArn: session.arn,
        RoleSessionName: session.sessionName,
        ExternalId: session.externalId,
        DurationSeconds: 3600,
      },
    ]);
  });

  it('is assumed again five minutes before its session ends', async () => {
    const { role, clock } = assumed();
    await role.credentials();
    clock.now += 54 * 60_000;
    expect((await role.credentials()).accessKeyId).toBe('key-1');
    clock.now += 2 * 60_000;
    expect((await role.credentials()).accessKeyId).toBe('key-2');
  });

  it('with a short session is used for most of it', async () => {
    const { role, clock } = assumed(60_000);
    await role.credentials();
    clock.now += 44_000;
    expect((await role.credentials()).accessKeyId).toBe('key-1');
    clock.now += 2_000;
    expect((await role.credentials()).accessKeyId).toBe('key-2');
  });

  it('forgets the credentials AWS refused, but not newer ones', async () => {
    const { role } = assumed();
    await role.credentials();
    role.drop('key-1');
    expect((await role.credentials()).accessKeyId).toBe('key-2');
    role.drop('key-1');
    expect((await role.credentials()).accessKeyId).toBe('key-2');
  });

  it('that its trust policy refuses is a configuration failure that names it, and is tried again the next time', async () => {
    let refused = true;
    const send = async () => {
      if (refused)
        throw Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
      return { Credentials: { AccessKeyId: 'key', SecretAccessKey: 's', SessionToken: 't' } };
    };
    const role = new AssumedRole(session, () => ({ send }) as unknown as STSClient);
    await expect(role.credentials()).rejects.toMatchObject({
      type: 'Configuration',
      message: expect.stringContaining(`role ${session.arn} (999999999999/eu-west-1)`) as string,
    });
    refused = false;
    await expect(role.credentials()).resolves.toMatchObject({ accessKeyId: 'key' });
  });
});

describe('the credentials of the process itself', () => {
  const failing = (error: Error) =>
    new AssumedRole(session, () => ({ send: () => Promise.reject(error) }) as unknown as STSClient).credentials();
  const none = Object.assign(new Error('Could not load credentials from any providers'), {
    name: 'CredentialsProviderError',
  });
  const expired = Object.assign(new Error('The security token included in the request is expired'), {
    name: 'ExpiredTokenException',
  });
  const noToken = Object.assign(new Error("ENOENT: no such file or directory, open '/var/run/token'"), {
    code: 'ENOENT',
  });

  it.each([none, expired, noToken])('are waited for, and missed in words that say what to do: %s', async (error) => {
    await expect(failing(error)).rejects.toMatchObject({
      type: 'Configuration',
      details: [{ grace: 'minutes' }],
      message: expect.stringMatching(
        /this process has no valid credentials for sts:AssumeRole: .*give it a role/,
      ) as string,
    });
  });
});
