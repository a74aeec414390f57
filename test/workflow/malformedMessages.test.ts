import { type WorkflowHandle } from '@temporalio/client';
import { workflowInputs } from '../../src/core/messages/inputs';
import { type LimitRef } from '../../src/core/limits/limit';
import { packed } from '../../src/core/limits/packedPermit';
import { type PermitQueueState, type PermitRequest } from '../../src/core/limits/permitQueue';
import { Semaphore } from '../../src/core/limits/semaphore';
import {
  fleetTaskQueue,
  lifecycleWorkflowId,
  serviceLimitTaskQueue,
  serviceLimitWorkflowId,
} from '../../src/core/naming';
import { FakeActivities } from '../fakes/activities';
import { cluster, fleet, policyInto, recoveryPointInput, recoveryPointWorkflowIdOf, scheduledTime } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

let service: TimeSkippingService;
const fake = new FakeActivities(() => service.now());
const queue = fleetTaskQueue(fleet);
let started = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, queue);
});
afterAll(() => service?.stop());

const long = 'x'.repeat(200_000);
const resource = cluster('700000000001');
const policy = policyInto('710000000001');
const nothings: readonly (readonly [what: string, args: readonly unknown[]])[] = [
  ['nothing', []],
  ['null', [null]],
  ['a text', ['panda-cluster-1']],
  ['a number', [7]],
  ['a list', [[]]],
  ['an object without fields', [{}]],
  ['an object with nothing but its version', [{ version: 1 }]],
  [
    'fields of other types',
    [{ version: 1, fleet: 1, tier: {}, resource: 'shop', identity: [], policy: null, ref: 'a', from: 1, to: [] }],
  ],
];

/** How a workflow ends that is started so; it must end, and not stand still. */
async function failureOf(workflow: string, args: readonly unknown[]): Promise<{ type?: string; message?: string }> {
  const handle = await service.client.workflow.start(workflow, {
    workflowId: `malformed-${workflow}-${(started += 1)}`,
    taskQueue: queue,
    args: [...args],
    workflowExecutionTimeout: '1 minute',
  });
  return service.runUntil(
    handle.result().then(
      (result: unknown) => ({ message: `it ended with ${JSON.stringify(result)}` }),
      (error: Error) => error.cause as { type?: string; message?: string },
    ),
  );
}

const workflows = Object.keys(workflowInputs);

describe.each(workflows.map((name) => [name] as const))('%s', (workflow) => {
  test.each(nothings)('ends as InvalidInput when it is given %s', async (_, args) => {
    expect(await failureOf(workflow, args)).toMatchObject({ type: 'InvalidInput' });
  });
});

test.each([
  ['createRecoveryPoint', { ...recoveryPointInput(resource), paused: 'yes' }, /paused must be true or false/],
  [
    'createRecoveryPoint',
    recoveryPointInput({ ...resource, id: long }),
    /identity\.resource\.id must be a text of at most 1024 characters/,
  ],
  [
    'createRecoveryPoint',
    recoveryPointInput(resource, { policy: { ...policy, route: [null as never] } }),
    /policy\.route\[0\] must be an object, and is null/,
  ],
  [
    'protectResource',
    { version: 1, resource, policy, state: { paused: false } },
    /state\.resource must be an object, and is missing/,
  ],
  [
    'serviceLimit',
    { version: 1, ref: { account: '1', region: 'eu-west-1', limit: 'a' }, queue: Semaphore.empty(1) },
    /ref\.account must be an account of 12 digits, and is "1"/,
  ],
  [
    'serviceLimit',
    { version: 1, ref: { account: '700000000001', region: 'eu-west-1', limit: 'a' }, queue: {} },
    /queue\./,
  ],
  ['restoreRecoveryPoint', { resource: long }, /at most/],
])('%s says which field is wrong', async (workflow, input, message) => {
  expect(await failureOf(workflow, [input])).toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(message) as string,
  });
});

const malformed: readonly (readonly [what: string, args: readonly unknown[]])[] = [
  ...nothings,
  ['a text that is far too long', [long]],
  ['an object in which one is', [{ requestId: long, scheduledTime: long }]],
];

