import { vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { type LimitRef } from '../../src/core/limits/limit';
import { messageNames } from '../../src/core/messageNames';
import { serviceLimitWorkflowId } from '../../src/core/naming';
import { type PermitQueueState } from '../../src/core/limits/permitQueue';
import { type SweepReport } from '../../src/core/sweep/sweep';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { proveClusters } from '../support/proveClusters';
import { RunningFleet } from '../support/runningFleet';
import { summaries, Visitor } from '../support/visitor';

const account = '999999999999';
const terminated = cluster('panda', account, 'terminated');
const waiting = cluster('panda', account, 'waiting');
const lent = [
  cluster('panda', account, 'lent'),
  // With a copy that is only there in between.
  cluster('panda', account, 'lent-under-default-key', { encryption: 'default' }),
];
const limit: LimitRef = {
  account: vaultAccount,
  region: 'eu-central-1',
  limit: 'cluster-snapshot-cross-region-copies',
};
/** For so long after its end a workflow's last call may still be on its way to AWS. */
const graceMilliseconds = 60_000;

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [terminated, waiting, ...lent] });
  visitor = new Visitor(sandbox);
  const limits = [{ ...limit, capacity: 1 }];
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account], { limits }));
}, 120_000);

afterAll(() => sandbox?.end());

function permits(): Promise<PermitQueueState> {
  return fleet.client.workflow.getHandle(serviceLimitWorkflowId(limit)).query<PermitQueueState>(messageNames.permits);
}

const ids = (requests: readonly { resource: { id: string } }[]) => requests.map(({ resource }) => resource.id);

async function copiesAsked(id: string): Promise<number> {
  const calls = await sandbox.control.calls();
  return calls.filter(
    ({ action, region, resource }) =>
      action === 'CopyDBClusterSnapshot' && region === limit.region && resource?.includes(`-${id}-`),
  ).length;
}

test('the permit of a terminated recovery point goes to the next only once AWS says that its copy has ended', async () => {
  await sandbox.control.inject({
    match: { action: 'CopyDBClusterSnapshot', region: limit.region, resource: terminated.id },
    fault: { type: 'hang-operation' },
    times: 1,
  });
  const { scheduledTime } = await fleet.request(terminated);
  const copy = await eventually('its copy to the second region is under way', async () =>
    (await visitor.footprint(terminated)).find(
      ({ status, where }) => status === 'copying' && where.endsWith(limit.region),
    ),
  );
  const next = await fleet.request(waiting);
  await eventually('the other one waits for the permit', async () =>
    ids((await permits()).waiters).includes(waiting.id),
  );

  const handle = fleet.recoveryPoint(terminated, scheduledTime);
  await handle.terminate('a person did');
  const endedAt = (await handle.describe()).closeTime?.getTime() ?? NaN;
  const later = await eventually(
    'the semaphore has looked once the workflow’s end was beyond doubt, or has taken the permit away',
    async () => {
      const state = await permits();
      const beyondDoubt = (state.observedAt ?? 0) > endedAt + graceMilliseconds + 2000;
      return beyondDoubt || !ids(state.holders).includes(terminated.id) ? state : undefined;
    },
    120,
  );
  expect({ holders: ids(later.holders), waiters: ids(later.waiters) }).toEqual({
    holders: [terminated.id],
    waiters: [waiting.id],
  });
  expect(await copiesAsked(waiting.id)).toBe(0);

  await sandbox.control.finish(copy.arn);
  expect(await fleet.outcome(waiting, next.scheduledTime)).toMatchObject({ state: 'completed' });
  expect(await proveClusters(sandbox, 'panda', [waiting], next.scheduledTime)).toEqual([]);
  expect(await permits()).toMatchObject({ holders: [], waiters: [] });

  // The same moment again: what is there already is taken over, proven and not made twice.
  expect(await fleet.outcome(terminated, scheduledTime)).toMatchObject({ state: 'failed' });
  expect(await fleet.backUp(terminated, scheduledTime)).toMatchObject({ state: 'completed' });
  expect(await proveClusters(sandbox, 'panda', [terminated], scheduledTime)).toEqual([]);
  expect(await beginnings(sandbox.control)).toEqual({ begun: 6, twice: [] });
}, 240_000);

test('a sweep takes back what terminated recovery points were lent once AWS reads it no more, and nothing of one that goes on', async () => {
  await sandbox.control.inject({
    match: { action: 'CopyDBClusterSnapshot', account: vaultAccount, region: 'eu-west-1', resource: 'farcopy-lent-' },
    fault: { type: 'hang-operation' },
  });
  const sweep = async () => {
    const { code, stdout } = await fleet.farcopy('sweep', '--json');
    expect(code).toBe(0);
    return (JSON.parse(stdout) as { sweep: SweepReport }).sweep;
  };
  const shared = async () =>
    (await Promise.all(lent.map(async (one) => summaries(await visitor.footprint(one)))))
      .flat()
      .filter((copy) => copy.includes(`shared with ${vaultAccount}`));

  const requests = await Promise.all(lent.map((database) => fleet.request(database)));
  await eventually('their copies into the vault are under way', async () => {
    const footprints = await Promise.all(lent.map((one) => visitor.footprint(one)));
    return footprints.every((copies) =>
      copies.some(({ status, where }) => status === 'copying' && where.startsWith(vaultAccount)),
    );
  });
  const lentNow = [
    `source in ${account}/eu-west-1, available, alias/farcopy, shared with ${vaultAccount}`,
    `source-shareable in ${account}/eu-west-1, available, alias/farcopy, shared with ${vaultAccount}`,
  ];
  expect(await shared()).toEqual(lentNow);
  expect(await sweep()).toMatchObject({ found: [], kept: [], problems: [] });
  expect(await shared()).toEqual(lentNow);

  for (const [i, { scheduledTime }] of requests.entries())
    await fleet.recoveryPoint(lent[i] ?? waiting, scheduledTime).terminate('a person did');
  const whatIsLent = [
    expect.stringMatching(new RegExp(`^share of copy farcopy-lent-\\d.* with ${vaultAccount}$`)) as string,
    expect.stringMatching(/^temporary copy farcopy-lent-under-default-key-/) as string,
  ];
  /** What is left alone, and the one reason for it. */
  const sweepKeeps = async (why: unknown) => {
    const { removed, kept, problems } = await sweep();
    expect({ removed, problems }).toEqual({ removed: [], problems: [] });
    expect(kept.map(({ what }) => what).sort()).toEqual(whatIsLent);
    expect(kept.map((one) => one.why)).toEqual([why, why]);
    expect(await shared()).toEqual(lentNow);
  };
  await sweepKeeps('AWS may still be copying it: it is not a day old');
  const copies = (await Promise.all(lent.map((one) => visitor.footprint(one)))).flat();
  for (const { arn, where } of copies) if (where.startsWith(account)) await sandbox.control.age(arn, 25);
  await sweepKeeps(expect.stringMatching(/^another copy of its recovery point is being made: /));
  for (const { arn, status } of copies) if (status === 'copying') await sandbox.control.finish(arn);
  expect([...(await sweep()).removed].sort()).toEqual(whatIsLent);
  expect(await shared()).toEqual([]);
  const left = await Promise.all(lent.map(async (one) => summaries(await visitor.footprint(one))));
  expect(left.flat().filter((copy) => copy.includes(`in ${account}`))).toEqual([
    `source in ${account}/eu-west-1, available, alias/farcopy`,
    `source in ${account}/eu-west-1, available, alias/aws/rds`,
  ]);
  expect(await sweep()).toMatchObject({ found: [], removed: [], kept: [], problems: [] });
}, 120_000);
