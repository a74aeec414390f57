import { type WorkflowHandle } from '@temporalio/client';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue, recoveryPointId, transferWorkflowId } from '../../src/core/naming';
import { type BucketVault } from '../../src/core/backup/policy';
import { searchAttributes } from '../../src/core/searchAttributes';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { FakeActivities } from '../fakes/activities';
import {
  bucketVault,
  cluster,
  fleet,
  policyInto,
  recoveryPointInput,
  recoveryPointWorkflowIdOf,
  scheduledTime,
} from './fixtures';
import { TimeSkippingService } from './timeSkippingService';
import { untilCancelled } from './untilCancelled';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

const connect = { user: null, authentication: { type: 'iam' }, tls: 'require' } as const;

/** A cluster whose recovery point goes to buckets of other clouds too, in accounts that no other test uses. */
function scene(...buckets: BucketVault[]) {
  tests += 1;
  const account = `3000000000${String(tests).padStart(2, '0')}`;
  const vault = `4000000000${String(tests).padStart(2, '0')}`;
  const resource = cluster(account);
  const standard = policyInto(vault, { connect });
  const policy = {
    ...standard,
    route: [...standard.route, ...(buckets.length === 0 ? [bucketVault('other-cloud')] : buckets)],
  };
  fake.policies.set(account, policy);
  const input = recoveryPointInput(resource, { policy });
  const run = async () => {
    const handle: WorkflowHandle<typeof createRecoveryPoint> = await service.client.workflow.start<
      typeof createRecoveryPoint
    >('createRecoveryPoint', {
      workflowId: recoveryPointWorkflowIdOf(resource),
      taskQueue: fleetTaskQueue(fleet),
      args: [input],
    });
    const result = await service.runUntil(handle.result());
    const { typedSearchAttributes: shown } = await handle.describe();
    return { ...result, shownState: shown.get(searchAttributes.state), reason: shown.get(searchAttributes.reason) };
  };
  return { account, vault, resource, run };
}

describe('the recovery bundle', () => {
  it('is written as soon as there is a snapshot, with what the fleet file says of connections', async () => {
    const { account, run } = scene();
    const { state } = await run();
    expect(state).toBe('completed');
    expect(fake.described.get(account)?.step.input).toMatchObject({ bucket: 's3://panda-exports', connect });
    const calls = fake.callsOf(account);
    const at = (call: string) => calls.indexOf(call);
    const written = at('startStep bundle:other-cloud');
    expect(at('startStep snapshot')).toBeLessThan(written);
    expect(written).toBeLessThan(at('startStep export:other-cloud'));
    expect(calls.filter((call) => call === 'startStep bundle:other-cloud')).toHaveLength(1);
  });

  it('that cannot be written for an hour makes the recovery point partial, and costs no copy', async () => {
    const { account, run } = scene();
    fake.on('startStep', account, 'bundle:other-cloud', () => {
      throw applicationFailure(failureTypes.transient, 'S3 is away');
    });
    const result = await run();
    expect(result).toMatchObject({ state: 'partially-failed', shownState: 'PartiallyFailed' });
    expect(result.failures).toEqual([
      { step: 'bundle:other-cloud', type: failureTypes.transient, message: 'S3 is away' },
    ]);
    expect(result.copies.map(({ place }) => place).sort()).toEqual(
      ['other-cloud', 'other-cloud-export', 'secure', 'secure-dr', 'source'].sort(),
    );
  });

  it('of a database that is gone is missing, and says so', async () => {
    const { account, run } = scene();
    fake.on('startStep', account, 'bundle:other-cloud', () => {
      throw applicationFailure(failureTypes.notFound, 'the resource was gone before it could be described');
    });
    expect(await run()).toMatchObject({
      state: 'partially-failed',
      failures: [{ step: 'bundle:other-cloud', type: failureTypes.notFound }],
    });
  });

  it('without a schema leaves the recovery point complete, with a note that is seen', async () => {
    const { resource, run } = scene();
    fake.unread = ({ arn }) => (arn === resource.arn ? ['schema of database shop: no permission'] : []);
    const { state, reason, notes } = await run();
    expect({ state, reason }).toEqual({
      state: 'completed',
      reason: 'bundle:other-cloud: schema of database shop: no permission',
    });
    expect(notes).toHaveLength(1);
  });

  it('is not written where no snapshot was made', async () => {
    const { account, run } = scene();
    fake.on('startStep', account, 'snapshot', () => {
      throw applicationFailure(failureTypes.stockExhausted, 'no room');
    });
    await expect(run()).rejects.toMatchObject({ cause: { type: failureTypes.stockExhausted } });
    expect(fake.callsOf(account, 'startStep')).not.toContain('startStep bundle:other-cloud');
  });
});

describe('a transfer that someone cancels by itself', () => {
  it('costs the copy in its bucket, and no other: those in vaults stay, one that is still being made too', async () => {
    const { account, resource, run } = scene();
    // The copy in the second region is still under way then.
    fake.operationSeconds = ({ id }) => (id === 'copy:secure-dr' ? 12 * 3600 : 600);
    const point = recoveryPointId(resource, scheduledTime);
    fake.on('planTransfer', account, null, async () => {
      await service.client.workflow.getHandle(transferWorkflowId(point, 'other-cloud')).cancel();
      await untilCancelled();
    });
    const result = await run();
    fake.operationSeconds = () => 600;

    expect(result).toMatchObject({ state: 'partially-failed', shownState: 'PartiallyFailed' });
    expect(result.failures).toEqual([{ step: 'transfer:other-cloud', type: 'Unknown', message: 'cancelled' }]);
    expect(result.copies.map(({ place }) => place).sort()).toEqual([
      'other-cloud-export',
      'secure',
      'secure-dr',
      'source',
    ]);
    expect(fake.callsOf(account, 'undoStep')).toEqual(['undoStep share:secure']);
    expect(fake.callsOf(account, 'cleanUpTransfer')).toHaveLength(1);
  });
});

describe('the copies in AWS', () => {
  it('prove what lies in buckets, each vault copy told once', async () => {
    const { account, run } = scene(bucketVault('one'), bucketVault('two'));
    await run();
    expect(fake.callsOf(account, 'startStep').filter((call) => call === 'startStep sign')).toHaveLength(1);
    const { step, results } = fake.signed.get(account) ?? {};
    expect(step?.input).toEqual({
      copies: ['copy:secure', 'copy:secure-dr'],
      transfers: ['transfer:one', 'transfer:two'],
    });
    const told = Object.fromEntries(
      Object.entries(results ?? {}).map(([id, { copy, facts }]) => [id, facts ?? copy?.place]),
    );
    expect(told).toEqual({
      'copy:secure': 'secure',
      'copy:secure-dr': 'secure-dr',
      'transfer:one': { manifestSha256: 'manifest in gs://panda-one', bundleSha256: 'bundle' },
      'transfer:two': { manifestSha256: 'manifest in gs://panda-two', bundleSha256: 'bundle' },
    });
  });

  it('that cannot be told leave the recovery point complete, with a note', async () => {
    const { account, run } = scene();
    fake.on('startStep', account, 'sign', () => {
      throw applicationFailure(failureTypes.configuration, 'the vault role may not rds:AddTagsToResource');
    });
    const { state, reason } = await run();
    expect(state).toBe('completed');
    expect(reason).toContain('may not rds:AddTagsToResource');
  });
});
