import { type WorkflowHandle } from '@temporalio/client';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue } from '../../src/core/naming';
import { type BucketVault } from '../../src/core/backup/policy';
import { searchAttributes } from '../../src/core/searchAttributes';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { FakeActivities } from '../fakes/activities';
import { cluster, fleet, policyInto, recoveryPointInput, recoveryPointWorkflowIdOf } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

const connect = { user: null, authentication: { type: 'iam' }, tls: 'require' } as const;
const bucketVault = (name: string): BucketVault => ({
  name,
  bucket: `gs://panda-${name}`,
  export: {
    bucket: 's3://panda-exports',
    role: 'arn:aws:iam::111111111111:role/farcopy-export',
    key: 'alias/farcopy',
  },
  lock: null,
  bytesPerSecond: null,
});

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
    expect(fake.bundles.get(account)).toMatchObject({ bucket: 's3://panda-exports', connect });
    const calls = fake.callsOf(account);
    const at = (call: string) => calls.indexOf(call);
    const written = at('writeRecoveryBundle s3://panda-exports');
    expect(at('startLeg snapshot')).toBeLessThan(written);
    expect(written).toBeLessThan(at('startLeg export:other-cloud'));
    expect(calls.filter((call) => call.startsWith('writeRecoveryBundle'))).toHaveLength(1);
  });

  it('that cannot be written for an hour makes the recovery point partial, and costs no copy', async () => {
    const { account, run } = scene();
    fake.on('writeRecoveryBundle', account, null, () => {
      throw applicationFailure(failureTypes.transient, 'S3 is away');
    });
    const result = await run();
    expect(result).toMatchObject({ state: 'partially-failed', shownState: 'PartiallyFailed' });
    expect(result.failures).toEqual([
      { leg: 'bundle:other-cloud', type: failureTypes.transient, message: 'S3 is away' },
    ]);
    expect(result.copies.map(({ place }) => place).sort()).toEqual(
      ['other-cloud', 'other-cloud-export', 'secure', 'secure-dr', 'source'].sort(),
    );
  });

  it('of a database that is gone is missing, and says so', async () => {
    const { resource, run } = scene();
    fake.described = ({ arn }) => (arn === resource.arn ? null : { unread: [] });
    expect(await run()).toMatchObject({
      state: 'partially-failed',
      failures: [{ leg: 'bundle:other-cloud', type: failureTypes.notFound }],
    });
  });

  it('without a schema leaves the recovery point complete, with a note that is seen', async () => {
    const { resource, run } = scene();
    fake.described = ({ arn }) => ({ unread: arn === resource.arn ? ['schema of database shop: no permission'] : [] });
    const { state, reason, notes } = await run();
    expect({ state, reason }).toEqual({
      state: 'completed',
      reason: 'bundle:other-cloud: schema of database shop: no permission',
    });
    expect(notes).toHaveLength(1);
  });

  it('is not written where no snapshot was made', async () => {
    const { account, run } = scene();
    fake.on('startLeg', account, 'snapshot', () => {
      throw applicationFailure(failureTypes.stockExhausted, 'no room');
    });
    await expect(run()).rejects.toMatchObject({ cause: { type: failureTypes.stockExhausted } });
    expect(fake.callsOf(account, 'writeRecoveryBundle')).toEqual([]);
  });
});

describe('the copies in AWS', () => {
  it('prove what lies in buckets, each vault copy told once', async () => {
    const { vault, run } = scene(bucketVault('one'), bucketVault('two'));
    await run();
    expect(fake.callsOf(vault, 'signCopies')).toEqual(['signCopies eu-west-1 eu-central-1']);
    expect(fake.signed.get(vault)).toMatchObject({
      copies: [{ scope: { access: 'vault' } }, { scope: { access: 'vault' } }],
      bundles: ['bundle'],
    });
    expect([...(fake.signed.get(vault)?.manifests ?? [])].sort()).toEqual([
      'manifest in gs://panda-one',
      'manifest in gs://panda-two',
    ]);
  });

  it('that cannot be told leave the recovery point complete, with a note', async () => {
    const { vault, run } = scene();
    fake.on('signCopies', vault, null, () => {
      throw applicationFailure(failureTypes.configuration, 'the vault role may not rds:AddTagsToResource');
    });
    const { state, reason } = await run();
    expect(state).toBe('completed');
    expect(reason).toContain('may not rds:AddTagsToResource');
  });
});
