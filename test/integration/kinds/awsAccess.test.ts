import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { organizationAccounts } from '../../../src/clouds/aws/organizationAccounts';
import { version } from '../../../src/core/version';
import { type AwsAccess } from '../../../src/clouds/aws/awsAccess';
import { type Scope } from '../../../src/core/catalogue/copy';
import { type ResourceRef } from '../../../src/core/resource';
import { connectKinds, kinds } from '../../../src/kinds/registry';
import { owner, startEmulatedAws, vault, vaultElsewhere, type EmulatedAws } from './emulatedAws';
import { AwsKeys } from '../../../src/clouds/aws/keys';

const connected = (access: AwsAccess) => connectKinds(kinds, { access, keys: new AwsKeys(access) });

interface Call {
  readonly account: string;
  readonly principal: string;
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly errorCode: string | null;
  readonly userAgent: string;
}

const resource: ResourceRef = {
  kind: 'aurora-cluster',
  account: owner.account,
  region: owner.region,
  id: 'panda-1',
  arn: `arn:aws:rds:${owner.region}:${owner.account}:cluster:panda-1`,
};
const seedResource = { ...resource, sizeGiB: 20, engine: 'aurora-mysql', encryption: 'cmk', tags: {} };

let aws: EmulatedAws;
const opened: AwsAccess[] = [];
const open = (...options: Parameters<EmulatedAws['access']>) => {
  const access = aws.access(...options);
  opened.push(access);
  return access;
};
const callsOf = async (action: string) => {
  const { calls } = (await aws.control('GET', 'calls')) as { calls: Call[] };
  return calls.filter((call) => call.action === action);
};
const discover = async (access: AwsAccess, scope: Scope) => {
  const found = [];
  for await (const page of connected(access).of('aurora-cluster').discover(scope)) found.push(...page);
  return found;
};

beforeAll(async () => void (aws = await startEmulatedAws()), 300_000);
beforeEach(async () => {
  await aws.reset();
  await aws.seed({ resources: [seedResource] });
  await aws.control('DELETE', 'calls');
});
afterEach(() => {
  for (const access of opened.splice(0)) access.close();
});
afterAll(() => aws.stop());

