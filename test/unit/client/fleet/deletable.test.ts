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

  test('only a denial by a control policy is said to keep them: any other binds whom it is attached to', () => {
    const { trial } = copiesDeletable(named, account, deletions, aboveAccount(account, member));
    expect(trial).toContain('(denied by a service control policy, as the error then says: kept;');
    expect(trial).toContain('denied by anything else: that proves nothing');
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

  test('whose deletion waits for its replicas is on its way as well', () => {
    expect(judged({ KeyState: 'PendingReplicaDeletion' })).toMatchObject({
      deletable: 'yes',
      message: expect.stringContaining('once its replicas are deleted') as string,
    });
  });

  test.each(['PendingImport', 'Unavailable'] as const)('in state %s lets nothing be read now', (KeyState) => {
    const found = judged({ KeyState, Origin: 'EXTERNAL' });
    expect(found.deletable).toBe('not-provable');
    expect(found.message).toMatch(/^nothing under it can be read now, since its /);
  });

  test.each([
    ['AWS_KMS', /^whom .*waiting$/],
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
      /within 35 d of the beginning of the transfer .*root user of 111111111111 included.*closing the account.*written before that was set up, or for fewer days, is not covered.*without their key/,
    );
  });

  test('with a default retention in compliance mode as well', () => {
    expect(judged({ locksObjects: true, retentionSeconds: week, retentionIsFinal: true }, null)).toMatchObject({
      deletable: 'no',
      message: expect.stringContaining('within 7 d of their writing') as string,
    });
  });

  const strict = { locksObjects: true, versioning: true, retentionSeconds: 10 * week, retentionIsFinal: true };

  test('whose default is in compliance mode keeps nothing that is written with a lock in governance mode', () => {
    const found = judged(strict, 'governance');
    expect(found.deletable).toBe('yes');
    expect(found.message).toContain('s3:BypassGovernanceRetention');
    expect(judged(strict, 'governance', member).deletable).toBe('not-provable');
  });

  test('with a default that is longer than the lock of each object keeps them for the time of the lock', () => {
    expect(judged(strict, 'compliance').message).toContain('within 35 d');
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
    expect(judged(state, mode, member).deletable).toBe('not-provable');
  });

  test.each([
    ['nothing', {}, null],
    ['versions alone', { versioning: true }, null],
    ['a lock in compliance mode that the bucket does not know', {}, 'compliance'],
  ] as const)('with %s in a member account has a trial, which believes control policies alone', (_, state, mode) => {
    const { trial } = judged(state, mode, member);
    expect(trial).toContain('--bucket panda-vault --key farcopy-is-not-there');
    expect(trial).toContain('(denied by a service control policy, as the error then says: kept;');
  });

  test.each([
    ['a second factor', { versioning: true, deletesNeedMfa: true }, null],
    ['a lock in governance mode', { versioning: true, locksObjects: true }, 'governance'],
    ['a default retention in governance mode', { locksObjects: true, retentionSeconds: week }, null],
  ] as const)('with %s has no trial, since what is not there does not show what it keeps', (_, state, mode) => {
    expect(judged(state, mode, member).trial).toBeNull();
  });
});

describe('a bucket of Google Cloud', () => {
  const judged = (state: Partial<BucketState>, mode: 'governance' | 'compliance' | null = null) =>
    gcsObjectsDeletable(named, 'panda', { ...open, ...state }, mode === null ? null : { mode, days: 35 });

  test('keeps what is locked, object by object or by its own locked policy', () => {
    expect(judged({ locksObjects: true }, 'compliance')).toMatchObject({ deletable: 'no' });
    expect(judged({ retentionSeconds: week, retentionIsFinal: true })).toMatchObject({ deletable: 'no' });
    // The longer of both counts there.
    const both = judged({ locksObjects: true, retentionSeconds: 10 * week, retentionIsFinal: true }, 'compliance');
    expect(both.message).toContain('within 70 d');
  });

  test('that denies a trial may deny it to one administrator only', () => {
    expect(judged({}).trial).toContain('permission denied: that proves nothing');
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
