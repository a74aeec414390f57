import { planRestorePath, type RestorePathCircumstances } from '../../../../src/kinds/steps/planRestorePath';
import { remote, resource, secure, source } from '../../core/restore/cataloguedCopies';

const crossRegionCopy = {
  name: 'cluster-snapshot-cross-region-copies',
  title: 'copies',
  capacity: 5,
  source: '',
  countsIn: 'destination',
} as const;
const path = (changes: Partial<RestorePathCircumstances>) =>
  planRestorePath({
    fleet: 'panda',
    resource,
    copy: secure,
    target: { account: '333333333333', region: 'eu-west-1', access: 'restore' },
    id: 'shop',
    underDefaultKey: false,
    rules: {
      limits: { snapshot: null, crossRegionCopy, copyInRegion: null, export: null },
      copyMarker: (...parts) => parts.map((part) => (typeof part === 'string' ? part : part?.id)).join(' '),
    },
    limits: [],
    restoresShared: true,
    copyKey: 'alias/farcopy',
    targetKey: 'alias/target',
    keyAsked: false,
    vaultAccounts: ['111111111111'],
    ...changes,
  });
const steps = (changes: Partial<RestorePathCircumstances>) =>
  path(changes).steps.map(({ id, input, scope }) => {
    const key = typeof input.key === 'string' ? input.key : '-';
    return `${id} ${scope.account}/${scope.region} ${key}`;
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
    expect(path({ copy: source, target }).steps).toMatchObject([{ id: 'share', temporary: false }]);
    expect(path({ copy: secure }).steps).toMatchObject([{ id: 'share', temporary: true }]);
  });

  it('to another key at home is by the restore itself where it takes one, else by a copy', () => {
    const home = { copy: source, target: { ...resource, access: 'restore' }, keyAsked: true } as const;
    expect(path(home)).toMatchObject({ steps: [], key: 'alias/target' });
    expect(steps({ ...home, restoresShared: false })).toEqual(['copy:key 999999999999/eu-west-1 alias/target']);
  });

  it('across regions is by a copy inside its account, which counts where it lands, and then by a share of that copy', () => {
    const asked = { copy: remote };
    expect(steps(asked)).toEqual([
      'copy:region 111111111111/eu-west-1 alias/farcopy',
      'share 111111111111/eu-west-1 -',
    ]);
    const limits = [{ limit: crossRegionCopy.name, account: '111111111111', region: 'eu-west-1', capacity: 2 }];
    expect(path({ ...asked, limits }).steps).toMatchObject([
      { limit: { region: 'eu-west-1', limit: crossRegionCopy.name, capacity: 2 }, after: [], reads: null },
      { limit: null, after: ['copy:region'], reads: 'copy:region' },
    ]);
  });

  it('where what is shared cannot be restored goes on by a copy in the target, which reads what is shared', () => {
    expect(path({ restoresShared: false })).toMatchObject({
      steps: [
        { id: 'share', temporary: true },
        { id: 'copy:target', after: ['share'], reads: null, temporary: true },
      ],
      key: null,
    });
  });

  it('makes temporary copies of its own for every target and identifier', () => {
    const markers = ['shop', 'shop-2'].flatMap((id) => path({ copy: remote, id }).steps.map(({ marker }) => marker));
    expect(new Set(markers).size).toBe(2);
  });
});
