import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { serviceLimitActivities } from '../../../../src/activities/limits/serviceLimit';

const now = 1_790_000_000_000;
const ref = { account: '111111111111', region: 'eu-central-1', limit: 'copies' };

/** What Temporal says of workflows. */
const told: Readonly<Record<string, () => { closeTime?: Date }>> = {
  runs: () => ({}),
  ended: () => ({ closeTime: new Date(now - 61_000) }),
  'ended just now': () => ({ closeTime: new Date(now - 59_000) }),
  forgotten: () => {
    throw new WorkflowNotFoundError('not there', 'forgotten', 'run');
  },
  unreachable: () => {
    throw new Error('a test');
  },
};

test('a look tells who has ended; one that cannot be asked about costs no other its look', async () => {
  const client = {
    withAbortSignal: (_: unknown, run: () => unknown) => run(),
    workflow: { getHandle: (id: string) => ({ describe: async () => told[id]?.() }) },
  };
  const kind = { description: { limits: [{ name: ref.limit }] }, inFlight: async () => ['a copy'] };
  const { observeLimit } = serviceLimitActivities([kind as never]);
  const permits = Object.keys(told).map((id) => ({ requestId: id, holderWorkflowId: id, holderRunId: 'run' }));
  const observation = await new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: now },
    { logger: new DefaultLogger('ERROR', () => undefined), client: client as unknown as Client },
  ).run(() => observeLimit(ref, 'vault', permits));

  expect(observation).toEqual({ inFlight: ['a copy'], ended: ['ended', 'forgotten'] });
});
