import {
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { keyAlias, vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { type LimitName } from '../../src/core/limits/limit';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, clusters, type Database } from '../support/database';
import { type RecordedCall } from '../support/emulatorControl';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { proveClusters } from '../support/proveClusters';
import { RunningFleet } from '../support/runningFleet';
import { Visitor } from '../support/visitor';

const shop = '999999999999';
const billing = '888888888888';
const accounts = [shop, billing];

const firstOfAll = cluster('nobody', shop, 'first-of-all');
const someoneElses = cluster('nobody', shop, 'someone-elses');
const someoneElsesInVault = cluster('nobody', vaultAccount, 'someone-elses-in-vault');
const pandas = [...clusters('panda', shop, 'panda', 5), ...clusters('panda', billing, 'panda-billing', 2)];
const koalas = [...clusters('koala', shop, 'koala', 5), ...clusters('koala', billing, 'koala-billing', 2)];
const foxes = clusters('fox', shop, 'fox', 6);
const lynxes = clusters('lynx', shop, 'lynx', 6);

let sandbox: CloudSandbox;
let visitor: Visitor;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [firstOfAll, someoneElses, someoneElsesInVault, ...pandas, ...koalas, ...foxes, ...lynxes],
    namespaces: ['elsewhere'],
  });
  visitor = new Visitor(sandbox);
}, 120_000);

afterAll(() => sandbox?.end());

const prove = (fleet: string, members: readonly Database[], time: Date | string) =>
  proveClusters(sandbox, fleet, members, time);

/** The most that ran at once under a limit, by account. */
async function highWater(limit: LimitName): Promise<Record<string, number>> {
  const uses = (await sandbox.control.limits()).filter((use) => use.limit === limit && use.highWater > 0);
  return Object.fromEntries(uses.map((use) => [`${use.account}/${use.region}`, use.highWater]));
}

const refusals = (calls: readonly RecordedCall[]) =>
  calls.filter((call) => call.errorCode === 'SnapshotQuotaExceeded' && call.principal.includes('farcopy'));

/** Somebody takes snapshots and copies of their own, which last until they are ended. */
async function takeSlots(snapshots: number, copies: number): Promise<{ free: () => Promise<void> }> {
  const near = await visitor.rds(vaultAccount, 'eu-west-1');
  const far = await visitor.rds(vaultAccount, 'eu-central-1');
  const source = { DBClusterIdentifier: someoneElsesInVault.id, DBClusterSnapshotIdentifier: 'someone-elses-source' };
  const made = await near.send(new CreateDBClusterSnapshotCommand(source));
  const sourceArn = made.DBClusterSnapshot?.DBClusterSnapshotArn ?? '';
  await eventually('their snapshot is there', async () => {
    const { DBClusterSnapshots } = await near.send(new DescribeDBClusterSnapshotsCommand(source));
    return DBClusterSnapshots?.[0]?.Status === 'available';
  });
  await sandbox.control.inject({ match: { resource: 'someone-elses-slot' }, fault: { type: 'hang-operation' } });
  const rds = await visitor.rds(shop, 'eu-west-1');
  const taken = await Promise.all([
    ...Array.from({ length: snapshots }, (_, i) =>
      rds.send(
        new CreateDBClusterSnapshotCommand({
          DBClusterIdentifier: someoneElses.id,
          DBClusterSnapshotIdentifier: `someone-elses-slot-${i}`,
        }),
      ),
    ),
    ...Array.from({ length: copies }, (_, i) =>
      far.send(
        new CopyDBClusterSnapshotCommand({
          SourceDBClusterSnapshotIdentifier: sourceArn,
          TargetDBClusterSnapshotIdentifier: `someone-elses-slot-${i}`,
          KmsKeyId: keyAlias,
        }),
      ),
    ),
  ]);
  return {
    async free() {
      await sandbox.control.heal();
      for (const { DBClusterSnapshot } of taken)
        await sandbox.control.finish(DBClusterSnapshot?.DBClusterSnapshotArn ?? '');
    },
  };
}

test('two fleets share the limits of their accounts with each other and with what others do there', async () => {
  const [panda, koala] = await Promise.all([
    RunningFleet.start(sandbox, fleetDocument('panda', accounts)),
    RunningFleet.start(sandbox, fleetDocument('koala', accounts)),
  ]);
  // From this one the semaphore believes that nobody else is at work, until it looks again.
  const first = await panda.backUp(firstOfAll);
  expect(await prove('panda', [firstOfAll], first.scheduledTime)).toEqual([]);

  const others = await takeSlots(5, 3);
  const rounds = await Promise.all([panda.round(), koala.round()]);
  await eventually('AWS has refused snapshots for want of a slot', async () => {
    return refusals(await sandbox.control.calls()).some((call) => call.action === 'CreateDBClusterSnapshot');
  });
  await eventually('the other account’s copies have come to the limit of the second region', async () => {
    return (await highWater('cluster-snapshot-cross-region-copies'))[`${vaultAccount}/eu-central-1`] === 5;
  });
  await others.free();

  for (const { result } of rounds) expect(await result).toMatchObject({ state: 'completed', completed: 7 });
  expect(await prove('panda', pandas, rounds[0].scheduledTime)).toEqual([]);
  expect(await prove('koala', koalas, rounds[1].scheduledTime)).toEqual([]);
  expect((await beginnings(sandbox.control)).twice).toEqual([]);
  expect(await highWater('cluster-snapshots-in-progress')).toMatchObject({ [`${shop}/eu-west-1`]: 5 });
  expect(await highWater('cluster-snapshot-cross-region-copies')).toEqual({ [`${vaultAccount}/eu-central-1`]: 5 });
}, 180_000);

test('fleets of different namespaces know nothing of each other, and both finish', async () => {
  const [fox, lynx] = await Promise.all([
    RunningFleet.start(sandbox, fleetDocument('fox', [shop])),
    RunningFleet.start(sandbox, fleetDocument('lynx', [shop]), { namespace: 'elsewhere' }),
  ]);
  await sandbox.control.forget();
  const rounds = await Promise.all([fox.round(), lynx.round()]);
  for (const { result } of rounds) expect(await result).toMatchObject({ state: 'completed', completed: 6 });

  expect(await prove('fox', foxes, rounds[0].scheduledTime)).toEqual([]);
  expect(await prove('lynx', lynxes, rounds[1].scheduledTime)).toEqual([]);
  expect((await beginnings(sandbox.control)).twice).toEqual([]);
  for (const limit of ['cluster-snapshots-in-progress', 'cluster-snapshot-cross-region-copies'] as const)
    expect(Math.max(...Object.values(await highWater(limit)))).toBeLessThanOrEqual(5);
}, 180_000);
