import { type CataloguedCopy } from '../../../../src/core/catalogue/catalogue';
import { chooseCopies, planRestorePath, type RestorePathCircumstances } from '../../../../src/core/restore/restorePath';

const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
} as const;

function copyIn(place: string, account: string, region: string, changes: Partial<CataloguedCopy> = {}): CataloguedCopy {
  return {
    resource: resource.arn,
    recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
    scheduledTime: '2026-11-21T02:00:00Z',
    dataTime: '2026-11-21T02:03:00Z',
    tier: 'standard',
    place,
    temporary: false,
    hold: 'none',
    verified: 'exists 2026-11-21T02:04:00Z',
    copy: {
      ...{ kind: 'aurora-cluster', account, region, id: 'snap', arn: `arn:${account}:${region}`, status: 'available' },
      ...{ rawStatus: 'available', percent: 100, sizeGiB: 10, keyArn: 'key', createdAt: null, sourceArn: null },
      ...{ resourceId: null, manual: true, tags: {} },
    },
    ...changes,
  };
}

const source = copyIn('source', '999999999999', 'eu-west-1');
const secure = copyIn('secure', '111111111111', 'eu-west-1');
const remote = copyIn('secure-dr', '111111111111', 'eu-central-1');
const path = (changes: Partial<RestorePathCircumstances>) =>
  planRestorePath({
    fleet: 'panda',
    resource,
    copy: secure,
    target: { account: '333333333333', region: 'eu-west-1', access: 'restore' },
    id: 'shop',
    underDefaultKey: false,
    capabilities: { crossRegionCopyLimit: 'cluster-snapshot-cross-region-copies' },
    restoresShared: true,
    copyKey: 'alias/farcopy',
    targetKey: 'alias/target',
    keyAsked: false,
    vaultAccounts: ['111111111111'],
    ...changes,
  });
const steps = (changes: Partial<RestorePathCircumstances>) =>
  path(changes).legs.map(({ id, key, scope }) => `${id} ${scope.account}/${scope.region} ${key ?? '-'}`);

describe('the nearest copy', () => {
  const all = [source, remote, secure];
  it.each([
    ['999999999999', 'eu-west-1', 'source'],
    ['111111111111', 'eu-west-1', 'secure'],
    ['333333333333', 'eu-central-1', 'secure-dr'],
    ['333333333333', 'eu-west-1', 'secure'],
  ])('to %s/%s lies in %s', (account, region, place) => {
    expect(chooseCopies(all, {}, { account, region })[0]?.place).toBe(place);
  });

  it('is a healthy one: neither unproven, nor on its way out, nor half done', () => {
    const copies = [{ ...source, verified: null }, { ...secure, temporary: true }, remote];
    expect(chooseCopies(copies, {}, resource).map(({ place }) => place)).toEqual(['secure-dr']);
    expect(() => chooseCopies([{ ...source, verified: null }], {}, resource)).toThrow('(not verified)');
  });
});

describe('the way of a copy', () => {
  it('under the default key goes by a copy that can be shared, which needs a key for it', () => {
    const own = { copy: source, underDefaultKey: true };
    expect(steps(own)).toEqual([
      'copy:shareable 999999999999/eu-west-1 alias/farcopy',
      'share 999999999999/eu-west-1 -',
    ]);
    expect(() => path({ ...own, copyKey: null })).toThrow('shareableKey');
  });

  it('into a vault account leaves the share as it is: a recovery point in flight may read by it', () => {
    const target = { account: '111111111111', region: 'eu-west-1', access: 'restore' } as const;
    expect(path({ copy: source, target }).legs).toMatchObject([{ id: 'share', temporary: false }]);
    expect(path({ copy: secure }).legs).toMatchObject([{ id: 'share', temporary: true }]);
  });

  it('to another key at home is by the restore itself where it takes one, else by a copy', () => {
    const home = { copy: source, target: { ...resource, access: 'restore' }, keyAsked: true } as const;
    expect(path(home)).toMatchObject({ legs: [], key: 'alias/target' });
    expect(steps({ ...home, restoresShared: false })).toEqual(['copy:key 999999999999/eu-west-1 alias/target']);
  });
});
