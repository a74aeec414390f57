import { checkRetentionRoles } from '../../../../src/client/retention/checkRetentionRoles';
import { type AwsAccess } from '../../../../src/clouds/aws/awsAccess';
import { type Scope } from '../../../../src/core/catalogue/copy';
import { fleetOf } from '../fleet';

const sources: readonly Scope[] = ['999999999999', '888888888888'].map((account) => ({
  ...{ account, region: 'eu-west-1', access: 'source' },
}));
const plain = fleetOf();
const fleet = {
  ...plain,
  roles: {
    ...plain.roles,
    marker: 'arn:aws:iam::{account}:role/farcopy-marker',
    pruner: 'arn:aws:iam::{account}:role/farcopy-pruner',
  },
};

/** Clouds in which a role lets in whoever looks, but for these. */
function cloudsWithout(refused: (scope: Scope) => boolean) {
  const sts = (scope: Scope) => ({
    send: () =>
      refused(scope)
        ? Promise.reject(
            Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' }),
          )
        : Promise.resolve({}),
  });
  return { access: { sts } as unknown as AwsAccess };
}

const told = async (refused: (scope: Scope) => boolean) =>
  (await checkRetentionRoles(fleet, cloudsWithout(refused), sources)).map(
    ({ state, subject }) => `${state} ${subject}`,
  );

describe('the roles of retention', () => {
  test('are looked at in every account that a plan reads, once', async () => {
    expect(await told(() => false)).toEqual(
      ['marker', 'pruner'].flatMap((role) =>
        ['999999999999', '888888888888', '111111111111'].map((id) => `ok arn:aws:iam::${id}:role/farcopy-${role}`),
      ),
    );
  });

  test('fail where one account lacks what the others have', async () => {
    const found = await told(({ access, account }) => access === 'pruner' && account === '888888888888');
    expect(found.filter((one) => !one.startsWith('ok'))).toEqual([
      'failed arn:aws:iam::888888888888:role/farcopy-pruner',
    ]);
  });

  test('are told once, and fail nothing, where they let in whoever looks nowhere', async () => {
    const findings = await checkRetentionRoles(
      fleet,
      cloudsWithout(({ access }) => access === 'marker'),
      sources,
    );
    const [first, ...others] = findings;
    expect(first).toMatchObject({ state: 'warning', subject: 'arn:aws:iam::999999999999:role/farcopy-marker' });
    expect(first?.message).toMatch(/and so it is in 2 more accounts$/);
    expect(first?.mend).toMatch(/the workers of `mark` alone.*retention-roles\.yaml/);
    expect(others.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  });

  test('are not asked for where the fleet file has none', async () => {
    expect(
      await checkRetentionRoles(
        plain,
        cloudsWithout(() => true),
        sources,
      ),
    ).toEqual([]);
  });

  test('are looked at where a bucket and the organisation are, too', async () => {
    const home = { account: '555555555555', region: 'eu-west-1', key: 'alias/farcopy' };
    const wide = {
      ...fleet,
      buckets: [{ home }] as unknown as typeof fleet.buckets,
      accounts: {
        ...{ type: 'organization', account: '777777777777', regions: ['eu-west-1'], include: ['*'], exclude: [] },
      } as typeof fleet.accounts,
    };
    const subjects = (
      await checkRetentionRoles(
        wide,
        cloudsWithout(() => false),
        sources,
      )
    ).map(({ subject }) => subject);
    for (const id of ['555555555555', '777777777777'])
      expect(subjects).toContain(`arn:aws:iam::${id}:role/farcopy-marker`);
  });
});
