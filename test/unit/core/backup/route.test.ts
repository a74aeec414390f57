import fc from 'fast-check';
import { type BucketVault, type Vault } from '../../../../src/core/backup/policy';
import { type Leg, RouteError } from '../../../../src/core/backup/route';
import { encryptions, kinds, owner, plan, secure, secureDr, vaultAccount } from './routes';

const ids = (legs: readonly Leg[]) => legs.map((leg) => leg.id);
const leg = (legs: readonly Leg[], id: string): Leg => {
  const found = legs.find((l) => l.id === id);
  if (found === undefined) throw new Error(`there is no ${id} in ${ids(legs).join(', ')}`);
  return found;
};
/** `copy:secure: source → 111111111111/eu-west-1 under alias/farcopy`. */
const copies = (legs: readonly Leg[]) =>
  legs
    .filter((l) => l.type === 'copy')
    .map((l) => `${l.id}: ${l.from} → ${l.scope.account}/${l.scope.region} under ${l.key ?? 'no key'}`);

describe('a vault in the same region, then a second region', () => {
  it('is snapshot, share, copy into the vault, copy across regions by the vault', () => {
    const legs = plan();
    expect(ids(legs)).toEqual(['snapshot', 'share:secure', 'copy:secure', 'copy:secure-dr']);
    expect(copies(legs)).toEqual([
      'copy:secure: source → 111111111111/eu-west-1 under alias/farcopy',
      'copy:secure-dr: secure → 111111111111/eu-central-1 under alias/farcopy',
    ]);
    expect(legs.map((l) => l.after)).toEqual([[], ['snapshot'], ['share:secure'], ['copy:secure']]);
  });

  it('runs the snapshot and the copy across regions under limits, where AWS counts them', () => {
    const legs = plan();
    expect(leg(legs, 'snapshot').limit).toEqual({
      account: owner.account,
      region: 'eu-west-1',
      limit: 'cluster-snapshots-in-progress',
    });
    expect(leg(legs, 'copy:secure').limit).toBeNull();
    expect(leg(legs, 'copy:secure-dr').limit).toEqual({
      account: vaultAccount,
      region: 'eu-central-1',
      limit: 'cluster-snapshot-cross-region-copies',
    });
    expect(leg(plan({ kind: 'instance' }), 'copy:secure-dr').limit?.limit).toBe(
      'instance-snapshot-cross-region-copies',
    );
  });
});

describe('the encryption of the source', () => {
  it.each(['aurora', 'instance'] as const)('under a customer key is shared as it is (%s)', (kind) => {
    expect(ids(plan({ kind, encryption: encryptions.customer }))).not.toContain('re-encrypt');
  });

  it.each(['aurora', 'instance'] as const)(
    'under the default key needs an intermediate under a shareable one (%s)',
    (kind) => {
      const legs = plan({ kind, encryption: encryptions.default });
      expect(ids(legs)).toEqual(['snapshot', 're-encrypt', 'share:secure', 'copy:secure', 'copy:secure-dr']);
      expect(leg(legs, 're-encrypt')).toMatchObject({
        key: 'alias/shareable',
        temporary: true,
        limit: null,
        after: ['snapshot'],
      });
      expect(leg(legs, 're-encrypt').copyId).not.toBe(leg(legs, 'snapshot').copyId);
      expect(leg(legs, 'copy:secure').from).toBe(leg(legs, 're-encrypt').place);
      expect(leg(legs, 'share:secure').place).toBe(leg(legs, 're-encrypt').place);
    },
  );

  it('under the default key cannot be planned without a shareable key, and says which setting is missing', () => {
    expect(() => plan({ encryption: encryptions.default, shareableKey: null })).toThrow(RouteError);
    expect(() => plan({ encryption: encryptions.default, shareableKey: null })).toThrow('set shareableKey');
  });

  it('is none: Aurora is sent no key, since it refuses one', () => {
    expect(plan({ kind: 'aurora', encryption: encryptions.none }).map((l) => l.key)).toEqual([null, null, null, null]);
  });

  it('is none: instances are encrypted by the first copy', () => {
    expect(copies(plan({ kind: 'instance', encryption: encryptions.none }))).toEqual(copies(plan()));
  });
});

