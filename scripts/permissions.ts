import { readFileSync } from 'node:fs';
import { packageFile } from '../sandbox/provision/packageFile';
import {
  exportRole,
  lenderRole,
  markerRole,
  prunerRole,
  restoreRole,
  sourceRole,
  stateRole,
  vaultRole,
} from '../sandbox/seed/sandboxAccounts';
import { stacksOf } from '../sandbox/seed/seedRequest';
import { plantedBy } from '../sandbox/seed/templates';

/**
 * `npm run permissions`: which statement of which role allows what under which condition, and what of it was used when everything
 * ran under the templates. The record is test/integration/access/permissions.json, which the test beside it keeps current.
 * Exit code 1 where something was missing, or is of no use.
 */

/** What one run on the emulator does not show, and why it is allowed all the same: by the ends of what is printed. */
const unseen: readonly (readonly [RegExp, string])[] = [
  [/ rds-db:connect$/, 'a token for a database is made without a call'],
  [/ organizations:ListAccounts$/, 'of fleets whose accounts an organisation names'],
  [/ sns:Publish$/, 'of fleets that name topics'],
  [
    / kms:(Decrypt|GenerateDataKey\*|ReEncrypt\*)$/,
    'RDS needs them of keys; the emulator asks for those it is sure of',
  ],
  [/ rds:ListTagsForResource$/, 'DocumentDB, Neptune and parameter groups are asked for their tags'],
  [
    / RemoveWhatIsUnproven | rds:CancelExportTask$| s3:AbortMultipartUpload$/,
    'cleans up what has failed or was cancelled',
  ],
  [/ rds:DescribeDB(Cluster)?SnapshotAttributes$/, 'the sweeper looks for shares of restores that have failed'],
  [/ParameterGroups?$|Parameters$/, 'of databases whose parameter groups are not the default ones'],
  [/ rds:DescribeOptionGroups$| ec2:DescribeSecurityGroups$/, 'of databases with option or security groups'],
  [/ rds:AddRoleToDB(Cluster|Instance)$| AttachRoles iam:PassRole$/, 'of databases with roles'],
  [
    /^farcopy-(source|vault) (MakeAndShareOwnSnapshots|RemoveIntermediates) /,
    'of clusters under the default key, and where a step crosses accounts and regions',
  ],
  [
    / CopyOnTheWay rds:CopyDBSnapshot$| RemoveCopiesOnTheWay /,
    'of copies of instances in another region than the target',
  ],
  [/^farcopy-restore ReadCopies rds:CopyDBClusterSnapshot$/, 'of clusters whose engine restores no shared snapshot'],
  [/^farcopy-vault .* s3:GetObject(LegalHold|Retention)$/, 'a plan of retention tells until when buckets keep copies'],
  [/ UseNetworksAndGroups /, 'of instances with a network or groups that are named'],
];

interface Allowed {
  readonly action: string;
  readonly statement: string;
  readonly conditions: string;
  readonly used: boolean;
  /** Why it is allowed although the run did not need it; null where it did, or nobody knows. */
  readonly why: string | null;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function main(): void {
  const used = ['permissions.json', 'retentionPermissions.json'].flatMap(
    (file) => JSON.parse(readFileSync(packageFile('test', 'integration', 'access', file), 'utf8')) as readonly string[],
  );
  const { roles: planted } = plantedBy(stacksOf({ accounts: ['999999999999'], resources: [] }));
  const names = [sourceRole, vaultRole, lenderRole, restoreRole, exportRole, stateRole, markerRole, prunerRole];
  const roles = names.map((name) => {
    // A role that is in several accounts may have a statement more in one of them.
    const policies = planted.filter((role) => role.name === name).flatMap((role) => Object.values(role.policies ?? {}));
    const listed = policies.flatMap((policy) => (policy as { Statement: Statement[] }).Statement);
    const statements = listed.filter(({ Sid }, i) => listed.findIndex((one) => one.Sid === Sid) === i);
    return {
      role: name,
      allows: statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Sid, Action, Condition = {} }) =>
          [Action].flat().map((action): Allowed => {
            const text = `${name} ${Sid} ${action}`;
            const isUsed = used.some((one) => covers(text, one));
            const why = isUsed ? null : (unseen.find(([pattern]) => pattern.test(text))?.[1] ?? null);
            return { action, statement: Sid, conditions: conditionText(Condition), used: isUsed, why };
          }),
        ),
    };
  });
  const unused = roles.flatMap(({ role, allows }) =>
    allows.flatMap((one) => (one.used || one.why !== null ? [] : [`${role} ${one.statement} ${one.action}`])),
  );
  const allowed = roles.flatMap(({ role, allows }) => allows.map((one) => `${role} ${one.statement} ${one.action}`));
  const missing = used.filter((one) => !allowed.some((text) => covers(text, one)));
  if (process.argv.includes('--json')) console.log(JSON.stringify({ roles, missing, unused }, null, 2));
  else {
    for (const { role, allows } of roles) {
      console.log(`\n${role}`);
      for (const { action, statement, conditions, used } of allows)
        console.log(
          `  ${used ? 'used  ' : '      '} ${statement}: ${action}${conditions === '' ? '' : ` if ${conditions}`}`,
        );
    }
    console.log(`\nmissing: ${missing.join(', ') || 'nothing'}\nunused: ${unused.join(', ') || 'nothing'}`);
  }
  if (missing.length > 0 || unused.length > 0) process.exitCode = 1;
}

function covers(pattern: string, action: string): boolean {
  return pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}

function conditionText(conditions: NonNullable<Statement['Condition']>): string {
  return Object.entries(conditions)
    .flatMap(([operator, tests]) =>
      Object.entries(tests).map(([key, value]) => `${operator} ${key} ${[value].flat().join(' or ')}`),
    )
    .join(', ');
}

main();
