import { knownKinds } from '../src/kinds/registry';
import { type ProtectionPolicy } from '../src/core/backup/policy';
import { type ResourceRef } from '../src/core/resource';

export const benchFleet = 'bench';

const accounts = Array.from({ length: 10 }, (_, i) => String(100000000001 + i));
const regions = ['eu-west-1', 'eu-central-1'];
const vaultAccount = '111111111111';

/** Aurora clusters spread over ten accounts and two regions. */
export function lifecycleResources(count: number): ResourceRef[] {
  return Array.from({ length: count }, (_, i) => {
    const account = accounts[i % accounts.length] ?? '';
    const region = regions[Math.floor(i / accounts.length) % regions.length] ?? '';
    const id = `cluster-${i}`;
    return { kind: 'aurora-cluster', account, region, id, arn: `arn:aws:rds:${region}:${account}:cluster:${id}` };
  });
}

/** The three-leg route, under limits so high that the worker is what bounds the throughput. */
export const workerBenchPolicy: ProtectionPolicy = {
  fleet: benchFleet,
  tier: 'standard',
  priority: 3,
  rpoSeconds: 26 * 3600,
  route: [
    { name: 'secure', account: vaultAccount, region: null, key: 'alias/farcopy' },
    {
      name: 'secure-dr',
      account: vaultAccount,
      region: { 'eu-west-1': 'eu-central-1', 'eu-central-1': 'eu-west-1' },
      key: 'alias/farcopy',
    },
  ],
  retention: { minimum: 1 },
  shareableKey: null,
  singleStepCopy: false,
  verify: 'manifest',
  connect: null,
  limits: knownKinds.limits.map(({ name: limit }) => ({ limit, capacity: 10_000 })),
  polling: { shortestSeconds: 2, longestSeconds: 10 },
};
