import {
  lenderRole,
  markerRole,
  prunerRole,
  restoreRole,
  sourceRole,
  vaultRole,
} from '../../../../sandbox/seed/sandboxAccounts';
import { stacksOf } from '../../../../sandbox/seed/seedRequest';
import { plantedBy } from '../../../../sandbox/seed/templates';
import { RouteError } from '../../../../src/core/kind';
import { knownKinds } from '../../../../src/kinds/registry';
import { encryptions, owner, policy, scheduledTime, vaultAccount } from '../steps/routes';

const roleNames = {
  source: sourceRole,
  vault: vaultRole,
  lender: lenderRole,
  restore: restoreRole,
  marker: markerRole,
  pruner: prunerRole,
};
const [aurora, instance] = [knownKinds.get('aurora-cluster'), knownKinds.get('rds-instance')];

describe('an ARN of RDS', () => {
  it.each([
    [
      'arn:aws:rds:eu-west-1:999999999999:cluster:Panda-1',
      ['aurora-cluster', 'documentdb-cluster', 'neptune-cluster', 'multi-az-cluster'],
    ],
    ['arn:aws-us-gov:rds:us-gov-west-1:999999999999:db:panda-1', ['rds-instance']],
    ['arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:panda-1', []],
    ['arn:aws:rds:eu-west-1:999999999999:cluster:panda:1', []],
    ['arn:aws:rds:eu-west-1:99:cluster:panda', []],
    ['arn:aws:rds:eu-west-1:999999999999:cluster:panda--1', []],
    ['arn:aws:ec2:eu-west-1:999999999999:db:panda', []],
    ['panda', []],
  ])('%s names %j, in lower case', (arn, kinds) => {
    const found = knownKinds.ofArn(arn);
    expect(found.map(({ kind }) => kind)).toEqual(kinds);
    for (const { id } of found) expect(id).toBe('panda-1');
  });
});

describe('the plan of a database', () => {
  const resource = (kind: string) => ({ ...owner, kind, arn: '', encryption: encryptions.customer });
  const steps = (of: typeof aurora, changes = {}) => of.planBackup(resource(of.name), policy(changes), scheduledTime);

  it('runs under the limits of its kind, with the capacity that the fleet file says', () => {
    const limits = [{ limit: 'instance-snapshot-cross-region-copies', account: vaultAccount, capacity: 3 }];
    expect(steps(aurora).flatMap(({ limit }) => (limit === null ? [] : [`${limit.limit} ${limit.capacity}`]))).toEqual([
      'cluster-snapshots-in-progress 5',
      'cluster-snapshot-cross-region-copies 5',
    ]);
    expect(
      steps(instance, { limits }).flatMap(({ limit }) => (limit === null ? [] : [`${limit.limit} ${limit.capacity}`])),
    ).toEqual(['instance-snapshots-in-progress 20', 'instance-snapshot-cross-region-copies 3']);
  });

  it('marks what it makes with names that AWS takes', () => {
    for (const { marker, type } of steps(aurora))
      if (type !== 'sign') expect(marker).toMatch(/^farcopy-panda-cluster-1-20261121t020000z-[a-z0-9]{13}$/);
  });

  it('takes a key for the copy of a plain snapshot where AWS does', () => {
    const plain = (of: typeof aurora) =>
      of
        .planBackup({ ...resource(of.name), encryption: encryptions.none }, policy(), scheduledTime)
        .flatMap(({ type, input }) => (type === 'copy' ? [input.key] : []));
    expect(plain(aurora)).toEqual([null, null]);
    expect(plain(instance)).toEqual(['alias/farcopy', 'alias/farcopy']);
  });

  it('names the default key that nothing can be shared under', () => {
    const underDefault = { ...resource('aurora-cluster'), encryption: encryptions.default };
    const plan = () => aurora.planBackup(underDefault, policy({ shareableKey: null }), scheduledTime);
    expect(plan).toThrow(RouteError);
    expect(plan).toThrow('default key aws/rds');
  });
});

describe('the permissions of kinds', () => {
  /** What the stack of a sandbox gives a role. */
  const planted = plantedBy(stacksOf({ accounts: [owner.account], resources: [] }));
  const allowed = (role: string) => {
    const found = planted.roles.find(({ name }) => name === roleNames[role as keyof typeof roleNames]);
    return Object.values(found?.policies ?? {})
      .flatMap((policy) => (policy as { Statement: { Effect: string; Action: string | string[] }[] }).Statement)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => Action);
  };
  /** All of Farcopy needs these, whatever the kinds are. */
  const general = /^(secretsmanager|organizations|sns|s3):/;

  it.each(Object.keys(roleNames))('are what deploy/cloudformation gives the %s role', (role) => {
    const given = new Set(allowed(role).filter((action) => !general.test(action)));
    const wanted = knownKinds.all.flatMap(({ permissions }) => permissions.filter((one) => one.role === role));
    expect([...new Set(wanted.map(({ action }) => action))].sort()).toEqual([...given].sort());
  });
});
