import { type Operation } from '../../kinds/kind';
import { stepActivities, type StepDependencies } from '../steps/steps';
import { type StepActivities } from '../steps/stepContracts';
import { planActivities, type PlanDependencies } from './planBackup';
import { type PlanActivities } from './planContracts';
import { describeStep, type RecoveryBundleDependencies, signStep } from './recoveryBundle';

/** The operations that are the same for all kinds, by the types of their steps. */
export function generalOperations(dependencies: RecoveryBundleDependencies): Readonly<Record<string, Operation>> {
  return { describe: describeStep(dependencies), sign: signStep(dependencies) };
}

/** The activities that plan backups and walk the steps of any plan. */
export function backupActivities(dependencies: PlanDependencies & StepDependencies): PlanActivities & StepActivities {
  return { ...planActivities(dependencies), ...stepActivities(dependencies) };
}