describe('a vault in another region only', () => {
  it('has the copy land in its account first, and drops the landing after', () => {
    const legs = plan({ route: [secureDr] });
    expect(ids(legs)).toEqual(['snapshot', 'share:secure-dr', 'copy:secure-dr-landing', 'copy:secure-dr']);
    expect(copies(legs)).toEqual([
      'copy:secure-dr-landing: source → 111111111111/eu-west-1 under alias/farcopy',
      'copy:secure-dr: secure-dr-landing → 111111111111/eu-central-1 under alias/farcopy',
    ]);
    expect(legs.map((l) => l.temporary)).toEqual([false, false, true, false]);
  });

  it('is one copy where single-step copies are switched on', () => {
    const legs = plan({ route: [secureDr], singleStepCopy: true });
    expect(copies(legs)).toEqual(['copy:secure-dr: source → 111111111111/eu-central-1 under alias/farcopy']);
    expect(leg(legs, 'copy:secure-dr').limit?.region).toBe('eu-central-1');
  });

  it('cannot land under a key that exists in one region only', () => {
    const route = [{ ...secureDr, key: 'arn:aws:kms:eu-central-1:111111111111:key/1' }];
    expect(() => plan({ route })).toThrow('name it by alias');
    expect(() => plan({ route, singleStepCopy: true })).not.toThrow();
    expect(() => plan({ route: [secure, ...route] })).not.toThrow();
  });

  it('lends its landing to the next region, too', () => {
    const third: Vault = { ...secureDr, name: 'third', region: 'us-east-1' };
    const legs = plan({ route: [secureDr, third] });
    expect(legs.filter((l) => l.type === 'share')).toHaveLength(1);
    expect(leg(legs, 'copy:third').scope).toMatchObject({ account: vaultAccount, region: 'us-east-1' });
  });

  it('keeps its landing apart from a later copy in the same place', () => {
    const legs = plan({ route: [secureDr, secure] });
    expect(leg(legs, 'copy:secure').copyId).not.toBe(leg(legs, 'copy:secure-dr-landing').copyId);
  });
});

describe('several vault accounts', () => {
  const other: Vault = { name: 'other', account: '222222222222', region: 'eu-west-1', key: 'alias/farcopy' };

  it('each pull from the source, which is shared with each', () => {
    const legs = plan({ route: [secure, other, secureDr] });
    expect(legs.filter((l) => l.type === 'share').map((l) => l.shareWith)).toEqual([vaultAccount, '222222222222']);
    expect(leg(legs, 'copy:other').from).toBe('source');
    expect(leg(legs, 'copy:secure-dr').from).toBe('secure');
  });

  it('share one intermediate', () => {
    const legs = plan({ route: [secure, other], encryption: encryptions.default });
    expect(ids(legs).filter((id) => id === 're-encrypt')).toHaveLength(1);
    expect(leg(legs, 'copy:other').from).toBe('source-shareable');
  });
});

describe('the region of a vault', () => {
  it('is the resource’s own where none is given', () => {
    expect(
      leg(plan({ route: [{ ...secure, region: null }], region: 'ap-southeast-2' }), 'copy:secure').scope.region,
    ).toBe('ap-southeast-2');
  });

  it('is looked up where it is a map', () => {
    const route = [
      { ...secure, region: null },
      { ...secureDr, region: { 'eu-west-1': 'eu-central-1', 'us-east-1': 'us-west-2' } },
    ];
    expect(leg(plan({ route, region: 'us-east-1' }), 'copy:secure-dr').scope.region).toBe('us-west-2');
    expect(() => plan({ route, region: 'ap-southeast-2' })).toThrow('add ap-southeast-2 to vaults.secure-dr.region');
  });
});

describe('routes that would lose a copy', () => {
  it('into the account of the resource itself are refused', () => {
    expect(() => plan({ route: [{ ...secure, account: owner.account }] })).toThrow('use another account');
  });

  it('with two vaults in one place, whose copies would have one identifier, are refused', () => {
    expect(() => plan({ route: [secure, { ...secure, name: 'again' }] })).toThrow('vaults secure and again');
    expect(() => plan({ route: [secureDr, { ...secureDr, name: 'again' }], singleStepCopy: true })).toThrow(RouteError);
  });
});

