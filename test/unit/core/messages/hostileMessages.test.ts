import { Semaphore } from '../../../../src/core/limits/semaphore';
import { messageInputs, workflowInputs } from '../../../../src/core/messages/inputs';
import { parsed, type Shape } from '../../../../src/core/messages/shape';

/** Half of a pair: no UTF-8 says it, and the SDK's core ends a worker that puts it into a command. */
const half = '\ud800';

const permit = {
  requestId: 'recovery-point/shop#snapshot#run#1',
  holderWorkflowId: 'recovery-point/shop',
  holderRunId: '01a2263c-9b7a-7540-b410-854b26144989',
  resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' },
  operationId: 'farcopy-shop',
  priority: 3,
  remainingSeconds: 600,
  taskQueue: 'farcopy-panda',
  access: 'source',
  observeSeconds: 20,
  capacity: 5,
  since: Date.parse('2026-11-21T02:00:00Z'),
};

const refusal = (shape: Shape<unknown>, value: unknown): string => {
  try {
    parsed(shape, value, 'it');
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
};

test('a request for a permit is taken as workers send it', () => {
  expect(refusal(messageInputs.requestPermit, permit)).toBe('taken');
});

test.each([
  ['half of a pair', half],
  ['a queue of the server itself', '/_sys/farcopy'],
  ['more bytes than the server takes', 'é'.repeat(200)],
  ['more characters than the server takes', 'x'.repeat(256)],
])('the task queue of one who asks is not %s, by which no workflow task would ever complete', (_, taskQueue) => {
  expect(refusal(messageInputs.requestPermit, { ...permit, taskQueue })).toContain('taskQueue must be a task queue');
});

test('no text of a message has half of a pair, wherever it stands', () => {
  expect(refusal(messageInputs.requestPermit, { ...permit, operationId: `a${half}` })).toContain('operationId must be');
  expect(refusal(messageInputs.releasePermit, half)).toContain('whole characters');
  expect(refusal(messageInputs.releasePermit, 'a pair: 🐼')).toBe('taken');
});

test('a request that is too long to be carried with a thousand others is refused', () => {
  const long = { ...permit, requestId: '\u0001'.repeat(4096) };
  expect(refusal(messageInputs.requestPermit, long)).toContain('must be carried in 4096 bytes');
});

test.each([[[]], [{}], [['a', 'b']], ['text'], [Array.from({ length: 12 }, () => 1)]])(
  'a semaphore that carries %j for a permit ends as invalid, and does not hang',
  (holder) => {
    const queue = { ...Semaphore.empty(5), holders: [holder] };
    const ref = { account: '999999999999', region: 'eu-west-1', limit: 'snapshots' };
    expect(refusal(workflowInputs.serviceLimit, { version: 1, ref, queue })).toContain('holders[0]');
  },
);

test('a transfer goes on with no more shards than a manifest holds, in a fleet whose name makes a queue', () => {
  const faultsOf = (fleet: string, shards: number) => {
    const faults: string[] = [];
    const continued = { startedAt: 1, plan: { shards, objects: 1, bytes: 1 }, shards: [] };
    workflowInputs.transferExport({ fleet, continued }, '', (fault) => faults.push(fault));
    return faults.join('\n');
  };
  expect(faultsOf('panda', 1e9)).toContain('continued.plan.shards');
  expect(faultsOf('panda', 1000)).not.toContain('continued');
  expect(faultsOf(half, 1)).toContain('fleet must be the name of a fleet');
  expect(faultsOf('panda', 1)).not.toContain('fleet must be');
});

test('a time of day is taken with its zone alone: each worker would take its own', () => {
  const at = (scheduledTime: string) => refusal(messageInputs.requestRecoveryPoint, { scheduledTime });
  for (const time of ['2026-11-21T02:00:00', '2026-11-21 02:00', '2026-11-21T02:00:00.000'])
    expect(at(time)).toContain('scheduledTime must be a time');
  for (const time of ['2026-11-21T02:00:00Z', '2026-11-21T02:00:00+01:00', '2026-11-21'])
    expect(at(time)).not.toContain('scheduledTime');
});
