import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { renderStack } from '../../../sandbox/seed/cloudFormation';
import { stacksOf } from '../../../sandbox/seed/seedRequest';
import {
  defaultRegion,
  exportRole,
  lenderRole,
  markerRole,
  prunerRole,
  restoreRole,
  sourceRole,
  stateRole,
  vaultAccount,
  vaultRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { plantedBy } from '../../../sandbox/seed/templates';
import { copyTags } from '../../../src/core/catalogue/copy';
import { formatMark } from '../../../src/core/retention/mark';
import { restoreTags } from '../../../src/core/restore/restoreOwnership';

const root = path.resolve(__dirname, '../../..');
const home = '999999999999';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Everything that the stacks of a fleet make, one of each role. */
const planted = plantedBy(stacksOf({ accounts: [home], resources: [] }));

/** @param account in which it is; by default where it is first */
function statementsOf(role: string, account?: string): readonly Statement[] {
  const found = planted.roles.find((one) => one.name === role && one.account === (account ?? one.account));
  return Object.values(found?.policies ?? {}).flatMap((policy) => (policy as { Statement: Statement[] }).Statement);
}

/** Everything a role is allowed, as IAM names it; what stands in key policies is left out. */
const allowedTo = (role: string) =>
  statementsOf(role)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => Action);

/** Whether a denial holds for all accounts but those that are named. */
const namesAccounts = (condition: Statement['Condition']) =>
  Object.keys(condition ?? {}).join() === 'StringNotEquals' &&
  condition?.StringNotEquals?.['aws:ResourceAccount'] !== undefined;

const vaultStack = (more: Readonly<Record<string, string>>) => ({
  template: 'vault-account',
  account: vaultAccount,
  region: defaultRegion,
  parameters: {
    WorkerPrincipalArn: 'arn:aws:iam::222222222222:role/worker',
    ExternalId: 'secret',
    RoleRegion: defaultRegion,
    ...more,
  },
});

/** Every call that the code makes, by what it imports of the AWS SDK. */
function called(): Set<string> {
  const actions = new Set<string>();
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(path.join(root, 'src', file), 'utf8');
    const imports = /(?:import|const) \{([^}]*)\} (?:from|= await import\() ?'@aws-sdk\/client-([\w-]+)'/g;
    for (const [, names = '', client = ''] of text.matchAll(imports))
      for (const [, name = '', paged = ''] of names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g))
        actions.add(`${client}:${name || paged}`);
  }
  return actions;
}

