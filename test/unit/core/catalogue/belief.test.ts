import { catalogued } from '../../../../src/core/catalogue/catalogue';
import { type Copy, copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { knownKinds } from '../../../../src/kinds/registry';

const home: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const secure: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const remote: Scope = { ...secure, region: 'eu-central-1' };
const vault = (name: string, region: string | null) => ({ name, account: secure.account, region, key: 'k' });
const places = { vaults: [vault('secure', null), vault('secure-dr', 'eu-central-1')], kinds: knownKinds };

function read({ account, region, access }: Scope, tags: Record<string, string> = {}, changes: Partial<Copy> = {}) {
  const copy: Copy = {
    ...{ kind: 'aurora-cluster', account, region, id: 'snap', arn: `arn:${account}:${region}`, status: 'available' },
    ...{ rawStatus: 'available', percent: 100, sizeGiB: 10, keyArn: null, createdAt: '2026-11-21T02:30:00.000Z' },
    ...{ sourceArn: null, resourceId: 'shop', manual: true },
    tags: {
      [copyTags.resource]: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
      [copyTags.recoveryPoint]: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
      [copyTags.scheduledTime]: '2026-11-21T02:00:00Z',
      [copyTags.dataTime]: '2026-11-21T02:03:00.000Z',
      [copyTags.place]: access === 'source' ? 'source' : 'secure',
      [copyTags.verified]: 'exists 2026-11-21T02:31:00Z',
      ...tags,
    },
    ...changes,
  };
  return catalogued(copy, access, places);
}

describe('the place of a copy', () => {
  it.each([
    ['source', home],
    ['secure', secure],
    ['secure-dr', remote],
  ] as const)('is %s by its account and region, whatever its tag says', (place, scope) => {
    for (const claimed of ['source', 'secure', 'secure-dr', 'moon'])
      expect(read(scope, { [copyTags.place]: claimed }).place).toBe(place);
  });

  it('of a temporary one is what its tag says, unless that is the name of another place', () => {
    const temporary = (claimed: string) =>
      read(home, { [copyTags.retention]: 'temporary', [copyTags.place]: claimed }).place;
    expect(temporary('source-shareable')).toBe('source-shareable');
    expect(temporary('secure')).toBe('source');
  });

  it('is a vault’s for no copy of a resource that lives in the vault’s own account', () => {
    const ofVaultsOwn = {
      [copyTags.resource]: `arn:aws:rds:eu-west-1:${secure.account}:cluster:shop`,
      [copyTags.recoveryPoint]: `aurora-cluster/${secure.account}/eu-west-1/shop/2026-11-21T02:00:00Z`,
      [copyTags.place]: 'source',
    };
    expect(read(secure, ofVaultsOwn)).toMatchObject({ place: 'source', verified: null, doubt: null });
  });
});

describe('of a copy that lies where its owner can write anything', () => {
  it('nothing is proven by its own tag', () => {
    expect(read(home).verified).toBeNull();
    expect(read(secure).verified).toBe('exists 2026-11-21T02:31:00Z');
  });

  it.each([
    ['claims to lie in a vault', home, { [copyTags.place]: 'secure' }, 'its tags say that it lies in secure'],
    [
      'lies in the account of another resource',
      { ...home, account: '888888888888' },
      {},
      'no copy of that belongs into 888888888888/eu-west-1',
    ],
    ['lies in another region', { ...home, region: 'us-east-1' }, {}, 'belongs into 999999999999/us-east-1'],
    [
      'claims data from after it was made',
      home,
      { [copyTags.dataTime]: '2027-01-01T00:00:00Z' },
      'its data is from 2027-01-01T00:00:00Z, and it was made at 2026-11-21T02:30:00.000Z',
    ],
    ['claims data of no time', secure, { [copyTags.dataTime]: 'tomorrow' }, 'its data is from tomorrow'],
    ['contradicts itself', secure, { [copyTags.recoveryPoint]: 'aurora-cluster/1/2/3/4' }, 'contradict each other'],
  ] as const)('one is not believed that %s', (_, scope, tags, why) => {
    expect(read(scope, tags).doubt).toContain(why);
  });

  it('one is believed that is as Farcopy has made it', () => {
    for (const scope of [home, secure, remote]) expect(read(scope).doubt).toBeNull();
  });
});
