import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { overrideCapacities } from '../../../../src/client/limits/serviceLimits';
import { signalLifecycles } from '../../../../src/client/backup/signalLifecycles';
import { type LimitRef } from '../../../../src/core/limits/limit';
import { lifecycleWorkflowId, recoveryPointWorkflowId, serviceLimitWorkflowId } from '../../../../src/core/naming';
import { type NamedResource } from '../../../../src/client/backup/recoveryPointSnapshot';

/** Temporal with some open workflows; remembers which were told something. */
function temporalWith(open: readonly string[], paused: readonly string[] = []) {
  const told: string[] = [];
  const tell = (id: string) => async () => {
    told.push(id);
    return Promise.resolve();
  };
  const getHandle = (id: string) => ({
    describe: () =>
      open.includes(id) ? Promise.resolve({}) : Promise.reject(new WorkflowNotFoundError('none', id, undefined)),
    signal: tell(id),
    executeUpdate: tell(id),
  });
  const list = () => paused.map((workflowId) => ({ workflowId }));
  return { told, client: { workflow: { getHandle, list } } as unknown as Client };
}

const resource = (id: string): NamedResource => ({
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id,
});
const limit = (region: string): LimitRef => ({
  account: '999999999999',
  region,
  limit: 'cluster-snapshots-in-progress',
});

describe('telling several workflows something', () => {
  const known = resource('panda-1');

  test('every lifecycle gets the signal', async () => {
    const { client, told } = temporalWith([lifecycleWorkflowId(known)]);
    await signalLifecycles(client, [known], 'pause');
    expect(told).toEqual([lifecycleWorkflowId(known)]);
  });

  test('a resource without a lifecycle is named, and the others are left as they are', async () => {
    const { client, told } = temporalWith([lifecycleWorkflowId(known)]);
    await expect(signalLifecycles(client, [known, resource('nobody')], 'pause')).rejects.toThrow(
      'aurora-cluster/999999999999/eu-west-1/nobody is not protected',
    );
    expect(told).toEqual([]);
  });

  test('a recovery point goes on that its lifecycle has left behind paused, and no other', async () => {
    const paused = [known, resource('panda-10')].map((one) =>
      recoveryPointWorkflowId(`${lifecycleWorkflowId(one).slice('protect/'.length)}/2026-11-21T02:00:00Z`),
    );
    const begunAnew = temporalWith([lifecycleWorkflowId(known)], paused);
    await signalLifecycles(begunAnew.client, [known], 'resume');
    expect(begunAnew.told).toEqual([lifecycleWorkflowId(known), paused[0]]);
    const terminated = temporalWith([], paused);
    await signalLifecycles(terminated.client, [known], 'resume');
    expect(terminated.told).toEqual([paused[0]]);
    await expect(signalLifecycles(terminated.client, [resource('panda')], 'resume')).rejects.toThrow(
      'is not protected',
    );
  });

  test('a limit that nothing has met is named, and the capacities of others stay', async () => {
    const { client, told } = temporalWith([serviceLimitWorkflowId(limit('eu-west-1'))]);
    const set = (region: string) => ({ ...limit(region), capacity: 3 });
    await expect(overrideCapacities(client, [set('eu-west-1'), set('us-east-1')])).rejects.toThrow(
      '999999999999/us-east-1/cluster-snapshots-in-progress: no backup has met this limit yet',
    );
    expect(told).toEqual([]);
    await overrideCapacities(client, [set('eu-west-1')]);
    expect(told).toEqual([serviceLimitWorkflowId(limit('eu-west-1'))]);
  });
});
