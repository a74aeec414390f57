import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type RenderedResource, renderStack } from '../../../sandbox/seed/cloudFormation';
import { defaultRegion, restoreRole, roleArn, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';

const templates = path.resolve(__dirname, '../../../deploy/cloudformation');

/**
 * What AWS takes, in characters without white space: IAM and AWS STS quotas, AWS KMS resource quotas, S3 bucket policies, quotas of
 * AWS Organizations (before May 2026), AWS CloudFormation quotas.
 */
const limits = {
  'inline policies of a role': 10_240,
  'managed policy': 6144,
  'trust policy': 2048,
  'key policy': 32_768,
  'bucket policy': 20_480,
  'control policy': 5120,
  parameter: 4096,
} as const;
type Limited = keyof typeof limits;

const idOf = (i: number) => String(100_000_000_000 + i * 7919);
const worker = (name: string) => `arn:aws:iam::222222222222:role/farcopy-${name}-of-production`;
const ids = (count: number) => Array.from({ length: count }, (_, i) => idOf(i));
const roles = (count: number) => ids(count).map((id) => roleArn(id, restoreRole));
const common = { WorkerPrincipalArn: worker('worker'), ExternalId: 'x'.repeat(64) };
/** Ten organizational units, five levels deep, hold whatever number of accounts. */
const paths = Array.from({ length: 10 }, (_, i) => `o-a1b2c3d4e5/r-f6g7${'/ou-f6g7-a1b2c3d4'.repeat(5)}${i}/*`).join();
const buckets = { ExportBuckets: 'panda-production-exports-*', VaultBuckets: 'panda-production-archive-*' };

/** As big as it gets with so many accounts of databases, the buckets and vaults of a large fleet besides. */
const parametersOf: Readonly<Record<string, (accounts: number) => Readonly<Record<string, string>>>> = {
  'vault-account': (accounts) => ({
    ...{ ...common, ...buckets, RoleRegion: defaultRegion },
    ...(accounts <= 300 ? { SourceAccountIds: ids(accounts).join() } : { SourceOrgPaths: paths }),
    RestoreRoleArns: roles(Math.min(accounts, 70)).join(),
  }),
  'source-account': () => ({
    ...{ ...common, RoleRegion: defaultRegion, OrganizationAccount: 'true', VaultAccountIds: ids(5).join() },
    NotificationTopicArns: ids(10)
      .map((id) => `arn:aws:sns:${defaultRegion}:${id}:farcopy-notifications`)
      .join(),
  }),
  'restore-account': () => ({
    ...{ ...common, CopyAccountIds: ids(5).join(), DatabaseNames: '*-restored-*', DatabaseRoleNames: 'database-*' },
  }),
  'retention-roles': () => ({
    ...{ ...buckets, MarkerPrincipalArn: worker('mark'), PrunerPrincipalArn: worker('prune') },
    ...{ ExternalId: common.ExternalId, OrganizationAccount: 'true' },
  }),
  'state-bucket': () => ({ ...common, BucketName: 'panda-production-state' }),
  'payload-key': () => ({ UserArns: roles(20).join(), ReaderArns: roles(20).join() }),
  'undeletable-copies': () => ({ VaultAccountIds: ids(5).join() }),
  'vault-boundary': () => ({}),
  'locked-bucket': () => ({
    BucketName: 'panda-production-archive-eu',
    KeyArn: `arn:aws:kms:${defaultRegion}:${vaultAccount}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  }),
  workers: () => ({
    ...{ VpcId: 'vpc-0', SubnetIds: 'subnet-0,subnet-1', Image: 'registry.example/farcopy@sha256:0' },
    ...{ TemporalAddress: 'temporal.example:7233', FleetFileArn: 'arn:aws:ssm:eu-west-1:222222222222:parameter/f' },
    ...{ ExternalIdSecretArn: 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:f' },
    ...{ RunsRetention: 'true', GoogleCredentialsArn: 'arn:aws:ssm:eu-west-1:222222222222:parameter/g' },
    ...Object.fromEntries(
      ['PagerDutyKey', 'SlackUrl', 'Webhook', 'SmtpUser', 'SmtpPassword', 'HeartbeatUrl', 'TemporalApiKey'].map(
        (name) => [
          `${name}SecretArn`,
          `arn:aws:secretsmanager:eu-west-1:222222222222:secret:farcopy/production/${name}-a1b2c3`,
        ],
      ),
    ),
  }),
};

const lengthOf = (document: unknown) => JSON.stringify(document).length;

/** How long each limited thing of a stack is. */
function sizesOf(template: string, accounts: number): (readonly [Limited, string, number])[] {
  const parameters = parametersOf[template]?.(accounts) ?? {};
  const stack = { template, account: vaultAccount, region: defaultRegion, parameters };
  const resources = [...renderStack(stack)];
  const inline = new Map<string, number>();
  const add = (role: string, document: unknown) => inline.set(role, (inline.get(role) ?? 0) + lengthOf(document));
  const sizes = resources.flatMap(([name, resource]) => {
    for (const [role, document] of inlinePolicies(resource)) add(role, document);
    return documentsOf(resource).map(([what, document]) => [what, name, lengthOf(document)] as const);
  });
  return [
    ...sizes,
    ...[...inline].map(([role, length]) => ['inline policies of a role', role, length] as const),
    ...Object.entries(parameters).map(([name, value]) => ['parameter', name, value.length] as const),
  ];
}

function inlinePolicies({ type, properties }: RenderedResource): (readonly [string, unknown])[] {
  if (type === 'AWS::IAM::Role')
    return ((properties.Policies ?? []) as { PolicyDocument: unknown }[]).map(
      ({ PolicyDocument }) => [properties.RoleName as string, PolicyDocument] as const,
    );
  if (type !== 'AWS::IAM::Policy' && type !== 'AWS::IAM::RolePolicy') return [];
  return [properties.Roles ?? properties.RoleName]
    .flat()
    .map((role) => [role as string, properties.PolicyDocument] as const);
}

function documentsOf({ type, properties }: RenderedResource): (readonly [Limited, unknown])[] {
  switch (type) {
    case 'AWS::IAM::Role':
      return [['trust policy', properties.AssumeRolePolicyDocument]];
    case 'AWS::IAM::ManagedPolicy':
      return [['managed policy', properties.PolicyDocument]];
    case 'AWS::KMS::Key':
      return [['key policy', properties.KeyPolicy]];
    case 'AWS::S3::BucketPolicy':
      return [['bucket policy', properties.PolicyDocument]];
    case 'AWS::Organizations::Policy':
      return [['control policy', properties.Content]];
    default:
      return [];
  }
}

test('no template is forgotten', () => {
  const names = readdirSync(templates).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []));
  expect(Object.keys(parametersOf).sort()).toEqual(names.sort());
  // What is limited here is made by templates under these types.
  const types = names.flatMap((name) =>
    [
      ...readFileSync(path.join(templates, `${name}.yaml`), 'utf8').matchAll(
        /Type: (AWS::(?:IAM|Organizations|S3)::\S*Policy)/g,
      ),
    ].map(([, type]) => type),
  );
  expect([...new Set(types)].sort()).toEqual([
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::RolePolicy',
    'AWS::Organizations::Policy',
    'AWS::S3::BucketPolicy',
  ]);
});

describe.each([1, 220, 300, 1000])('with %i accounts of databases', (accounts) => {
  it.each(Object.keys(parametersOf))('AWS takes everything that %s makes', (template) => {
    const sizes = sizesOf(template, accounts);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.filter(([what, , length]) => length > limits[what])).toEqual([]);
  });
});

test('the role of the vault has room for 300 accounts by name, and no more of them than a parameter takes', () => {
  const total = (accounts: number) =>
    Object.fromEntries(sizesOf('vault-account', accounts).map(([what, name, length]) => [`${what} ${name}`, length]));
  const of300 = total(300);
  expect(of300['parameter SourceAccountIds']).toBeLessThan(limits.parameter);
  // Beyond, organizational units name them, however many they are.
  expect(total(1000)).toEqual(total(100_000));
  expect(total(1000)).not.toHaveProperty(['parameter SourceAccountIds']);
});
