import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paginateDescribeDBClusterSnapshots } from '@aws-sdk/client-rds';
import {
  lifecycleWorkflowId,
  recoveryPointId,
  recoveryPointWorkflowId,
  scheduledTimeLabel,
  serviceLimitTaskQueue,
  serviceLimitWorkflowId,
} from '../../src/core/naming';
import { messageNames } from '../../src/core/messageNames';
import { type Round, RunningFleet } from '../support/runningFleet';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { clusters, type Database, resourceOf } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { previousBuild } from '../support/previousBuild';
import { proveClusters } from '../support/proveClusters';
import { Visitor } from '../support/visitor';

const shop = '999999999999';
const unversioned = clusters('plain', shop, 'plain', 4);
const versioned = clusters('pinned', shop, 'pinned', 4);

let sandbox: CloudSandbox;
let visitor: Visitor;
let folder: string;
let previous: string;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [...unversioned, ...versioned],
    seconds: { snapshot: 4, copy: 4, crossRegionCopy: 12 },
  });
  visitor = new Visitor(sandbox);
  folder = await mkdtemp(join(tmpdir(), 'farcopy-previous-'));
  previous = await previousBuild(folder);
}, 120_000);

afterAll(async () => {
  await sandbox?.end();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Snapshots in the source account, of databases whose names begin so. */
async function snapshotsOf(prefix: string): Promise<number> {
  const client = await visitor.rds(shop, 'eu-west-1');
  let found = 0;
  for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots(
    { client },
    { SnapshotType: 'manual' },
  ))
    found += DBClusterSnapshots.filter(({ DBClusterIdentifier = '' }) => DBClusterIdentifier.startsWith(prefix)).length;
  return found;
}

/** As operations.md has an operator do it. */
async function makeCurrent(fleet: RunningFleet, buildId: string): Promise<void> {
  for (const deployment of ['pinned', serviceLimitTaskQueue])
    await eventually(`${deployment} knows build ${buildId}`, async () => {
      const { code } = await fleet.temporal(
        ...['worker', 'deployment', 'set-current-version', '--yes'],
        ...['--deployment-name', deployment, '--build-id', buildId],
      );
      return code === 0;
    });
}

/** The deployment and build by which a workflow last ran. */
async function buildOf(fleet: RunningFleet, workflowId: string): Promise<string> {
  const { raw } = await fleet.client.workflow.getHandle(workflowId).describe();
  const { deploymentName, buildId } = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion ?? {};
  return `${deploymentName}/${buildId}`;
}

const lifecycleOf = (database: Database) => lifecycleWorkflowId(resourceOf(database));
const recoveryPointOf = (database: Database, { scheduledTime }: Round) =>
  recoveryPointWorkflowId(recoveryPointId(resourceOf(database), scheduledTimeLabel(scheduledTime)));
const limitOf = (account: string) =>
  serviceLimitWorkflowId({ account, region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' });

async function proven(fleet: string, members: readonly Database[], round: Round): Promise<void> {
  expect(await round.result).toMatchObject({ state: 'completed', resources: 4, completed: 4 });
  expect(await proveClusters(sandbox, fleet, members, round.scheduledTime, { ofTime: true })).toEqual([]);
}

test('workers roll to the new code in mid-backup, and back, without versions', async () => {
  const fleet = await RunningFleet.start(sandbox, fleetDocument('plain', [shop]), { build: { program: previous } });
  const before = await beginnings(sandbox.control);

  const forth = await fleet.round();
  await eventually('snapshots are being made', async () => (await snapshotsOf('plain')) > 0, 60);
  await fleet.endWorkers();
  await fleet.startWorkers(1);
  await proven('plain', unversioned, forth);

  const back = await fleet.round();
  await eventually('snapshots are being made', async () => (await snapshotsOf('plain')) > unversioned.length, 60);
  await fleet.endWorkers();
  await fleet.startWorkers(1, undefined, { program: previous });
  await proven('plain', unversioned, back);

  await fleet.endWorkers();
  const { begun, twice } = await beginnings(sandbox.control);
  expect({ begun: begun - before.begun, twice }).toEqual({ begun: 2 * 3 * unversioned.length, twice: [] });
}, 300_000);

test('with versions, work ends with the build that began it, and lifecycles move to the current one, and back', async () => {
  const [one] = versioned;
  if (one === undefined) throw new Error('a fleet of nothing');
  const named = (buildId: string) => ({ TEMPORAL_DEPLOYMENT_NAME: 'pinned', TEMPORAL_WORKER_BUILD_ID: buildId });
  const fleet = await RunningFleet.start(sandbox, fleetDocument('pinned', [shop]), {
    build: { program: previous, variables: named('old') },
  });
  const before = await beginnings(sandbox.control);
  await makeCurrent(fleet, 'old');

  const forth = await fleet.round();
  await eventually('snapshots are being made', async () => (await snapshotsOf('pinned')) > 0, 60);
  await fleet.startWorkers(1, undefined, { variables: named('new') });
  await makeCurrent(fleet, 'new');
  await proven('pinned', versioned, forth);
  expect(await buildOf(fleet, recoveryPointOf(one, forth))).toBe('pinned/old');

  const back = await fleet.round();
  await eventually('snapshots are being made', async () => (await snapshotsOf('pinned')) > versioned.length, 60);
  // They have been asked for this round.
  expect(await buildOf(fleet, lifecycleOf(one))).toBe('pinned/new');
  expect(await buildOf(fleet, limitOf(shop))).toBe('farcopy-service-limits/new');
  await makeCurrent(fleet, 'old');
  await proven('pinned', versioned, back);
  expect(await buildOf(fleet, recoveryPointOf(one, back))).toBe('pinned/new');
  await fleet.client.workflow.getHandle(lifecycleOf(one)).signal(messageNames.pause);
  await eventually('the lifecycle is back', async () => (await buildOf(fleet, lifecycleOf(one))) === 'pinned/old');

  await fleet.endWorkers();
  const { begun, twice } = await beginnings(sandbox.control);
  expect({ begun: begun - before.begun, twice }).toEqual({ begun: 2 * 3 * versioned.length, twice: [] });
}, 300_000);
