import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { copyTags } from '../../../src/core/catalogue/copy';
import { restoreTags } from '../../../src/core/restore/restoreOwnership';

const root = path.resolve(__dirname, '../../..');

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties: {
          readonly AssumeRolePolicyDocument?: { readonly Statement: readonly Statement[] };
          readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
          readonly PolicyDocument?: { readonly Statement: readonly Statement[] };
        };
      }
    >
  >;
}

function template(name: string): Template {
  const text = readFileSync(path.join(root, 'deploy/cloudformation', name), 'utf8');
  // The short forms of CloudFormation's functions are tags that no YAML library knows.
  return parse(text, { logLevel: 'error' }) as Template;
}

const templates = { source: template('source-account.yaml'), vault: template('vault-account.yaml') };
const restore = template('restore-account.yaml');

/** Everything a role is allowed, as IAM names it; what stands in key policies is left out. */
function allowed({ Resources }: Template): Set<string> {
  const statements = Object.values(Resources).flatMap(({ Properties: { Policies = [], PolicyDocument } }) => [
    ...Policies.flatMap((policy) => policy.PolicyDocument.Statement),
    ...(PolicyDocument?.Statement ?? []),
  ]);
  return new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action));
}

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
const throughRds = ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
/** What whoever attaches a role to a database needs; no call of ours. */
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
/** What needs no permission of the role's. */
const withoutPermission = ['sts:AssumeRole', 'sts:GetCallerIdentity'];

describe('the roles of deploy/cloudformation', () => {
  it('are allowed every call that the code makes, and nothing else', () => {
    const wanted = [...called()]
      .filter((action) => !withoutPermission.includes(action))
      .map((action) => knownAs[action] ?? action);
    expect(wanted.length).toBeGreaterThan(10);
    const given = new Set([...allowed(templates.source), ...allowed(templates.vault), ...allowed(restore)]);
    expect([...given].sort()).toEqual(
      [...new Set([...wanted, ...throughRds, ...forRoles, ...forTokens, ...forExports, ...byContent])].sort(),
    );
  });

  it('let the vault neither create nor share nor see databases', () => {
    const vault = [...allowed(templates.vault)];
    expect(vault.filter((action) => /Create(DB|Db)|Attribute|DescribeDB(Clusters|Instances)$/.test(action))).toEqual(
      [],
    );
  });

  it('delete in buckets nothing but what is on its way', () => {
    const { BucketVaultPolicy } = templates.vault.Resources;
    const deleting = (BucketVaultPolicy?.Properties.PolicyDocument?.Statement ?? []).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('s3:Delete')),
    );
    expect(deleting.map(({ Resource }) => Resource)).toEqual([
      ['${VaultBuckets}/underway/*', '${VaultBuckets}/*/underway/*'].map((key) => `arn:\${AWS::Partition}:s3:::${key}`),
    ]);
  });

  it('let backups neither make nor change nor remove databases', () => {
    const backups = [...allowed(templates.source), ...allowed(templates.vault)];
    expect(
      backups.filter((action) => /Restore|CreateDBInstance|(Modify|Delete)DB(Cluster|Instance)$/.test(action)),
    ).toEqual([]);
  });

  it('let restores change and remove only what restores have made', () => {
    const statements = restore.Resources.Role?.Properties.Policies?.flatMap((p) => p.PolicyDocument.Statement) ?? [];
    const changing = statements.filter(({ Action }) =>
      [Action].flat().some((action) => /rds:(Delete|ModifyDB(Cluster|Instance)$)/.test(action)),
    );
    expect(changing.map(({ Condition }) => Condition)).toEqual([
      { Null: { 'aws:ResourceTag/farcopy:restore': 'false' } },
      { StringEquals: { 'aws:ResourceTag/farcopy:retention': 'temporary' } },
    ]);
  });

  it('let restores, whose role stands in vault accounts too, make no copy deletable', () => {
    const statements = restore.Resources.Role?.Properties.Policies?.flatMap((p) => p.PolicyDocument.Statement) ?? [];
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      {
        Action: 'rds:AddTagsToResource',
        Condition: {
          Null: { 'aws:ResourceTag/farcopy:retention': 'false' },
          StringNotEquals: { 'aws:ResourceTag/farcopy:retention': 'temporary' },
        },
      },
    ]);
  });

  it.each(Object.entries({ ...templates, restore }))(
    'are assumed with an external id only (%s)',
    (_, { Resources }) => {
      const trust = Resources.Role?.Properties.AssumeRolePolicyDocument?.Statement ?? [];
      expect(trust).toHaveLength(1);
      expect(trust[0]?.Condition?.StringEquals).toHaveProperty('sts:ExternalId');
    },
  );

  it.each(Object.entries(templates))('cannot delete what is proven, nor make it deletable (%s)', (_, { Resources }) => {
    const statements = Resources.Role?.Properties.Policies?.flatMap((policy) => policy.PolicyDocument.Statement) ?? [];
    const deletions = statements.filter(({ Action }) => [Action].flat().some((action) => action.includes('Delete')));
    expect(deletions.map(({ Condition }) => Condition)).toEqual([
      { Null: { 'aws:ResourceTag/farcopy:verified': 'true' } },
      { StringEquals: { 'aws:ResourceTag/farcopy:retention': 'temporary' } },
    ]);
    const denied = statements.filter(({ Effect }) => Effect === 'Deny');
    const proven = { Null: { 'aws:ResourceTag/farcopy:verified': 'false' } };
    expect(denied).toMatchObject([
      { Action: 'rds:AddTagsToResource', Condition: proven },
      { Action: 'rds:RemoveTagsFromResource', Condition: proven },
    ]);
    // Proofs may be added to, and whose a copy on its way is, but nothing that says what may be deleted.
    expect(denied[0]?.Condition?.['ForAnyValue:StringNotEquals']?.['aws:TagKeys']).toEqual([
      copyTags.bundle,
      copyTags.manifest,
      copyTags.verified,
      restoreTags.restore,
      restoreTags.run,
    ]);
  });
});
