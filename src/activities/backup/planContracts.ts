import { type BackupPlan } from '../../core/backup/recoveryPointPlan';
import { type RecoveryPointIdentity } from '../../core/catalogue/copy';

export interface PlanActivities {
  /** Looks at the resource and has its kind plan the steps, by the tier's policy as the fleet file has it now. */
  planBackup(identity: RecoveryPointIdentity): Promise<BackupPlan>;
}
