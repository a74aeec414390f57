import { sleep } from '@temporalio/workflow';
import {
  createRecoveryPoint as compatible,
  type CreateRecoveryPointInput,
  type CreateRecoveryPointResult,
} from '../../src/workflows/createRecoveryPoint';

/** What a careless change does: a timer that running recovery points have never started. */
export async function createRecoveryPoint(input: CreateRecoveryPointInput): Promise<CreateRecoveryPointResult> {
  await sleep('1 second');
  return compatible(input);
}
