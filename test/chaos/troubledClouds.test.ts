import { vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { searchAttributes } from '../../src/core/searchAttributes';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, clusters, instance } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { proveClusters } from '../support/proveClusters';
import { RunningFleet } from '../support/runningFleet';
import { summaries, Visitor } from '../support/visitor';

const account = '999999999999';
const troubled = clusters('panda', account, 'troubled', 6);
const troubledInstance = instance('panda', account, 'troubled-instance');
/** These belong to no schedule: each is backed up by its own test. */
const cutOff = cluster('nobody', account, 'cut-off');
const unlucky = cluster('nobody', account, 'unlucky');
const cancelled = cluster('nobody', account, 'cancelled', { encryption: 'default' });

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [...troubled, troubledInstance, cutOff, unlucky, cancelled] });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account]), { workers: 2 });
}, 120_000);

beforeEach(() => sandbox.control.forget());
afterEach(() => sandbox?.control.heal());
afterAll(() => sandbox?.end());

const everywhere = (sourceKey: string) => [
  `source in ${account}/eu-west-1, available, ${sourceKey}`,
  `secure in ${vaultAccount}/eu-west-1, available, alias/farcopy`,
  `secure-dr in ${vaultAccount}/eu-central-1, available, alias/farcopy`,
];

test('when every tenth call goes wrong in one way or another, all is there and nothing twice', async () => {
  const faults = [
    { type: 'throttle' },
    { type: 'error', code: 'InternalFailure', status: 500 },
    { type: 'error-after-commit' },
    { type: 'timeout', seconds: 1 },
  ];
  for (const fault of faults) await sandbox.control.inject({ fault, probability: 0.026 });
  // Chance may spare the two calls that must not be repeated blindly: these are hit for certain.
  for (const action of ['CreateDBClusterSnapshot', 'CopyDBClusterSnapshot', 'CopyDBSnapshot'])
    await sandbox.control.inject({ match: { action }, fault: { type: 'error-after-commit' }, times: 1 });
  const round = await fleet.round();
  const summary = await round.result;
  const calls = await sandbox.control.calls();
  await sandbox.control.heal();

  expect(summary).toMatchObject({ state: 'completed', resources: 7, completed: 7 });
  expect(await proveClusters(sandbox, 'panda', troubled, round.scheduledTime)).toEqual([]);
  expect(summaries(await visitor.footprint(troubledInstance))).toEqual(everywhere('alias/farcopy'));
  expect((await beginnings(sandbox.control)).twice).toEqual([]);
  expect(calls.filter(({ fault }) => fault !== null).length).toBeGreaterThan(0.04 * calls.length);
}, 180_000);

test('what needs a region that is down waits for it, and goes on when it is back', async () => {
  await sandbox.control.inject({ match: { region: 'eu-central-1' }, fault: { type: 'region-down' } });
  const { scheduledTime } = await fleet.request(cutOff);
  await eventually('AWS was asked there in vain', async () => {
    const tried = (await sandbox.control.calls()).filter(
      ({ region, status }) => region === 'eu-central-1' && status === null,
    );
    return tried.length >= 5;
  });
  expect((await fleet.lifecycle(cutOff)).inFlight).toBe(scheduledTime);
  await sandbox.control.heal();

  expect(await fleet.outcome(cutOff, scheduledTime)).toMatchObject({ state: 'completed' });
  expect(await proveClusters(sandbox, 'panda', [cutOff], scheduledTime)).toEqual([]);
}, 180_000);

test('a copy that fails in AWS is removed and told of, and the next try makes only what is missing', async () => {
  await sandbox.control.inject({
    match: { action: 'CopyDBClusterSnapshot', region: 'eu-central-1', resource: unlucky.id },
    fault: { type: 'fail-operation' },
    times: 1,
  });
  const failed = await fleet.backUp(unlucky);
  expect(failed).toMatchObject({
    state: 'partially-failed',
    reason: expect.stringMatching(
      /^copy:secure-dr: arn:aws:rds:eu-central-1:\S+: the service reports it as failed; /,
    ) as string,
  });
  expect(summaries(await visitor.footprint(unlucky))).toEqual(everywhere('alias/farcopy').slice(0, 2));

  expect(await fleet.backUp(unlucky, failed.scheduledTime)).toMatchObject({ state: 'completed' });
  expect(await proveClusters(sandbox, 'panda', [unlucky], failed.scheduledTime)).toEqual([]);
  const { begun, twice } = await beginnings(sandbox.control);
  expect(begun).toBe(3);
  expect(twice).toEqual([expect.stringMatching(/^CopyDBClusterSnapshot 111111111111\/eu-central-1\//)]);
}, 120_000);

test('cancelling removes the half-done copy, the intermediate and the share', async () => {
  await sandbox.control.inject({
    match: { action: 'CopyDBClusterSnapshot', account: vaultAccount, resource: cancelled.id },
    fault: { type: 'hang-operation' },
  });
  const { scheduledTime } = await fleet.request(cancelled);
  await eventually('its copy into the vault is under way', async () =>
    (await visitor.footprint(cancelled)).find(
      ({ status, where }) => status === 'copying' && where.startsWith(vaultAccount),
    ),
  );
  expect(summaries(await visitor.footprint(cancelled))).toContainEqual(
    `source-shareable in ${account}/eu-west-1, available, alias/farcopy, shared with ${vaultAccount}`,
  );
  const handle = fleet.recoveryPoint(cancelled, scheduledTime);
  await handle.cancel();

  expect(await fleet.outcome(cancelled, scheduledTime)).toMatchObject({ state: 'cancelled' });
  expect(summaries(await visitor.footprint(cancelled))).toEqual(everywhere('alias/aws/rds').slice(0, 1));
  const { status, typedSearchAttributes } = await handle.describe();
  expect([status.name, typedSearchAttributes.get(searchAttributes.state)]).toEqual(['CANCELLED', 'Cancelled']);
}, 120_000);