/** What RDS does with keys in the name of whoever copies; no call of ours. */
const throughRds = ['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
/** What whoever has RDS take on a role needs; no call of ours. */
const forRoles = ['iam:PassRole'];
/** What a token for a database needs, which is made without a call. */
const forTokens = ['rds-db:connect'];
/** What RDS's own role for exports needs; no call of ours. */
const forExports = ['s3:DeleteObject*', 's3:GetBucketLocation', 's3:GetObject*', 's3:PutObject*'];
/** What S3 asks for by what a call says, not by its name. */
const byContent = ['s3:PutObjectRetention'];
/** Calls that IAM knows by another name. */
const knownAs: Readonly<Record<string, string>> = {
  's3:ListObjectsV2': 's3:ListBucket',
  's3:HeadBucket': 's3:ListBucket',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadObject': 's3:GetObject',
  // Of a bucket that is a vault, by version, which one without versions has too.
  's3:DeleteObject': 's3:DeleteObjectVersion',
  's3:CopyObject': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPartCopy': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  'secrets-manager:GetSecretValue': 'secretsmanager:GetSecretValue',
};
/** What needs no permission of the role's: whom a grant names retires it, and data keys of payloads are of the workers themselves. */
const withoutPermission = ['sts:AssumeRole', 'sts:GetCallerIdentity', 'kms:RetireGrant', 'kms:GenerateDataKey'];

describe('the roles of deploy/cloudformation', () => {
  const ours = [sourceRole, vaultRole, lenderRole, restoreRole, exportRole, stateRole, markerRole, prunerRole];

  it('are allowed every call that the code makes, and nothing else', () => {
    const wanted = [...called()]
      .filter((action) => !withoutPermission.includes(action))
      .map((action) => knownAs[action] ?? action);
    expect(wanted.length).toBeGreaterThan(10);
    // Of all accounts, that of the vault alone has buckets of copies that somebody may hold.
    const ofHolds = statementsOf(markerRole, vaultAccount).filter(({ Sid }) => Sid === 'LockWhatIsHeld');
    const given = new Set([...ours.flatMap(allowedTo), ...ofHolds.flatMap(({ Action }) => Action)]);
    expect([...given].sort()).toEqual(
      [...new Set([...wanted, ...throughRds, ...forRoles, ...forTokens, ...forExports, ...byContent])].sort(),
    );
  });

  it('let the vault neither create nor share nor see databases', () => {
    expect(
      allowedTo(vaultRole).filter((action) =>
        /Create(DB|Db)|SnapshotAttribute|DescribeDB(Clusters|Instances)$/.test(action),
      ),
    ).toEqual([]);
  });

  it('delete in buckets nothing but what is on its way', () => {
    const deleting = statementsOf(vaultRole).filter(
      ({ Action, Effect }) => Effect === 'Allow' && [Action].flat().some((action) => action.startsWith('s3:Delete')),
    );
    expect(deleting.map(({ Resource }) => Resource)).toEqual([
      ['arn:aws:s3:::*-archive/underway/*', 'arn:aws:s3:::*-archive/*/underway/*'],
    ]);
  });

  it('let backups neither make nor change nor remove databases', () => {
    const backups = [sourceRole, vaultRole, lenderRole].flatMap(allowedTo);
    expect(
      backups.filter((action) => /Restore|CreateDBInstance|(Modify|Delete)DB(Cluster|Instance)$/.test(action)),
    ).toEqual([]);
  });

  it.each([sourceRole, vaultRole, lenderRole, restoreRole])(
    'use keys through services, and grant them to services: %s',
    (role) => {
      const allowed = statementsOf(role).filter(({ Effect }) => Effect === 'Allow');
      const keyUse = allowed.filter(({ Action }) =>
        [Action].flat().some((action) => /^kms:(CreateGrant|Decrypt|GenerateDataKey|ReEncrypt)/.test(action)),
      );
      expect(keyUse.length).toBeGreaterThan(1);
      for (const { Sid, Action, Condition = {} } of keyUse) {
        if (Sid === 'LendTheKey') continue;
        expect({ Sid, via: Condition.StringLike }).toEqual({
          Sid,
          via: { 'kms:ViaService': expect.anything() as unknown },
        });
        if ([Action].flat().includes('kms:CreateGrant'))
          expect({ Sid, Bool: Condition.Bool }).toEqual({ Sid, Bool: { 'kms:GrantIsForAWSResource': 'true' } });
      }
    },
  );

  it.each([vaultRole, restoreRole, exportRole])('reach into no account that no parameter names: %s', (role) => {
    const denied = new Set(
      statementsOf(role)
        .filter(({ Effect, Condition, Resource }) => Effect === 'Deny' && Resource === '*' && namesAccounts(Condition))
        .flatMap(({ Action }) => Action),
    );
    const open = statementsOf(role).filter(({ Effect, Action, Resource = [], Condition }) => {
      const foreign = [Resource].flat().some((one) => /^(\*$|arn:aws:(rds|kms):\*:\*:|arn:aws:s3:::)/.test(one));
      const looks = [Action]
        .flat()
        .every((action) => /:(Describe|List|Cancel)/.test(action) && action !== 'kms:DescribeKey');
      const bound = Condition?.StringEquals?.['aws:ResourceAccount'] !== undefined;
      return (
        Effect === 'Allow' && foreign && !looks && !bound && ![Action].flat().every((action) => denied.has(action))
      );
    });
    expect(open).toEqual([]);
  });

  it('let the vault reach those accounts alone that are named, and those below paths that are', () => {
    const deniedBy = (more: Readonly<Record<string, string>>) => {
      const { roles } = plantedBy([vaultStack(more)]);
      const [policy] = Object.values(roles.find(({ name }) => name === vaultRole)?.policies ?? {});
      return (policy as { Statement: Statement[] }).Statement.find(({ Sid }) => Sid === 'NeverReachElsewhere')
        ?.Condition;
    };
    const unit = 'o-a1b2c3d4e5/r-f6g7/ou-f6g7-8h9i0j1k';
    const paths = `${unit}/*,${unit}/ou-f6g7-2l3m4n5o/*`;
    expect(deniedBy({ SourceAccountIds: home })).toEqual({
      StringNotEquals: { 'aws:ResourceAccount': [vaultAccount, home] },
    });
    expect(deniedBy({ SourceOrgPaths: paths })).toEqual({
      StringNotEquals: { 'aws:ResourceAccount': vaultAccount },
      'ForAllValues:StringNotLike': { 'aws:ResourceOrgPaths': paths.split(',') },
    });
    expect(deniedBy({ SourceAccountIds: home, SourceOrgPaths: paths })).toEqual({
      StringNotEquals: { 'aws:ResourceAccount': [vaultAccount, home] },
      'ForAllValues:StringNotLike': { 'aws:ResourceOrgPaths': paths.split(',') },
    });
    // What would reach more than the units that are meant.
    for (const wide of ['*', 'o-*', `${unit.slice(0, -4)}*`, `${unit}/*,*`])
      expect(() => deniedBy({ SourceOrgPaths: wide })).toThrow('SourceOrgPaths may not be');
    // With neither, nothing but the vault itself.
    expect(deniedBy({})).toEqual({ StringNotEquals: { 'aws:ResourceAccount': vaultAccount } });
  });

  it('let restores change and remove only what restores have made, under names that are named', () => {
    const [source] = planted.roles.filter(({ account, name }) => account === home && name === restoreRole);
    const statements = Object.values(source?.policies ?? {}).flatMap(
      (p) => (p as { Statement: Statement[] }).Statement,
    );
    const changing = statements.filter(({ Action }) =>
      [Action].flat().some((action) => /rds:(Delete|ModifyDB(Cluster|Instance)$|AddTags)/.test(action)),
    );
    expect(changing.map(({ Sid }) => Sid)).toEqual([
      'TagOwnWork',
      'FinishAndTakeBackOwnWork',
      'TagCopiesOnTheWayAtFirst',
      'TagCopiesOnTheWay',
      'RemoveCopiesOnTheWay',
    ]);
    for (const { Resource = [] } of changing)
      for (const arn of [Resource].flat()) expect(arn).toMatch(/:(\*-restored\*|farcopy-\*)$/);
    // A name alone may be someone else's.
    const [tagging, finishing] = changing;
    expect(tagging?.Condition).toEqual({ Null: { [`aws:RequestTag/${restoreTags.restore}`]: 'false' } });
    expect(finishing?.Condition).toEqual({ Null: { [`aws:ResourceTag/${restoreTags.restore}`]: 'false' } });
  });

  it.each([lenderRole, restoreRole])('let %s make no copy that stays, and remove none', (role) => {
    const onSnapshots = statementsOf(role).filter(({ Action }) =>
      [Action].flat().some((action) => /(AddTagsToResource|DeleteDB(Cluster)?Snapshot)$/.test(action)),
    );
    const temporary = { [`aws:ResourceTag/${copyTags.retention}`]: 'temporary' };
    const conditions = onSnapshots
      .filter(({ Resource = [] }) => [Resource].flat().some((arn) => arn.includes('snapshot')))
      .map(({ Condition }) => Condition);
    const tagKeys = [copyTags.dataTime, restoreTags.restore, restoreTags.run, copyTags.verified];
    expect(conditions).toEqual([
      {
        StringEquals: { [`aws:RequestTag/${copyTags.retention}`]: 'temporary' },
        Null: { [`aws:ResourceTag/${copyTags.fleet}`]: 'true' },
      },
      { StringEquals: temporary, 'ForAllValues:StringEquals': { 'aws:TagKeys': tagKeys } },
      { StringEquals: temporary },
    ]);
  });

  it.each(
    planted.roles
      .filter(({ name }) => name !== exportRole)
      .map(({ account, name, ...role }) => [`${account}/${name}`, role] as const),
  )('are assumed with an external id only (%s)', (_, role) => {
    const { Statement: trust } = (role as unknown as { trust: { Statement: Statement[] } }).trust;
    expect(trust).toHaveLength(1);
    expect(trust[0]?.Condition?.StringEquals).toHaveProperty('sts:ExternalId');
  });

  it.each([
    [sourceRole, [restoreTags.restore, restoreTags.run]],
    [vaultRole, []],
  ])('cannot delete what is proven, nor make it deletable (%s)', (role, more) => {
    const statements = statementsOf(role);
    const deletions = statements.filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('rds:Delete')),
    );
    expect(deletions.map(({ Condition }) => Condition)).toEqual([
      { Null: { 'aws:ResourceTag/farcopy:verified': 'true' } },
      { StringEquals: { 'aws:ResourceTag/farcopy:retention': 'temporary' } },
    ]);
    const others = ['NeverReachElsewhere', 'NeverHoldOrRelease'];
    const denied = statements.filter(({ Effect, Sid }) => Effect === 'Deny' && !others.includes(Sid));
    const proven = { Null: { 'aws:ResourceTag/farcopy:verified': 'false' } };
    expect(denied).toMatchObject([
      { Action: 'rds:AddTagsToResource', Condition: proven },
      {
        Action: 'rds:AddTagsToResource',
        Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': [copyTags.deleteAfter] } },
      },
      { Action: 'rds:RemoveTagsFromResource', Condition: proven },
    ]);
    // Proofs may be added to, and whose a copy on its way is, but nothing that says what may be deleted.
    expect(denied[0]?.Condition?.['ForAnyValue:StringNotEquals']?.['aws:TagKeys']).toEqual([
      copyTags.bundle,
      copyTags.manifest,
      copyTags.verified,
      ...more,
    ]);
  });

  it('pass named roles only', () => {
    for (const role of ours)
      for (const { Action, Resource } of statementsOf(role))
        if ([Action].flat().includes('iam:PassRole')) expect(Resource).not.toMatch(/role\/\*$/);
    const common = { template: 'restore-account', account: home, region: defaultRegion };
    const parameters = {
      WorkerPrincipalArn: 'arn:aws:iam::222222222222:role/worker',
      ExternalId: 'secret',
      CopyAccountIds: '111111111111',
      DatabaseNames: '*',
      DatabaseRoleNames: 'database-*',
    };
    const text = JSON.stringify([...renderStack({ ...common, parameters }).values()]);
    expect(text).toContain(`"Resource":"arn:aws:iam::${home}:role/database-*"`);
  });
});

