import {
  defaultRegion,
  scratchAccount,
  secondRegion,
  vaultAccount,
  visitorRole,
} from '../../sandbox/seed/sandboxAccounts';
import { Random } from '../../simulation/random';
import { listServiceLimits } from '../../src/client/limits/serviceLimits';
import { beginnings } from '../support/beginnings';
import { withBoto3 } from '../support/boto3/withBoto3';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, clusters, type Database, instance, resourceOf } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { RunningFleet } from '../support/runningFleet';

const shop = '999999999999';
const billing = '888888888888';
const members = [
  ...clusters('panda', shop, 'shop', 6),
  ...clusters('panda', billing, 'billing', 5),
  instance('panda', shop, 'ledger'),
  instance('panda', billing, 'journal'),
  // With a copy that is only there in between.
  cluster('panda', shop, 'shop-under-default-key', { encryption: 'default' }),
  cluster('panda', billing, 'billing-under-default-key', { encryption: 'default' }),
  instance('panda', billing, 'journal-under-default-key', { encryption: 'default' }),
];
const onTheWay = members.filter(({ encryption }) => encryption === 'default').length;

/** The same seed kills after as many calls, and the same one of the two. */
const seed = 'panda';
const kills = 24;
const workers = 2;

const accounts = [shop, billing, vaultAccount, scratchAccount];
const regions = [defaultRegion, secondRegion(defaultRegion)];

let sandbox: CloudSandbox;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: members,
    seconds: { snapshot: 2, copy: 2, crossRegionCopy: 4 },
  });
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [shop, billing]), { workers });
}, 120_000);

afterAll(() => sandbox?.end());

/** What Farcopy has asked AWS so far. */
async function calls(): Promise<number> {
  return (await sandbox.control.calls()).filter(({ principal }) => principal.includes('farcopy')).length;
}

const placesOf = ({ account, region }: Database) => [
  `${account}/${region}`,
  `${vaultAccount}/${region}`,
  `${vaultAccount}/${secondRegion(region)}`,
];

test(`${kills} workers killed at random: boto3 finds three whole copies of each of 16 resources, and nothing else`, async () => {
  const random = new Random(seed);
  const { result, workflowId, runId, scheduledTime } = await fleet.round();
  const handle = fleet.client.workflow.getHandle(workflowId, runId);
  for (let kill = 1; kill <= kills; kill += 1) {
    const moment = (await calls()) + random.whole(1, 10);
    await eventually(`the moment of kill ${kill} is there`, async () => (await calls()) >= moment, 90);
    expect({ kill, round: (await handle.describe()).status.name }).toEqual({ kill, round: 'RUNNING' });
    await fleet.killWorker(random.whole(0, workers - 1));
    await fleet.startWorkers(1);
  }
  expect(await result).toMatchObject({ state: 'completed', resources: 16, completed: 16, problems: [] });

  const expected = Object.fromEntries(members.map((member) => [resourceOf(member).arn, placesOf(member)]));
  const places = accounts.flatMap((account) => regions.map((region) => `${account}/${region}`));
  const audit = await withBoto3(sandbox, 'auditCopies', [visitorRole, JSON.stringify(expected), ...places]);
  expect(audit).toEqual({ code: 0, stdout: '48 copies of 16 resources\n', stderr: '' });
  expect(await beginnings(sandbox.control)).toEqual({ begun: 3 * members.length + onTheWay, twice: [] });

  await eventually('nobody holds a permit, and nobody waits for one', async () => {
    const limits = await listServiceLimits(fleet.client);
    return limits.length > 0 && limits.every(({ holders, waiters }) => holders.length + waiters.length === 0);
  });
  // Nothing of this round is made again for its own time.
  const again = await Promise.all(members.map((member) => fleet.request(member, scheduledTime)));
  expect(again.map(({ disposition }) => disposition)).toEqual(members.map(() => 'done'));
}, 360_000);
