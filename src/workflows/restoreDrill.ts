import { defineQuery, setHandler } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { checkLine, DrillOutcome, requireConnection } from '../core/drill/drillOutcome';
import { drillPlan } from '../core/drill/drillPlan';
import { type RestoreDrillInput, type RestoreDrillProgress } from '../core/drill/drillRequest';
import { type DrillResult } from '../core/drill/drillResult';
import { describeDrill } from '../core/drill/drillVerdict';
import { drillEntry } from '../core/ledger/entries';
import { messageNames } from '../core/messageNames';
import { Drilling } from './drill/drilling';
import { isOurCancellation } from './failures';
import { record, recorder } from './ledger/record';
import { notify } from './notify';
import { StepRunner } from './steps/stepRunner';

export const drillProgressQuery = defineQuery<RestoreDrillProgress>(messageNames.progress);

/**
 * Proves that one resource can be brought back: chooses a recovery point and a copy of it, verifies the copy, restores it, waits
 * until it answers, reads and checks it, and removes everything again. That last step is taken in any case.
 *
 * @throws ApplicationFailure `DrillFailed` where what came back is not what it should be; where the drill could not be
 * performed, of the type that says why. Both carry the {@link DrillResult} in their details.
 */
export async function restoreDrill(input: RestoreDrillInput): Promise<DrillResult> {
  requireConnection(input);
  const found = new DrillOutcome(input);
  const drilling = new Drilling(input, found);
  const runner = new StepRunner({ moreLines: () => found.checks.map(checkLine) });
  setHandler(drillProgressQuery, () => ({ state: runner.state, ...found.progress, steps: runner.graph.report }));

  try {
    await runner.walk(drillPlan(input), {
      choose: () => drilling.choose(),
      verify: () => drilling.verify(),
      restore: () => drilling.restore(),
      connect: () => drilling.untilItAnswers(),
      read: () => drilling.read(),
      checks: () => drilling.check(),
      teardown: () => drilling.tearDown(),
    });
  } catch (error) {
    if (!isOurCancellation(error)) throw error;
    await drilling.abandon();
    runner.show('Cancelled');
    await record(drillEntry(input, found.result(runner.graph), true, recorder()));
    throw error;
  }

  const result = found.result(runner.graph);
  await drilling.record();
  const reason = result.failures.join('; ');
  runner.show(result.verdict === 'passed' ? 'Completed' : 'Failed', reason);
  await record(drillEntry(input, result, false, recorder()));
  await notify({ fleet: input.fleet, event: 'drill-ended', ...describeDrill(result) });
  if (result.verdict === 'passed') return result;
  throw ApplicationFailure.nonRetryable(reason, found.failureType, result);
}
