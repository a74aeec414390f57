import { MockActivityEnvironment } from '@temporalio/testing';
import { planActivities } from '../../../../src/activities/backup/planBackup';
import { policyOf } from '../../../../src/config';
import { ConnectedKinds } from '../../../../src/kinds/kind';
import { FakeCloud } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

const policy = { ...policyOf(fleetOf(), 'standard'), rpoSeconds: 24 * 3600 };
const scheduledTime = '2026-11-21T02:00:00Z';

/** Plans the backup of a resource at rest since then, whose last whole recovery point is that of `last`. */
async function plan(since: string | null, last: string | null) {
  const cloud = new FakeCloud();
  const resource = cloud.addResource({
    ...{ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' },
  });
  const kind = cloud.kind('aurora-cluster');
  const description = { ...kind.description, atRest: () => ({ reason: 'it is stopped', since }) };
  const { planBackup } = planActivities({
    kinds: new ConnectedKinds([Object.create(kind, { description: { value: description } }) as typeof kind]),
    lastWhole: async () => last,
  });
  const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
  return new MockActivityEnvironment().run(planBackup, identity, policy);
}

describe('of a resource at rest, the last recovery point', () => {
  test.each([
    [
      'within the RPO of when it came to rest is current, however long ago',
      '2026-11-10T00:00:00Z',
      '2026-11-09T02:00:00Z',
    ],
    ['after it came to rest is current', '2026-11-10T00:00:00Z', '2026-11-11T02:00:00Z'],
    ['is current for one RPO where nobody tells since when it rests', null, '2026-11-20T02:00:00Z'],
  ])('%s', async (_, since, last) => {
    expect(await plan(since, last)).toMatchObject({
      steps: [],
      resting: expect.stringContaining('still current') as string,
    });
  });

  test.each([
    ['older than the RPO when it came to rest may lack what changed', '2026-11-10T00:00:00Z', '2026-11-08T02:00:00Z'],
    ['is not current for longer than an RPO where nobody tells since when it rests', null, '2026-11-19T02:00:00Z'],
    ['is missing', '2026-11-10T00:00:00Z', null],
  ])('%s', async (_, since, last) => {
    await expect(plan(since, last)).rejects.toMatchObject({
      ...{ type: 'Configuration', nonRetryable: true },
      message: expect.stringContaining('start it') as string,
    });
  });
});