describe('the roles of retention', () => {
  const inVault = planted.roles.filter(({ account }) => account === vaultAccount);
  const ofVault = (role: string) =>
    Object.values(inVault.find(({ name }) => name === role)?.policies ?? {}).flatMap(
      (policy) => (policy as { Statement: (Statement & { NotAction?: readonly string[] })[] }).Statement,
    );
  const isReading = (action: string) =>
    /^(rds:(Describe|List)|organizations:List|s3:(Get|List)|kms:(Decrypt|GenerateDataKey)$)/.test(action);

  it.each([
    [markerRole, ['rds:AddTagsToResource', 's3:PutObject', 's3:PutObjectLegalHold']],
    [prunerRole, ['rds:DeleteDBClusterSnapshot', 'rds:DeleteDBSnapshot']],
  ])('are denied all but reading and their one work, whatever is attached to them (%s)', (role, work) => {
    const { NotAction = [] } = ofVault(role).find(({ Sid }) => Sid === 'NeverDoAnythingElse') ?? {};
    expect(NotAction.filter((action) => !isReading(action))).toEqual(work);
    const allowed = ofVault(role).flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : []));
    expect(allowed.filter((action) => !NotAction.includes(action))).toEqual([]);
    expect(allowed.filter((action) => !isReading(action))).toEqual(work);
  });

  it.each([
    ['s3:PutObject', ['retention/holds/*']],
    ['s3:PutObjectLegalHold', ['catalogue/*', 'data/*']],
  ])('hold what lies in buckets of the account, and write nothing else there (%s)', (action, paths) => {
    const allowing = ofVault(markerRole).filter(
      ({ Effect, Action = [] }) => Effect === 'Allow' && [Action].flat().includes(action),
    );
    expect(allowing.flatMap(({ Resource = [] }) => Resource)).toEqual(
      paths.flatMap((path) => [`arn:aws:s3:::*-archive/${path}`, `arn:aws:s3:::*-archive/*/${path}`]),
    );
    for (const { Condition } of allowing)
      expect(Condition).toEqual({ StringEquals: { 'aws:ResourceAccount': vaultAccount } });
    // No key of a record or of data has this in it: a folder of an export's table has a dot in its name.
    expect(bucketLayout.holds).toBe('retention/holds/');
    const [denied] = statementsOf(vaultRole).filter(({ Sid }) => Sid === 'NeverHoldOrRelease');
    expect(denied).toMatchObject({ Effect: 'Deny', Action: ['s3:DeleteObjectVersion', 's3:PutObject'] });
    expect(denied?.Resource).toEqual(['', '*/'].map((at) => `arn:aws:s3:::*-archive/${at}retention/holds/*`));
  });

  it.each([markerRole, prunerRole])('read records in buckets, and no data (%s)', (role) => {
    const reading = ofVault(role).filter(({ Action = [] }) => [Action].flat().includes('s3:GetObject'));
    expect(reading.flatMap(({ Resource = [] }) => Resource)).toEqual([
      'arn:aws:s3:::*-exports-*/catalogue/*',
      'arn:aws:s3:::*-exports-*/*/catalogue/*',
      'arn:aws:s3:::*-archive/catalogue/*',
      'arn:aws:s3:::*-archive/*/catalogue/*',
      'arn:aws:s3:::*-archive/retention/holds/*',
      'arn:aws:s3:::*-archive/*/retention/holds/*',
    ]);
  });

  it('delete what bears a mark as it is written, and nothing else', () => {
    const { Condition: condition = {} } = ofVault(prunerRole).find(({ Sid }) => Sid === 'DeleteMarkedCopies') ?? {};
    const wanted = condition.StringLike?.[`aws:ResourceTag/${copyTags.deleteAfter}`] as string;
    const pattern = new RegExp(`^${wanted.replaceAll('*', '.*').replaceAll('?', '.')}$`);
    const mark = { notBefore: '2026-12-03T02:00:00.000Z', policy: '0m4t58u4l6598', approvedBy: null };
    expect(formatMark(mark)).toMatch(pattern);
    expect(formatMark({ ...mark, approvedBy: '3f2a90c1b7d4' })).toMatch(pattern);
    expect('none').not.toMatch(pattern);
    const denied = ofVault(prunerRole).find(({ Sid }) => Sid === 'NeverDeleteWhatIsNotMarked');
    expect(denied?.Condition?.StringNotLike).toEqual(condition.StringLike);
  });

  it('let in whom their parameters name, and nobody else', () => {
    const parameters = {
      MarkerPrincipalArn: 'arn:aws:iam::222222222222:role/marking',
      PrunerPrincipalArn: 'arn:aws:iam::222222222222:role/pruning',
      ExternalId: 'secret',
    };
    const { roles } = plantedBy([{ template: 'retention-roles', account: home, region: defaultRegion, parameters }]);
    const trusted = roles.map(({ name, ...role }) => {
      const { Statement: trust } = (role as unknown as { trust: { Statement: { Principal: unknown }[] } }).trust;
      return [name, trust.map(({ Principal }) => Principal)];
    });
    expect(trusted).toEqual([
      [markerRole, [{ AWS: parameters.MarkerPrincipalArn }]],
      [prunerRole, [{ AWS: parameters.PrunerPrincipalArn }]],
    ]);
  });
});

