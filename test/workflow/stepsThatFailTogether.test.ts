import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue } from '../../src/core/naming';
import { type RestorePlan } from '../../src/core/restore/restorePlan';
import { step, type Step } from '../../src/core/steps/step';
import { type StepRequest } from '../../src/activities/steps/stepContracts';
import { type restoreRecoveryPoint } from '../../src/workflows/restoreRecoveryPoint';
import { cluster, fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const resource = cluster('610000000001');
const scope = { account: resource.account, region: resource.region, access: 'restore' } as const;
const named = (id: string, given: Partial<Step> = {}) =>
  step({ id, type: id, scope, marker: id, expects: { seconds: 0, secondsPerGiB: 0 }, ...given });

/** One branch fails while the other has a step to come, and one that has found no room so far. */
const steps = [
  named('bad'),
  named('good'),
  named('next', { after: ['good'] }),
  named('crowded', { choices: [{ label: 'in one zone', input: {} }] }),
];
const source = { type: 'snapshot', ...resource, scope, place: 'secure', keyArn: null, sizeGiB: 1 };
const plan = {
  ...{ version: 1, fleet, tier: 'standard', resource, recoveryPoint: 'one', scheduledTime: '2026-11-21T02:00:00Z' },
  ...{
    source,
    target: scope,
    id: 'back',
    configurationFrom: 'none',
    polling: { shortestSeconds: 15, longestSeconds: 300 },
  },
  ...{ steps, usable: ['next'], keeps: 'next', lines: [], differences: [] },
} as unknown as RestorePlan;

const calls: string[] = [];
let goodMayEnd = false;
let undone = false;
const notYet = () => applicationFailure(failureTypes.notReady, 'not yet', { retryAfterSeconds: 15 });
const activities = {
  planRestore: async () => plan,
  startStep: async ({ step: { id } }: StepRequest) => {
    calls.push(`start ${id}`);
    if (id === 'crowded') throw applicationFailure(failureTypes.noCapacity, 'no room');
    return { handle: { id } };
  },
  awaitStep: async ({ step: { id } }: StepRequest) => {
    if (id === 'bad') throw applicationFailure(failureTypes.operationFailed, 'it has failed');
    if (!goodMayEnd) throw notYet();
    return {};
  },
  undoStep: async ({ step: { id } }: StepRequest) => {
    calls.push(`undo ${id}`);
    if (id !== 'bad' || undone) return;
    goodMayEnd = true;
    throw notYet();
  },
};

let service: TimeSkippingService;
beforeAll(async () => {
  service = await TimeSkippingService.start(activities, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

test('a step does not begin once another has failed and its work is being taken back', async () => {
  const handle = await service.client.workflow.start<typeof restoreRecoveryPoint>('restoreRecoveryPoint', {
    workflowId: 'restore/of/steps-that-fail-together',
    taskQueue: fleetTaskQueue(fleet),
    args: [{ resource: resource.arn }],
  });
  await service.skipUntil(() => calls.includes('undo bad'));
  // The other branch goes on meanwhile, and whoever waits for room wakes up.
  const crowded = calls.filter((call) => call === 'start crowded').length;
  await service.skip(3600);
  expect(calls).not.toContain('start next');
  expect(calls.filter((call) => call === 'start crowded')).toHaveLength(crowded);
  undone = true;
  await expect(service.runUntil(handle.result())).rejects.toMatchObject({
    cause: { type: failureTypes.operationFailed, message: 'it has failed' },
  });
  expect(calls).not.toContain('start next');
});