describe('access to AWS', () => {
  it('is as the role of the account, assumed once for all calls of a region, and tells who is calling', async () => {
    const access = open();
    await Promise.all([discover(access, owner), discover(access, owner), discover(access, owner)]);
    const [call] = await callsOf('DescribeDBClusters');
    expect(call).toMatchObject({ account: owner.account, region: owner.region });
    expect(call?.principal).toBe(`arn:aws:sts::${owner.account}:assumed-role/farcopy-source/farcopy-test`);
    expect(call?.userAgent).toContain(`farcopy/${version}`);
    expect(await callsOf('AssumeRole')).toHaveLength(1);
  });

  it('is apart for every account, access and region', async () => {
    const access = open();
    const identities = await Promise.all(
      [owner, vault, vaultElsewhere].map((scope) => access.sts(scope).send(new GetCallerIdentityCommand({}))),
    );
    expect(identities.map(({ Account }) => Account)).toEqual([owner.account, vault.account, vault.account]);
    expect((await callsOf('AssumeRole')).map(({ region }) => region).sort()).toEqual(
      [vaultElsewhere.region, owner.region, vault.region].sort(),
    );
  });

  it('with the wrong external id is a configuration failure that names the role', async () => {
    const attempt = discover(open({ externalId: 'a guess' }), owner);
    await expect(attempt).rejects.toMatchObject({ type: 'Configuration', nonRetryable: true });
    await expect(attempt).rejects.toThrow(`role arn:aws:iam::${owner.account}:role/farcopy-source`);
  });

  it('outlives its session', async () => {
    await aws.control('PATCH', 'settings', { sessionSeconds: 1 });
    const access = open();
    const until = Date.now() + 1_500;
    while (Date.now() < until) expect(await discover(access, owner)).toHaveLength(1);
    const assumed = await callsOf('AssumeRole');
    expect(assumed.length).toBeGreaterThanOrEqual(2);
    expect((await callsOf('DescribeDBClusters')).every(({ errorCode }) => errorCode === null)).toBe(true);
  });

  it('goes on when AWS says the session has expired', async () => {
    const access = open();
    await discover(access, owner);
    await aws.control('POST', 'faults', {
      match: { action: 'DescribeDBClusters' },
      fault: {
        type: 'error',
        code: 'ExpiredToken',
        message: 'The security token included in the request is expired',
        status: 403,
      },
      times: 1,
    });
    await expect(discover(access, owner)).resolves.toHaveLength(1);
    expect(await callsOf('AssumeRole')).toHaveLength(2);
  });

  it('finds its own snapshot when the answer to the first try was lost', async () => {
    await aws.control('POST', 'faults', {
      match: { action: 'CreateDBClusterSnapshot' },
      fault: { type: 'error-after-commit', status: 500 },
      times: 1,
    });
    const copies = connected(open()).copiesOf('aurora-cluster');
    const started = await copies.snapshot({ resource, marker: 'snap-1', tags: { 'farcopy:fleet': 'panda' } });
    expect(started).toMatchObject({ id: 'snap-1', status: 'in-progress' });
    expect(await callsOf('CreateDBClusterSnapshot')).toHaveLength(2);
  });

  it.each([{ type: 'throttle' }, { type: 'capacity' }, { type: 'region-down' }])(
    'takes $type for trouble that passes',
    async (fault) => {
      await aws.control('POST', 'faults', { match: { action: 'CreateDBClusterSnapshot' }, fault });
      const copies = connected(open({ maxAttempts: 1 })).copiesOf('aurora-cluster');
      const attempt = copies.snapshot({ resource, marker: 'snap-1', tags: {} });
      await expect(attempt).rejects.toMatchObject({ type: 'Transient', nonRetryable: false });
    },
  );

  it('refused by a policy names the role and the action', async () => {
    await aws.seed({
      roles: [
        {
          account: owner.account,
          name: 'farcopy-source',
          trustedPrincipals: ['arn:aws:iam::222222222222:user/farcopy'],
          denyActions: ['rds:CreateDBClusterSnapshot'],
        },
      ],
    });
    const copies = connected(open()).copiesOf('aurora-cluster');
    const attempt = copies.snapshot({ resource, marker: 'snap-1', tags: {} });
    await expect(attempt).rejects.toMatchObject({ type: 'Configuration', nonRetryable: true });
    await expect(attempt).rejects.toThrow(
      'cluster panda-1 (999999999999/eu-west-1): the source role may not rds:CreateDBClusterSnapshot',
    );
  });

  it('names a key that is not there', async () => {
    const copies = connected(open()).copiesOf('aurora-cluster');
    const source = await copies.snapshot({ resource, marker: 'snap-1', tags: {} });
    const attempt = copies.copy({ source, target: vault, marker: 'copy-1', key: 'alias/missing', tags: {} });
    await expect(attempt).rejects.toMatchObject({ type: 'Configuration', nonRetryable: true });
    await expect(attempt).rejects.toThrow('alias/missing');
  });

  it('without anyone at the other end is trouble that passes', async () => {
    const emulator = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9';
    try {
      await expect(discover(open({ maxAttempts: 1 }), owner)).rejects.toMatchObject({ type: 'Transient' });
    } finally {
      process.env.AWS_ENDPOINT_URL = emulator;
    }
  });

  it('lists the accounts of the organisation', async () => {
    const principal = { account: '222222222222', userName: 'farcopy' };
    const trustedPrincipals = ['arn:aws:iam::222222222222:user/farcopy'];
    await aws.seed({
      principal,
      roles: [{ account: principal.account, name: 'farcopy-source', trustedPrincipals }],
      organization: {
        accounts: [
          { id: owner.account, name: 'pandas' },
          { id: '888888888888', name: 'bears' },
        ],
      },
    });
    const management: Scope = { account: principal.account, region: 'us-east-1', access: 'source' };
    const accounts = await organizationAccounts(open(), management);
    expect(accounts).toEqual(
      expect.arrayContaining([
        { id: owner.account, name: 'pandas' },
        { id: '888888888888', name: 'bears' },
      ]),
    );
  });
});