describe('the control policy of vaults', () => {
  // AWS Organizations User Guide, quotas: 10,240 characters since May 2026, half as many before.
  it('fits into what AWS took before it took more', () => {
    const parameters = { VaultAccountIds: '111111111111' };
    const stack = { template: 'undeletable-copies', account: home, region: defaultRegion, parameters };
    const content = renderStack(stack).get('Policy')?.properties.Content;
    expect(JSON.stringify(content).length).toBeLessThan(5120);
  });
});

describe('the key for payloads', () => {
  const worker = 'arn:aws:iam::222222222222:role/worker';
  const reader = 'arn:aws:iam::222222222222:role/codec';
  const keyPolicy = (parameters: Record<string, string>) => {
    const stack = { template: 'payload-key', account: '222222222222', region: defaultRegion, parameters };
    const [key] = plantedBy([stack]).keys;
    const { policy } = key as unknown as { policy: { Statement: (Statement & { Principal: unknown })[] } };
    return policy.Statement;
  };
  const using = /:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt|CreateGrant|\*)/;
  const uses = (statements: ReturnType<typeof keyPolicy>) =>
    statements
      .filter(({ Action }) => [Action].flat().some((action) => using.test(action)))
      .map(({ Principal, Action, Condition }) => ({ Principal, Action, Condition }));
  const forPayloads = { StringEquals: { 'kms:EncryptionContext:farcopy-purpose': 'temporal-payloads' } };

  it('is used by whom it names, for payloads, and by nobody else of the account', () => {
    expect(uses(keyPolicy({ UserArns: worker, ReaderArns: reader }))).toEqual([
      { Principal: { AWS: [worker] }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: forPayloads },
      { Principal: { AWS: [reader] }, Action: 'kms:Decrypt', Condition: forPayloads },
    ]);
    expect(uses(keyPolicy({ UserArns: worker }))).toHaveLength(1);
  });
});

describe('a template', () => {
  it.each([
    ['needs its parameters', {}, /needs the parameter WorkerPrincipalArn/],
    ['takes no value that is not allowed', { WorkerPrincipalArn: 'nobody' }, /WorkerPrincipalArn may not be nobody/],
    ['takes no parameter that it does not have', { Colour: 'red' }, /has no parameter Colour/],
  ])('%s', (_, parameters, message) => {
    const stack = { template: 'source-account', account: home, region: defaultRegion, parameters };
    expect(() => renderStack(stack)).toThrow(message);
  });

  it('makes a role in one region, and a key in each', () => {
    const types = (region: string) =>
      [
        ...renderStack({
          template: 'vault-account',
          account: home,
          region,
          parameters: {
            WorkerPrincipalArn: 'arn:aws:iam::222222222222:role/worker',
            ExternalId: 'secret',
            SourceAccountIds: '999999999999',
            RoleRegion: 'eu-west-1',
          },
        }).values(),
      ].map(({ type }) => type);
    expect(types('eu-central-1')).toEqual(['AWS::KMS::Key', 'AWS::KMS::Alias']);
    expect(types('eu-west-1')).toEqual(['AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::KMS::Key', 'AWS::KMS::Alias']);
  });
});