describe('every route', () => {
  const vault = fc.record({
    account: fc.constantFrom('111111111111', '222222222222', '333333333333'),
    region: fc.constantFrom(null, 'eu-west-1', 'eu-central-1', 'us-east-1'),
  });
  const routes = fc
    .uniqueArray(vault, { minLength: 1, maxLength: 6, selector: (v) => `${v.account} ${v.region ?? owner.region}` })
    .map((vaults) => vaults.map((v, i): Vault => ({ ...v, name: `vault-${i}`, key: 'alias/farcopy' })));
  const cases = fc.record({
    route: routes,
    encryption: fc.constantFrom(...Object.values(encryptions)),
    kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
    singleStepCopy: fc.boolean(),
  });
  const every = (
    check: (legs: Leg[], given: { route: Vault[]; singleStepCopy: boolean; encryption: { type: string } }) => void,
  ) => fc.assert(fc.property(cases, (given) => check(plan(given), given)));

  it('fills every vault, each once, and has ids of its own', () => {
    every((legs, { route }) => {
      expect(new Set(ids(legs)).size).toBe(legs.length);
      const kept = legs.filter((l) => l.type === 'copy' && !l.temporary);
      expect(kept.map((l) => l.place).sort()).toEqual(route.map((v) => v.name).sort());
    });
  });

  it('starts nothing before what it reads is there', () => {
    every((legs) => {
      legs.forEach((one, i) => {
        const before = new Set(ids(legs.slice(0, i)));
        for (const id of one.after) expect(before).toContain(id);
        if (one.type === 'snapshot') return;
        const read = one.type === 'share' ? one.place : one.from;
        const fills = legs.find((l) => l.type !== 'share' && l.place === read) as Leg;
        expect(ancestors(legs, one)).toContain(fills.id);
      });
    });
  });

  it('has nobody read what its account may not: the place is its own, or was shared with it first', () => {
    every((legs) => {
      for (const one of legs.filter((l) => l.type === 'copy')) {
        const from = legs.find((l) => l.type !== 'share' && l.place === one.from) as Leg;
        if (from.scope.account === one.scope.account) continue;
        const share = legs.find(
          (l) => l.type === 'share' && l.place === from.place && l.shareWith === one.scope.account,
        ) as Leg;
        expect(ancestors(legs, one)).toContain(share.id);
      }
    });
  });

  it('never shares what the default key encrypts, nor another account’s copy', () => {
    every((legs, { encryption }) => {
      for (const share of legs.filter((l) => l.type === 'share')) {
        expect(share.scope.account).toBe(owner.account);
        expect(share.place).toBe(encryption.type === 'default' ? 'source-shareable' : 'source');
      }
    });
  });

  it('crosses accounts and regions in one step only where that is switched on', () => {
    every((legs, { singleStepCopy }) => {
      for (const one of legs.filter((l) => l.type === 'copy')) {
        const from = legs.find((l) => l.type !== 'share' && l.place === one.from) as Leg;
        const crossesBoth = from.scope.account !== one.scope.account && from.scope.region !== one.scope.region;
        if (!singleStepCopy) expect(crossesBoth).toBe(false);
        expect(one.limit !== null).toBe(from.scope.region !== one.scope.region);
      }
    });
  });

  it('never gives two copies in one place one identifier', () => {
    every((legs) => {
      const places = legs
        .filter((l) => l.type !== 'share')
        .map((l) => `${l.scope.account}/${l.scope.region}/${l.copyId}`);
      expect(new Set(places).size).toBe(places.length);
    });
  });

  it('is planned the same every time', () => {
    fc.assert(fc.property(cases, (given) => expect(plan(given)).toEqual(plan(given))));
  });
});

/** Ids of all legs that are verified before `one` starts. */
function ancestors(legs: readonly Leg[], one: Leg): Set<string> {
  const found = new Set<string>();
  const visit = (id: string) => {
    found.add(id);
    leg(legs, id).after.forEach(visit);
  };
  one.after.forEach(visit);
  return found;
}

describe('a bucket of S3 as a vault', () => {
  const bucketIn = (account: string, region: string): BucketVault => ({
    name: 'archive',
    bucket: 's3://panda-archive',
    home: { account, region, key: 'alias/archive' },
    export: { bucket: 's3://panda-exports-{region}', role: 'arn', key: 'alias/farcopy' },
    lock: null,
    bytesPerSecond: null,
  });

  it.each([
    [vaultAccount, 'us-east-1'],
    ['222222222222', 'eu-west-1'],
  ])('in %s/%s is filled from an export beside the first copy', (account, region) => {
    const legs = plan({ route: [secure, secureDr, bucketIn(account, region)] });
    expect(leg(legs, 'export:archive').scope).toEqual({ account: vaultAccount, region: 'eu-west-1', access: 'vault' });
    expect(leg(legs, 'transfer:archive').bucket?.bucket).toBe('s3://panda-archive');
  });

  it('is refused beside what it is filled from', () => {
    expect(() => plan({ route: [secure, bucketIn(vaultAccount, 'eu-west-1')] })).toThrow(RouteError);
  });
});
