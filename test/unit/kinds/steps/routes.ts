import { type ProtectionPolicy, type Vault } from '../../../../src/core/backup/policy';
import { type SourceEncryption } from '../../../../src/core/resource';
import { type Step } from '../../../../src/core/steps/step';
import { knownKinds } from '../../../../src/kinds/registry';

export const owner = { account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' } as const;
export const scheduledTime = '2026-11-21T02:00:00Z';
export const vaultAccount = '111111111111';

export const secure: Vault = { name: 'secure', account: vaultAccount, region: 'eu-west-1', key: 'alias/farcopy' };
export const secureDr: Vault = {
  name: 'secure-dr',
  account: vaultAccount,
  region: 'eu-central-1',
  key: 'alias/farcopy',
};

export const encryptions = {
  none: { type: 'none' },
  default: { type: 'default', keyArn: 'arn:aws:kms:eu-west-1:999999999999:key/aws-rds' },
  customer: { type: 'customer', keyArn: 'arn:aws:kms:eu-west-1:999999999999:key/customer' },
} as const satisfies Record<string, SourceEncryption>;

export const kinds = {
  aurora: knownKinds.get('aurora-cluster'),
  instance: knownKinds.get('rds-instance'),
} as const;

export function policy(changes: Partial<ProtectionPolicy> = {}): ProtectionPolicy {
  return {
    fleet: 'panda',
    tier: 'standard',
    priority: 3,
    rpoSeconds: 26 * 3600,
    route: [secure, secureDr],
    retention: { daily: 14, minimum: 2 },
    shareableKey: 'alias/shareable',
    singleStepCopy: false,
    verify: 'manifest',
    connect: null,
    limits: [],
    polling: { shortestSeconds: 15, longestSeconds: 300 },
    ...changes,
  };
}

/** The steps of the standard route, or of what a test changes of it. */
export function plan(
  changes: Partial<ProtectionPolicy> & {
    encryption?: SourceEncryption;
    kind?: keyof typeof kinds;
    region?: string;
  } = {},
): readonly Step[] {
  const { encryption = encryptions.customer, kind = 'aurora', region = owner.region, ...policyChanges } = changes;
  const { name, planBackup } = kinds[kind];
  return planBackup({ ...owner, kind: name, arn: '', region, encryption }, policy(policyChanges), scheduledTime);
}
