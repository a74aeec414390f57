import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type AwaitStepRequest, type StepProgress } from './stepContracts';

/**
 * The server sleeps until the next try: as durable as a timer of the workflow, and without the events and the workflow task
 * that one would cost.
 *
 * @throws ApplicationFailure NotReady at the first try
 */
export function endUntilFirstLook({ step, firstLookSeconds, expectedSeconds }: AwaitStepRequest): void {
  if (Context.current().info.attempt > 1 || firstLookSeconds === 0) return;
  const progress: StepProgress = { step: step.id, percent: null };
  const inSeconds = (seconds: number) => `${Math.round(seconds)} s`;
  throw applicationFailure(
    failureTypes.notReady,
    `${step.id}: expected to take ${inSeconds(expectedSeconds)}, looked at after ${inSeconds(firstLookSeconds)}`,
    { details: progress, retryAfterSeconds: firstLookSeconds },
  );
}
