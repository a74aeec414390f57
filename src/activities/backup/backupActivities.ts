import { shareInUse } from '../sweep/shareInUse';
import { stepActivities } from '../steps/steps';
import { type StepActivities } from '../steps/stepContracts';
import { planActivities, type PlanDependencies } from './planBackup';
import { type PlanActivities } from './planContracts';
import { describeStep, type RecoveryBundleDependencies, signStep } from './recoveryBundle';

/** The activities that plan backups and walk the steps of any plan. */
export function backupActivities({
  kinds,
  openStore,
  lastWhole,
  vaults,
}: PlanDependencies & RecoveryBundleDependencies): PlanActivities & StepActivities {
  return {
    ...planActivities({ kinds, lastWhole, vaults }),
    ...stepActivities({
      kinds,
      general: { describe: describeStep({ kinds, openStore }), sign: signStep({ kinds }) },
      shareInUse,
    }),
  };
}
