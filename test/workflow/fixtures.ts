import { type CreateRecoveryPointInput } from '../../src/core/backup/recoveryPointPlan';
import { lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId } from '../../src/core/naming';
import { type BucketVault, type ProtectionPolicy } from '../../src/core/backup/policy';
import { type ResourceRef } from '../../src/core/resource';

export const fleet = 'panda';
export const vaultAccount = '111111111111';
export const scheduledTime = '2026-11-21T02:00:00Z';

/** A cluster in an account; tests that share a server take an account each, so that they share no limit. */
export function cluster(account: string, id = 'panda-cluster-1'): ResourceRef {
  return {
    kind: 'aurora-cluster',
    account,
    region: 'eu-west-1',
    id,
    arn: `arn:aws:rds:eu-west-1:${account}:cluster:${id}`,
  };
}

/** The standard three-leg route: snapshot, vault in the same region, second region. `changes` replaces what a test is about. */
export function policy(changes: Partial<ProtectionPolicy> = {}): ProtectionPolicy {
  return {
    fleet,
    tier: 'standard',
    priority: 3,
    rpoSeconds: 26 * 3600,
    route: [
      { name: 'secure', account: vaultAccount, region: 'eu-west-1', key: 'alias/farcopy' },
      { name: 'secure-dr', account: vaultAccount, region: 'eu-central-1', key: 'alias/farcopy' },
    ],
    retention: { daily: 14, minimum: 2 },
    shareableKey: null,
    singleStepCopy: false,
    verify: 'manifest',
    connect: null,
    limits: [],
    polling: { shortestSeconds: 15, longestSeconds: 300 },
    ...changes,
  };
}

/** The standard route into a vault account of its own, so that tests on one server share no limit there either. */
export function policyInto(account: string, changes: Partial<ProtectionPolicy> = {}): ProtectionPolicy {
  const standard = policy(changes);
  return { ...standard, route: standard.route.map((vault) => ({ ...vault, account })) };
}

/** A vault in another cloud, fed by exports. */
export const bucketVault = (name: string): BucketVault => ({
  name,
  bucket: `gs://panda-${name}`,
  home: null,
  export: {
    bucket: 's3://panda-exports',
    role: 'arn:aws:iam::111111111111:role/farcopy-export',
    key: 'alias/farcopy',
  },
  lock: null,
  bytesPerSecond: null,
});

export function recoveryPointInput(
  resource: ResourceRef,
  changes: Partial<Omit<CreateRecoveryPointInput, 'identity'>> = {},
): CreateRecoveryPointInput {
  return {
    version: 1,
    identity: { fleet, tier: 'standard', resource, scheduledTime },
    policy: policy(),
    learned: {},
    paused: false,
    ...changes,
  };
}

export const recoveryPointWorkflowIdOf = (resource: ResourceRef): string =>
  recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime));

export { lifecycleWorkflowId };
