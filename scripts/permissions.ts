import { readFileSync } from 'node:fs';
import { packageFile } from '../sandbox/provision/packageFile';
import { exportRole, lenderRole, restoreRole, sourceRole, vaultRole } from '../sandbox/seed/sandboxAccounts';
import { stacksOf } from '../sandbox/seed/seedRequest';
import { plantedBy } from '../sandbox/seed/templates';

/**
 * `npm run permissions`: which statement of which role allows what under which condition, and what of it was used when everything
 * ran under the templates. The record is test/integration/access/permissions.json, which the test beside it keeps current.
 * Exit code 1 where something was missing, or is of no use.
 */

/** What no run on the emulator can show, and why it is allowed all the same. */
const unseen: Readonly<Record<string, string>> = {
  'rds-db:connect': 'a token for a database is made without a call',
  'organizations:ListAccounts': 'of fleets whose accounts an organisation names',
  'sns:Publish': 'of fleets that name topics',
};

interface Used {
  readonly role: string;
  readonly statement: string;
  readonly action: string;
}

interface Allowed {
  readonly action: string;
  readonly statement: string;
  readonly conditions: string;
  readonly used: boolean;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function main(): void {
  const record = JSON.parse(readFileSync(packageFile('test', 'integration', 'access', 'permissions.json'), 'utf8')) as {
    readonly used: readonly Used[];
    readonly missing: readonly string[];
    readonly notExercised: readonly Used[];
  };
  const { roles: planted } = plantedBy(stacksOf({ accounts: ['999999999999'], resources: [] }));
  const roles = [sourceRole, vaultRole, lenderRole, restoreRole, exportRole].map((name) => {
    const policies = Object.values(planted.find((role) => role.name === name)?.policies ?? {});
    const statements = policies.flatMap((policy) => (policy as { Statement: Statement[] }).Statement);
    return {
      role: name,
      allows: statements
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Sid, Action, Condition = {} }) =>
          [Action].flat().map((action): Allowed => ({
            action,
            statement: Sid,
            conditions: conditionText(Condition),
            used: record.used.some((one) => one.role === name && one.statement === Sid && covers(action, one.action)),
          })),
        ),
    };
  });
  const isExplained = (role: string, { statement, action }: Allowed) =>
    action in unseen ||
    record.notExercised.some((one) => one.role === role && one.statement === statement && one.action === action);
  const unused = roles.flatMap(({ role, allows }) =>
    allows
      .filter((one) => !one.used && !isExplained(role, one))
      .map(({ action, statement }) => `${role} ${statement} ${action}`),
  );
  const { missing } = record;
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
