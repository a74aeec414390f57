import { type Context } from '@temporalio/activity';
import { pointInLog } from '../../../src/worker/pointInLog';

const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn: 'arn:x' };
const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime: '2026-11-21T02:00:00Z' };
const point = 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z';

/** What a line of an activity of this workflow says besides. */
async function attributesOf(workflowId: string, input: unknown) {
  const { inbound, outbound } = pointInLog({ info: { workflowExecution: { workflowId, runId: 'r' } } } as Context);
  await inbound?.execute?.({ args: [input], headers: {} }, () => Promise.resolve());
  return outbound?.getLogAttributes?.({ attempt: 1 }, (attributes) => attributes);
}

test.each([
  ['a restore', 'restore/aurora-cluster/999999999999/eu-west-1/shop-restored', { identity }, { recoveryPoint: point }],
  ['the recovery point itself, whose workflow names it', `recovery-point/${point}`, { identity }, {}],
  ['a round, which is about many', 'fleet-backup-panda-standard', 'panda', {}],
])('a line of an activity of %s', async (_of, workflowId, input, named) => {
  expect(await attributesOf(workflowId, input)).toEqual({ attempt: 1, ...named });
});
