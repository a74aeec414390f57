import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { observed, type ObservedActivity, type ObservedEnd } from '../../../src/activities/observed';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';

const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const stepTypes = new Map([['aurora-cluster', new Set(['snapshot', 'copy'])]]);

/** What an observer sees of an activity that does this with this input. */
async function seen(input: unknown, work: () => Promise<unknown> = () => Promise.resolve('result')) {
  const begun: ObservedActivity[] = [];
  const ended: ObservedEnd[] = [];
  const { startStep } = observed({ startStep: (_input: unknown) => work() }, stepTypes, [
    (one) => {
      begun.push(one);
      return (end) => ended.push(end);
    },
  ]);
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId: 'w', runId: 'r' } }, silent);
  const outcome = await environment.run(startStep, input).catch((error: unknown) => error);
  expect([begun.length, ended.length]).toEqual([1, 1]);
  return { begun: begun[0], ended: ended[0], outcome };
}
const step = (kind: unknown, type: unknown) => ({ identity: { resource: { kind } }, step: { type } });

describe('an activity that is observed', () => {
  test('is told with its workflow, its kind and its step, and does what it did', async () => {
    const input = step('aurora-cluster', 'copy');
    const { begun, ended, outcome } = await seen(input);
    expect(begun).toEqual({
      activity: 'startStep',
      kind: 'aurora-cluster',
      step: 'copy',
      workflowId: 'w',
      args: [input],
    });
    expect(ended).toEqual({ outcome: 'done', result: 'result' });
    expect(outcome).toBe('result');
  });

  test.each([
    [step('made-up', 'copy'), { kind: '', step: '' }],
    [step('aurora-cluster', 'made-up'), { kind: 'aurora-cluster', step: '' }],
    [step('aurora-cluster', ['copy']), { kind: 'aurora-cluster', step: '' }],
    [step({}, {}), { kind: '', step: '' }],
    [{ resource: { kind: 'aurora-cluster' } }, { kind: 'aurora-cluster', step: '' }],
    [null, { kind: '', step: '' }],
    ['text', { kind: '', step: '' }],
    [
      { identity: null, step: null },
      { kind: '', step: '' },
    ],
  ])('takes no words of its input that nobody knows: %j', async (input, words) => {
    expect((await seen(input)).begun).toMatchObject(words);
  });

  test.each([
    [applicationFailure(failureTypes.configuration, 'x'), 'Configuration'],
    [applicationFailure('MadeUp' as never, 'x'), 'Unknown'],
    [new CancelledFailure('x'), 'Cancelled'],
    [Object.assign(new Error('x'), { name: 'AbortError' }), 'Cancelled'],
    [new TypeError('x'), 'Unknown'],
  ])('fails as before, and the end is told: %s', async (error, outcome) => {
    const { ended, outcome: thrown } = await seen(null, () => Promise.reject(error));
    expect(ended).toEqual({ outcome });
    expect(thrown).toBe(error);
  });
});
