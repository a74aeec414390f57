import { type DBClusterSnapshot, paginateDescribeDBClusterSnapshots } from '@aws-sdk/client-rds';
import { vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, clusters } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { proveClusters } from '../support/proveClusters';
import { RunningFleet } from '../support/runningFleet';
import { Visitor } from '../support/visitor';

const shop = '999999999999';
const billing = '888888888888';
const members = [
  ...clusters('panda', shop, 'panda', 8),
  ...clusters('panda', billing, 'panda-billing', 3),
  // With a copy that is only there in between.
  cluster('panda', billing, 'panda-under-default-key', { encryption: 'default' }),
];

let sandbox: CloudSandbox;
let visitor: Visitor;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: members });
  visitor = new Visitor(sandbox);
}, 120_000);

afterAll(() => sandbox?.end());

async function manualSnapshots(account: string, region: string): Promise<DBClusterSnapshot[]> {
  const client = await visitor.rds(account, region);
  const found: DBClusterSnapshot[] = [];
  for await (const page of paginateDescribeDBClusterSnapshots({ client }, { SnapshotType: 'manual' }))
    found.push(...(page.DBClusterSnapshots ?? []));
  return found;
}

test('killing every worker twice in the middle of a round loses nothing and repeats nothing', async () => {
  const fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [shop, billing]), { workers: 2 });
  const round = await fleet.round();

  await eventually('snapshots are being made, and clusters wait for a slot', async () => {
    const [there, inBilling] = await Promise.all([
      manualSnapshots(shop, 'eu-west-1'),
      manualSnapshots(billing, 'eu-west-1'),
    ]);
    return there.length < 8 && [...there, ...inBilling].some(({ Status }) => Status === 'creating');
  });
  await fleet.killWorkers();
  await fleet.startWorkers(2);

  await eventually(
    'copies into the second region are being made, and not all are there',
    async () => {
      const there = await manualSnapshots(vaultAccount, 'eu-central-1');
      return there.length < members.length && there.some(({ Status }) => Status === 'copying');
    },
    120,
  );
  await fleet.killWorkers();
  await fleet.startWorkers(2);

  expect(await round.result).toMatchObject({ state: 'completed', resources: 12, completed: 12 });
  const underOwnKeys = members.filter(({ encryption }) => encryption === 'cmk');
  expect(await proveClusters(sandbox, 'panda', underOwnKeys, round.scheduledTime)).toEqual([]);

  // Three for each, and the intermediate of the one under the default key.
  expect(await beginnings(sandbox.control)).toEqual({ begun: 3 * 12 + 1, twice: [] });
  const left = await Promise.all(
    (
      [
        [shop, 'eu-west-1'],
        [billing, 'eu-west-1'],
        [vaultAccount, 'eu-west-1'],
        [vaultAccount, 'eu-central-1'],
      ] as const
    ).map(async ([account, region]) => [`${account}/${region}`, (await manualSnapshots(account, region)).length]),
  );
  expect(Object.fromEntries(left)).toEqual({
    [`${shop}/eu-west-1`]: 8,
    [`${billing}/eu-west-1`]: 4,
    [`${vaultAccount}/eu-west-1`]: 12,
    [`${vaultAccount}/eu-central-1`]: 12,
  });
}, 300_000);
