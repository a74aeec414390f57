import {
  aboveAccount,
  copiesDeletable,
  gcsObjectsDeletable,
  keyDeletable,
  s3ObjectsDeletable,
} from '../../../../src/client/fleet/deletion/deletable';
import { type BucketState } from '../../../../src/clouds/objectStore';
import { knownKinds } from '../../../../src/kinds/registry';

const account = '111111111111';
const member = { id: 'o-panda', managementAccount: '333333333333', hasPolicies: true };
const named = { subject: 'every snapshot in 111111111111 (eu-west-1)', places: ['secure'] };
const [cluster, instance] = ['aurora-cluster', 'rds-instance'].flatMap(
  (kind) => knownKinds.get(kind).copyDeletion ?? [],
);
if (cluster === undefined || instance === undefined) throw new Error('no kind keeps copies');
const deletions = [cluster, instance];

describe('snapshots in a vault', () => {
  test.each([
    ['an account of no organisation', null, /is of no organisation/],
    ['the management account', { ...member, managementAccount: account }, /is the management account of o-panda/],
    ['an organisation that only pays bills', { ...member, hasPolicies: false }, /only pays the bills/],
  ])('can be deleted by an administrator of %s, since no policy binds there', (_, organization, why) => {
    const found = copiesDeletable(named, account, deletions, aboveAccount(account, organization));
    expect(found).toMatchObject({ what: 'copies', deletable: 'yes', trial: null });
    expect(found.message).toMatch(/^an administrator of 111111111111 can delete it \(rds:DeleteDBClusterSnapshot, /);
    expect(found.message).toMatch(why);
  });

  test('of a member account nobody is told that they are safe: what would show it is told', () => {
    const found = copiesDeletable(named, account, deletions, aboveAccount(account, member));
    expect(found).toMatchObject({ deletable: 'not-provable' });
    expect(found.message).toContain('only its management account 333333333333 can see');
    // Of a copy that is not there: whoever may, deletes nothing.
    expect(found.trial).toMatch(/^as an administrator of 111111111111: .*-identifier farcopy-is-not-there; aws rds/);
  });
});

describe('a key', () => {
  const judged = (state: Parameters<typeof keyDeletable>[2]) => keyDeletable(named, 'alias/farcopy', state);

  test('that waits for its deletion is told with its day', () => {
    const DeletionDate = new Date('2026-12-24T10:00:00Z');
    expect(judged({ KeyState: 'PendingDeletion', DeletionDate })).toMatchObject({
      deletable: 'yes',
      message: expect.stringContaining('2026-12-24') as string,
    });
  });

  test.each([
    ['AWS_KMS', /waiting$/],
    ['EXTERNAL', /imported, and can be taken away at once$/],
    ['EXTERNAL_KEY_STORE', /key store, whose administrators/],
  ] as const)('whose material is of %s is proven neither safe nor lost', (Origin, message) => {
    const found = judged({ KeyState: 'Enabled', Origin });
    expect(found.deletable).toBe('not-provable');
    expect(found.message).toMatch(message);
  });
});

const open: BucketState = {
  location: 'eu-west-1',
  retentionSeconds: 0,
  retentionIsFinal: false,
  softDeleteSeconds: 0,
  versioning: false,
  locksObjects: false,
  deletesNeedMfa: false,
  defaultKey: null,
};
const week = 7 * 86_400;

describe('a bucket of S3', () => {
  const bucket = { account, bucket: 'panda-vault' };
  const judged = (
    state: Partial<BucketState>,
    mode: 'governance' | 'compliance' | null,
    organization: typeof member | null = null,
  ) =>
    s3ObjectsDeletable(
      { ...named, what: 'objects' },
      bucket,
      { ...open, ...state },
      mode === null ? null : { mode, days: 35 },
      aboveAccount(account, organization),
    );

  test('whose objects are locked in compliance mode keeps them from everybody', () => {
    const found = judged({ locksObjects: true, versioning: true }, 'compliance');
    expect(found).toMatchObject({ deletable: 'no', trial: null });
    expect(found.message).toMatch(
      /within 35 d .*root user of 111111111111 included.*closing the account.*without their key/,
    );
  });

  test('with a default retention in compliance mode as well', () => {
    expect(judged({ locksObjects: true, retentionSeconds: week, retentionIsFinal: true }, null)).toMatchObject({
      deletable: 'no',
      message: expect.stringContaining('within 7 d') as string,
    });
  });

  test.each([
    ['nothing', {}, null],
    ['versions alone', { versioning: true }, null],
    ['a second factor, which the root user has', { versioning: true, deletesNeedMfa: true }, null],
    ['a lock in governance mode', { versioning: true, locksObjects: true }, 'governance'],
    ['a default retention in governance mode', { locksObjects: true, retentionSeconds: week }, null],
    ['a lock in compliance mode that the bucket does not know', {}, 'compliance'],
  ] as const)('with %s keeps them from no administrator whom no policy binds', (_, state, mode) => {
    expect(judged(state, mode).deletable).toBe('yes');
    expect(judged(state, mode, member)).toMatchObject({
      deletable: 'not-provable',
      trial: expect.stringContaining('--bucket panda-vault --key farcopy-is-not-there') as string,
    });
  });
});

describe('a bucket of Google Cloud', () => {
  const judged = (state: Partial<BucketState>, mode: 'governance' | 'compliance' | null = null) =>
    gcsObjectsDeletable(named, 'panda', { ...open, ...state }, mode === null ? null : { mode, days: 35 });

  test('keeps what is locked, object by object or by its own locked policy', () => {
    expect(judged({ locksObjects: true }, 'compliance')).toMatchObject({ deletable: 'no' });
    expect(judged({ retentionSeconds: week, retentionIsFinal: true })).toMatchObject({ deletable: 'no' });
  });

  test.each([
    ['a policy that is not locked', { retentionSeconds: week }, null, /retention policy of the bucket is not locked/],
    ['locks that can be taken off', { locksObjects: true }, 'governance', /can be taken off/],
    ['versions', { versioning: true }, null, /older versions can be deleted too/],
    ['soft deletion', { softDeleteSeconds: week }, null, /can be switched off beforehand/],
  ] as const)('with %s is not called safe', (_, state, mode, message) => {
    const found = judged(state, mode);
    expect(found.deletable).toBe('not-provable');
    expect(found.message).toMatch(message);
  });

  test('under a key of Cloud KMS names it, locked or not', () => {
    const defaultKey = 'projects/panda/locations/eu/keyRings/r/cryptoKeys/k';
    for (const found of [judged({ defaultKey }), judged({ defaultKey, locksObjects: true }, 'compliance')])
      expect(found.message).toContain(`destroys the key ${defaultKey}`);
  });
});
