import { type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { holderTroubles } from '../../../../src/client/limits/holderTroubles';

const workflowId = 'recovery-point/aurora-cluster/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z';
const holder = (step: string, run = 'run-1') => ({
  requestId: `${workflowId}#${step}#${run}#1`,
  holderWorkflowId: workflowId,
  holderRunId: run,
  grantedAt: Date.parse('2026-11-21T02:05:00Z'),
});
const refused = {
  activityId: 'copy:secure-dr#start#1',
  attempt: 7,
  nextAttemptScheduleTime: { seconds: Date.parse('2026-11-21T02:12:13Z') / 1000, nanos: 0 },
  lastFailure: { message: 'no answer', applicationFailureInfo: { type: 'Transient' } },
};

/** Knows the pending activities of one run. */
const client = {
  options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] } },
  workflow: { getHandle: () => ({ describe: () => Promise.resolve({ raw: { pendingActivities: [refused] } }) }) },
} as unknown as Client;

const nobodyHears = (problem: string) => {
  throw new Error(problem);
};

test('whoever has a permit for what the cloud does not take says how often it was tried, since when, when next and why', async () => {
  const troubles = await holderTroubles(client, [holder('copy:secure-dr'), holder('snapshot')], nobodyHears);
  expect([...troubles]).toEqual([
    [
      holder('copy:secure-dr').requestId,
      {
        step: 'copy:secure-dr',
        attempts: 6,
        message: 'no answer',
        since: '2026-11-21T02:05:00.000Z',
        last: null,
        next: '2026-11-21T02:12:13.000Z',
      },
    ],
  ]);
});

test('whoever cannot be asked keeps nobody from seeing who has a permit', async () => {
  const silent = { workflow: { getHandle: () => ({ describe: () => Promise.reject(new Error('throttled')) }) } };
  const told: string[] = [];
  const troubles = await holderTroubles(silent as unknown as Client, [holder('snapshot')], (problem) =>
    told.push(problem),
  );
  expect([troubles.size, told]).toEqual([0, ['could not ask what 1 of 1 holders meet: throttled']]);
});
