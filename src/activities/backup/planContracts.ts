import { type ProtectionPolicy } from '../../core/backup/policy';
import { type BackupPlan } from '../../core/backup/recoveryPointPlan';
import { type RecoveryPointIdentity } from '../../core/catalogue/copy';

export interface PlanActivities {
  /** Looks at the resource and has its kind plan the steps. */
  planBackup(identity: RecoveryPointIdentity, policy: ProtectionPolicy): Promise<BackupPlan>;
}
