import { Context } from '@temporalio/activity';
import { type RestoreActivities } from './restoreContracts';
import { beating } from '../beating';
import { planRestore, type RestorePlanningDependencies } from './restorePlanning';

/** The activities behind `restoreRecoveryPoint`, beside those that walk its plan. */
export function restoreActivities(dependencies: RestorePlanningDependencies): RestoreActivities {
  return {
    planRestore: (request, ownership) =>
      beating(() => planRestore(dependencies, request, ownership, Context.current().cancellationSignal)),
  };
}