describe('a semaphore', () => {
  const ref: LimitRef = { account: '700000000002', region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' };
  const request = (requestId: string): PermitRequest => ({
    ...{ requestId, holderWorkflowId: 'nobody', holderRunId: '', operationId: requestId, taskQueue: queue },
    ...{ resource, access: 'source', priority: 3, remainingSeconds: 60, capacity: 1, observeSeconds: 60 },
    since: 1,
  });
  const runId = '0198c0de-1111-4222-8333-444455556666';
  let semaphore: WorkflowHandle;

  beforeAll(async () => {
    const held = packed({
      ...request('held'),
      holderRunId: runId,
      begunAt: 1,
      grantedAt: 1,
      told: true,
    });
    semaphore = await service.client.workflow.start('serviceLimit', {
      workflowId: serviceLimitWorkflowId(ref),
      taskQueue: serviceLimitTaskQueue,
      args: [{ version: 1, ref, queue: { ...Semaphore.empty(1), holders: [held] } }],
    });
  });
  afterAll(() => semaphore?.terminate());
  const state = () => semaphore.query<PermitQueueState>('permits');

  test.each(malformed)('drops %s instead of a request, a release, or a grant, and goes on', async (_, args) => {
    const before = await state();
    await semaphore.signal('requestPermit', ...args);
    // A text is what names a permit; this one nobody has.
    await semaphore.signal('releasePermit', ...args);
    expect(await state()).toEqual(before);
  });

  test.each([{ holderRunId: 'no id of a run' }, { holderWorkflowId: 'x'.repeat(1001) }])(
    'drops a request whose answer the server would refuse, and its own task with it: %j',
    async (wrong) => {
      const before = await state();
      await semaphore.signal('requestPermit', { ...request('refused'), holderRunId: runId, ...wrong });
      expect(await state()).toEqual(before);
    },
  );

  test('takes of a request what belongs there only', async () => {
    await semaphore.signal('requestPermit', {
      ...request('asked'),
      holderRunId: runId,
      ballast: long,
    });
    const { waiters } = await state();
    expect(waiters).toMatchObject([{ requestId: 'asked' }]);
    expect(waiters[0]).not.toHaveProperty('ballast');
    await semaphore.signal('releasePermit', 'asked');
  });

  test.each(malformed.filter(([what]) => what !== 'null' && what !== 'a number'))(
    'refuses %s instead of a capacity',
    async (_, args) => {
      await expect(semaphore.executeUpdate('overrideCapacity', { args: args as [unknown] })).rejects.toMatchObject({
        cause: { type: 'InvalidInput' },
      });
    },
  );
});

describe('a lifecycle', () => {
  let lifecycle: WorkflowHandle;

  beforeAll(async () => {
    fake.policies.set(resource.account, policy);
    lifecycle = await service.client.workflow.start('protectResource', {
      workflowId: lifecycleWorkflowId(resource),
      taskQueue: queue,
      args: [{ version: 1, resource, policy, state: null }],
    });
  });
  afterAll(() => lifecycle?.terminate());

  test.each([
    ...malformed,
    ['a time that is none', [{ scheduledTime: 'tomorrow', policy, force: false }]] as const,
    ['a policy that is none', [{ scheduledTime, policy: { fleet }, force: false }]] as const,
  ])('refuses a request that is %s, and goes on', async (_, args) => {
    await expect(lifecycle.executeUpdate('requestRecoveryPoint', { args: args as [unknown] })).rejects.toMatchObject({
      cause: { type: 'InvalidInput' },
    });
    expect(await lifecycle.query('lifecycle')).toMatchObject({ inFlight: null, waiting: null });
  });

  test.each(['pause', 'resume'])('takes %s with anything in it', async (signal) => {
    await lifecycle.signal(signal, null, { what: long });
    expect(await lifecycle.query('lifecycle')).toMatchObject({ paused: signal === 'pause' });
  });
});

test('a recovery point drops grants that cannot be read, and completes', async () => {
  const one = cluster('700000000003');
  fake.policies.set(one.account, policyInto('710000000003'));
  const handle = await service.client.workflow.start('createRecoveryPoint', {
    workflowId: recoveryPointWorkflowIdOf(one),
    taskQueue: queue,
    args: [recoveryPointInput(one, { policy: policyInto('710000000003') })],
  });
  for (const [, args] of malformed)
    for (const signal of ['permitGranted', 'permitQueued']) await handle.signal(signal, ...args);
  expect(await service.runUntil(handle.result())).toMatchObject({ state: 'completed' });
});
