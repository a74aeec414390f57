import fc from 'fast-check';
import { type BucketVault, type Vault } from '../../../../src/core/backup/policy';
import { RouteError } from '../../../../src/core/kind';
import { type Step } from '../../../../src/core/steps/step';
import { encryptions, kinds, owner, plan, secure, secureDr, vaultAccount } from './routes';

const ids = (steps: readonly Step[]) => steps.map((step) => step.id);
const step = (steps: readonly Step[], id: string): Step => {
  const found = steps.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no ${id} in ${ids(steps).join(', ')}`);
  return found;
};
/** The place of the copy that a step reads. */
const readBy = (steps: readonly Step[], { reads }: Step) => (reads === null ? null : step(steps, reads).place);
/** `copy:secure: source → 111111111111/eu-west-1 under alias/farcopy`. */
const copies = (steps: readonly Step[]) =>
  steps
    .filter(({ type }) => type === 'copy')
    .map((one) => {
      const { id, scope, input } = one;
      const key = typeof input.key === 'string' ? input.key : 'no key';
      return `${id}: ${readBy(steps, one)} → ${scope.account}/${scope.region} under ${key}`;
    });

describe('a vault in the same region, then a second region', () => {
  it('is snapshot, share, copy into the vault, copy across regions by the vault', () => {
    const steps = plan();
    expect(ids(steps)).toEqual(['snapshot', 'share:secure', 'copy:secure', 'copy:secure-dr']);
    expect(copies(steps)).toEqual([
      'copy:secure: source → 111111111111/eu-west-1 under alias/farcopy',
      'copy:secure-dr: secure → 111111111111/eu-central-1 under alias/farcopy',
    ]);
    expect(steps.map(({ after }) => after)).toEqual([[], ['snapshot'], ['share:secure'], ['copy:secure']]);
  });

  it('runs the snapshot and the copy across regions under limits, where AWS counts them', () => {
    const steps = plan();
    expect(step(steps, 'snapshot').limit).toEqual({
      account: owner.account,
      region: 'eu-west-1',
      limit: 'cluster-snapshots-in-progress',
      capacity: 5,
    });
    expect(step(steps, 'copy:secure').limit).toBeNull();
    expect(step(steps, 'copy:secure-dr').limit).toEqual({
      account: vaultAccount,
      region: 'eu-central-1',
      limit: 'cluster-snapshot-cross-region-copies',
      capacity: 5,
    });
    expect(step(plan({ kind: 'instance' }), 'copy:secure-dr').limit?.limit).toBe(
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
      const steps = plan({ kind, encryption: encryptions.default });
      expect(ids(steps)).toEqual(['snapshot', 're-encrypt', 'share:secure', 'copy:secure', 'copy:secure-dr']);
      expect(step(steps, 're-encrypt')).toMatchObject({
        input: { key: 'alias/shareable' },
        temporary: true,
        limit: null,
        after: ['snapshot'],
      });
      expect(step(steps, 're-encrypt').marker).not.toBe(step(steps, 'snapshot').marker);
      expect(step(steps, 'copy:secure').reads).toBe('re-encrypt');
      expect(step(steps, 'share:secure').reads).toBe('re-encrypt');
    },
  );

  it('under the default key cannot be planned without a shareable key, and says which setting is missing', () => {
    expect(() => plan({ encryption: encryptions.default, shareableKey: null })).toThrow(RouteError);
    expect(() => plan({ encryption: encryptions.default, shareableKey: null })).toThrow('set shareableKey');
  });

  it('is none: Aurora is sent no key, since it refuses one', () => {
    expect(plan({ kind: 'aurora', encryption: encryptions.none }).map(({ input }) => input.key ?? null)).toEqual([
      ...[null, null, null, null],
    ]);
  });

  it('is none: instances are encrypted by the first copy', () => {
    expect(copies(plan({ kind: 'instance', encryption: encryptions.none }))).toEqual(copies(plan()));
  });
});

describe('a vault in another region only', () => {
  it('has the copy land in its account first, and drops the landing after', () => {
    const steps = plan({ route: [secureDr] });
    expect(ids(steps)).toEqual(['snapshot', 'share:secure-dr', 'copy:secure-dr-landing', 'copy:secure-dr']);
    expect(copies(steps)).toEqual([
      'copy:secure-dr-landing: source → 111111111111/eu-west-1 under alias/farcopy',
      'copy:secure-dr: secure-dr-landing → 111111111111/eu-central-1 under alias/farcopy',
    ]);
    expect(steps.map(({ temporary }) => temporary)).toEqual([false, true, true, false]);
  });

  it('is one copy where single-step copies are switched on', () => {
    const steps = plan({ route: [secureDr], singleStepCopy: true });
    expect(copies(steps)).toEqual(['copy:secure-dr: source → 111111111111/eu-central-1 under alias/farcopy']);
    expect(step(steps, 'copy:secure-dr').limit?.region).toBe('eu-central-1');
  });

  it('cannot land under a key that exists in one region only', () => {
    const route = [{ ...secureDr, key: 'arn:aws:kms:eu-central-1:111111111111:key/1' }];
    expect(() => plan({ route })).toThrow('name it by alias');
    expect(() => plan({ route, singleStepCopy: true })).not.toThrow();
    expect(() => plan({ route: [secure, ...route] })).not.toThrow();
  });

  it('lends its landing to the next region, too', () => {
    const third: Vault = { ...secureDr, name: 'third', region: 'us-east-1' };
    const steps = plan({ route: [secureDr, third] });
    expect(steps.filter(({ type }) => type === 'share')).toHaveLength(1);
    expect(step(steps, 'copy:third').scope).toMatchObject({ account: vaultAccount, region: 'us-east-1' });
  });

  it('keeps its landing apart from a later copy in the same place', () => {
    const steps = plan({ route: [secureDr, secure] });
    expect(step(steps, 'copy:secure').marker).not.toBe(step(steps, 'copy:secure-dr-landing').marker);
  });
});

describe('several vault accounts', () => {
  const other: Vault = { name: 'other', account: '222222222222', region: 'eu-west-1', key: 'alias/farcopy' };

  it('each pull from the source, which is shared with each', () => {
    const steps = plan({ route: [secure, other, secureDr] });
    expect(steps.filter(({ type }) => type === 'share').map(({ input }) => input.shareWith)).toEqual([
      vaultAccount,
      '222222222222',
    ]);
    expect(readBy(steps, step(steps, 'copy:other'))).toBe('source');
    expect(readBy(steps, step(steps, 'copy:secure-dr'))).toBe('secure');
  });

  it('share one intermediate', () => {
    const steps = plan({ route: [secure, other], encryption: encryptions.default });
    expect(ids(steps).filter((id) => id === 're-encrypt')).toHaveLength(1);
    expect(readBy(steps, step(steps, 'copy:other'))).toBe('source-shareable');
  });
});

describe('the region of a vault', () => {
  it('is the resource’s own where none is given', () => {
    expect(
      step(plan({ route: [{ ...secure, region: null }], region: 'ap-southeast-2' }), 'copy:secure').scope.region,
    ).toBe('ap-southeast-2');
  });

  it('is looked up where it is a map', () => {
    const route = [
      { ...secure, region: null },
      { ...secureDr, region: { 'eu-west-1': 'eu-central-1', 'us-east-1': 'us-west-2' } },
    ];
    expect(step(plan({ route, region: 'us-east-1' }), 'copy:secure-dr').scope.region).toBe('us-west-2');
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
    check: (
      steps: readonly Step[],
      given: { route: Vault[]; singleStepCopy: boolean; encryption: { type: string } },
    ) => void,
  ) => fc.assert(fc.property(cases, (given) => check(plan(given), given)));

  it('fills every vault, each once, and has ids of its own', () => {
    every((steps, { route }) => {
      expect(new Set(ids(steps)).size).toBe(steps.length);
      const kept = steps.filter(({ type, temporary }) => type === 'copy' && !temporary);
      expect(kept.map(({ place }) => place).sort()).toEqual(route.map(({ name }) => name).sort());
      expect(kept.every(({ protects }) => protects)).toBe(true);
    });
  });

  it('starts nothing before what it reads is there', () => {
    every((steps) => {
      steps.forEach((one, i) => {
        const before = new Set(ids(steps.slice(0, i)));
        for (const id of one.after) expect(before).toContain(id);
        if (one.type === 'snapshot') return;
        expect(ancestors(steps, one)).toContain(one.reads);
      });
    });
  });

  it('has nobody read what its account may not: the place is its own, or was shared with it first', () => {
    every((steps) => {
      for (const one of steps.filter(({ type }) => type === 'copy')) {
        const from = step(steps, one.reads ?? '');
        if (from.scope.account === one.scope.account) continue;
        const share = steps.find(
          ({ type, reads, input }) => type === 'share' && reads === from.id && input.shareWith === one.scope.account,
        );
        expect(ancestors(steps, one)).toContain(share?.id);
      }
    });
  });

  it('never shares what the default key encrypts, nor another account’s copy', () => {
    every((steps, { encryption }) => {
      for (const share of steps.filter(({ type }) => type === 'share')) {
        expect(share.scope.account).toBe(owner.account);
        expect(readBy(steps, share)).toBe(encryption.type === 'default' ? 'source-shareable' : 'source');
      }
    });
  });

  it('gives back every share of what stays, and deletes every intermediate, whose shares go with it', () => {
    every((steps) => {
      for (const one of steps) {
        const isIntermediate = one.type === 'copy' && !one.protects;
        const lends = one.type === 'share' && !step(steps, one.reads ?? '').temporary;
        expect(one.temporary).toBe(isIntermediate || lends);
      }
    });
  });

  it('crosses accounts and regions in one step only where that is switched on', () => {
    every((steps, { singleStepCopy }) => {
      for (const one of steps.filter(({ type }) => type === 'copy')) {
        const from = step(steps, one.reads ?? '');
        const crossesBoth = from.scope.account !== one.scope.account && from.scope.region !== one.scope.region;
        if (!singleStepCopy) expect(crossesBoth).toBe(false);
        expect(one.limit !== null).toBe(from.scope.region !== one.scope.region);
      }
    });
  });

  it('never gives two copies in one place one identifier', () => {
    every((steps) => {
      const places = steps
        .filter(({ type }) => type !== 'share')
        .map(({ scope, marker }) => `${scope.account}/${scope.region}/${marker}`);
      expect(new Set(places).size).toBe(places.length);
    });
  });

  it('is planned the same every time', () => {
    fc.assert(fc.property(cases, (given) => expect(plan(given)).toEqual(plan(given))));
  });
});

/** Ids of all steps that are done before `one` starts. */
function ancestors(steps: readonly Step[], one: Step): Set<string> {
  const found = new Set<string>();
  const visit = (id: string) => {
    found.add(id);
    step(steps, id).after.forEach(visit);
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
    const steps = plan({ route: [secure, secureDr, bucketIn(account, region)] });
    expect(step(steps, 'export:archive').scope).toEqual({
      account: vaultAccount,
      region: 'eu-west-1',
      access: 'vault',
    });
    expect(step(steps, 'transfer:archive').input.to).toBe('s3://panda-archive');
  });

  it('is refused beside what it is filled from', () => {
    expect(() => plan({ route: [secure, bucketIn(vaultAccount, 'eu-west-1')] })).toThrow(RouteError);
  });
});
