import { backupActivities } from '../src/activities/backup/backupActivities';
import { type ProtectionPolicy } from '../src/core/backup/policy';
import { type ConnectedKinds } from '../src/kinds/kind';

/** The activities of backups, above clouds in memory in which nothing lay before and no restore reads. */
export function backupsInMemory(kinds: ConnectedKinds, policy: ProtectionPolicy) {
  return backupActivities({
    kinds,
    general: {},
    shareInUse: async () => ({ readers: [], silent: [] }),
    lastWhole: async () => null,
    vaults: { verified: async () => [] },
    policyOf: () => policy,
  });
}
