import { type CreateRecoveryPointInput } from '../../src/core/backup/recoveryPointPlan';
import { sleep } from '@temporalio/workflow';
import { createRecoveryPoint as compatible } from '../../src/workflows/createRecoveryPoint';
import { type CreateRecoveryPointResult } from '../../src/core/backup/recoveryPointResult';

/** What a careless change does: a timer that running recovery points have never started. */
export async function createRecoveryPoint(input: CreateRecoveryPointInput): Promise<CreateRecoveryPointResult> {
  await sleep('1 second');
  return compatible(input);
}
