import { untold } from '../../src/core/ledger/entry';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AddTagsToResourceCommand } from '@aws-sdk/client-rds';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { scratchAccount, scratchNetwork, vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { type ListedCopy } from '../../src/client';
import { chooseDrill, startDrill } from '../../src/client/drill/runDrill';
import { type ServiceLimitStatus } from '../../src/client/limits/serviceLimits';
import { copyTags } from '../../src/core/catalogue/copy';
import { drillTags } from '../../src/core/drill/drillScratch';
import { workflowNames } from '../../src/core/messageNames';
import { fleetBackupScheduleId, fleetTaskQueue, restoreWorkflowId, scheduledTimeLabel } from '../../src/core/naming';
import { type SweepReport } from '../../src/core/sweep/sweep';
import { beginnings } from '../support/beginnings';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, type Database, instance, resourceOf } from '../support/database';
import { awsDrills, drilledFleet, otherCloud, scratchThings } from '../support/drilledFleet';
import { type InjectedFault } from '../support/emulatorControl';
import { eventually } from '../support/eventually';
import { fleetDocument, type FleetDocument, selectOf, tier } from '../support/fleetDocument';
import { RunningFleet } from '../support/runningFleet';
import { summaries, Visitor } from '../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const drillName = 'first-region';
/** The tier whose copies go to the other cloud, and are drilled. */
const archive = 'archive';
const tiers = [tier, archive];

/** Each is named for what is under way of it when everything ends. */
const snapped = cluster(fleetName, account, 'snapped');
const copied = cluster(fleetName, account, 'copied');
const crossing = cluster(fleetName, account, 'crossing');
/** With a copy that is only there in between. */
const lent = cluster(fleetName, account, 'lent', { encryption: 'default' });
const exported = cluster(archive, account, 'exported', { data: { database: 'shop', rows: 100 } });
const restored = cluster(fleetName, account, 'restored');
const ledger = instance(fleetName, account, 'ledger');
const paused = cluster(fleetName, account, 'paused');
const backedUp = [snapped, copied, crossing, lent, exported, restored, ledger];
const members = [...backedUp, paused];
const ofTier = members.filter(({ id }) => id !== exported.id);

const toVault = { action: 'CopyDBClusterSnapshot', account: vaultAccount };
const restoring = { action: 'RestoreDBClusterFromSnapshot', account: scratchAccount };
/** What AWS begins and does not end until it is told to, one of each sort. */
const hanging: readonly InjectedFault['match'][] = [
  { action: 'CreateDBClusterSnapshot', resource: `farcopy-${snapped.id}-` },
  { ...toVault, region: 'eu-west-1', resource: `farcopy-${copied.id}-` },
  { ...toVault, region: 'eu-central-1', resource: `farcopy-${crossing.id}-` },
  { ...toVault, region: 'eu-west-1', resource: `farcopy-${lent.id}-` },
  { action: 'StartExportTask', resource: `farcopy-${exported.id}-` },
  { ...restoring, region: 'eu-central-1' },
  { ...restoring, region: 'eu-west-1' },
];
const overridden = `${vaultAccount}/eu-central-1/cluster-snapshot-cross-region-copies`;
const quick = { base: 1, perGiB: 0 };

const standard = fleetDocument(fleetName, [account]).tiers[tier] as FleetDocument['tiers'][string];
const ordinary = drilledFleet(fleetName, [account], { [drillName]: awsDrills[drillName] });
const document: FleetDocument = {
  ...ordinary,
  vaults: { ...ordinary.vaults, 'other-cloud': otherCloud(fleetName) },
  select: [
    ...selectOf(fleetName, ['aurora-cluster', 'rds-instance']),
    { kind: 'aurora-cluster', tags: { fleet: archive }, tier: archive },
  ],
  tiers: {
    [tier]: standard,
    [archive]: { ...ordinary.tiers[tier], ...standard, route: ['secure', 'other-cloud'] },
  },
  restore: { targets: [{ account: scratchAccount }] },
};

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
/** The latest times of the schedules, oldest first: each part of the tests ends in the middle of one of these rounds. */
let times: readonly Date[];

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: members,
    bucketsOf: fleetName,
    temporalOnDisk: true,
    settings: {
      durations: {
        snapshot: quick,
        'copy-same-region': quick,
        'copy-cross-region': quick,
        export: quick,
        restore: quick,
        'create-instance': quick,
      },
    },
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, document, { workers: 2 });
  times = await latestTimes(3);
  const outcomes = await Promise.all([fleet.backUp(restored), fleet.backUp(exported, undefined, archive)]);
  expect(outcomes.map(({ state, reason }) => ({ state, reason }))).toEqual(
    outcomes.map(() => ({ state: 'completed', reason: null })),
  );
  // What a person has set.
  await fleet.backUp(paused);
  await answered('pause', paused.id);
  await answered('limits', '--set', `${overridden}=4`);
  await fleet.client.schedule.getHandle(fleetBackupScheduleId(fleetName, archive)).pause('a person did');
}, 180_000);

afterAll(() => sandbox?.end());

/** What a command answers that has nothing to complain of. */
async function answered<T = unknown>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await fleet.farcopy(...words, '--json');
  expect({ words, code, stderr: code === 0 ? '' : stderr }).toEqual({ words, code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

async function latestTimes(n: number): Promise<Date[]> {
  const { info } = await fleet.client.schedule.getHandle(fleetBackupScheduleId(fleetName, tier)).describe();
  const next = info.nextActionTimes[0]?.getTime() ?? NaN;
  return Array.from({ length: n }, (_, i) => new Date(next - (n - i) * 24 * 3600_000));
}

/** Has the schedules begin their rounds of a time that has passed, as the runbook tells a person to. */
async function roundsOf(time: Date): Promise<readonly (() => Promise<unknown>)[]> {
  const around = (seconds: number) => new Date(time.getTime() + seconds * 1000).toISOString();
  for (const of of tiers) {
    const { code, stderr } = await fleet.temporal(
      ...['schedule', 'backfill', '--schedule-id', fleetBackupScheduleId(fleetName, of)],
      ...['--start-time', around(-60), '--end-time', around(60), '--overlap-policy', 'AllowAll'],
    );
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  }
  return tiers.map((of) => async (): Promise<unknown> => {
    const id = `fleet-backup/${fleetName}/${of}-${scheduledTimeLabel(time)}`;
    await eventually(`there is ${id}`, () =>
      fleet.client.workflow
        .getHandle(id)
        .describe()
        .then(
          () => true,
          () => false,
        ),
    );
    return fleet.client.workflow.getHandle(id).result();
  });
}

const limits = async () => (await answered<{ limits: ServiceLimitStatus[] }>('limits')).limits;
/** The one whose capacity a person has changed. */
const limitOf = async () => (await limits()).find((one) => `${one.account}/${one.region}/${one.limit}` === overridden);

async function schedulePaused(): Promise<boolean> {
  const { state } = await fleet.client.schedule.getHandle(fleetBackupScheduleId(fleetName, archive)).describe();
  return state.paused;
}

interface UnderWay {
  readonly rounds: readonly (() => Promise<unknown>)[];
  readonly restore: WorkflowHandle;
  readonly drill: WorkflowHandle;
}

const target = (id: string) => ({ kind: restored.kind, account: scratchAccount, region: 'eu-central-1', id });

async function beginRestore(id: string): Promise<WorkflowHandle> {
  return fleet.client.workflow.start(workflowNames.restoreRecoveryPoint, {
    workflowId: restoreWorkflowId(target(id)),
    taskQueue: fleetTaskQueue(fleetName),
    args: [
      {
        ...{ resource: restored.id, from: 'secure-dr', to: `${scratchAccount}/eu-central-1`, as: id },
        options: { subnetGroup: scratchNetwork },
      },
    ],
  });
}

/** The rounds of a time, a restore and a drill, each of them in the middle of something in AWS. */
async function midFleet(time: Date, restoredAs: string): Promise<UnderWay> {
  await sandbox.control.forget();
  const faults = await Promise.all(
    hanging.map((match) => sandbox.control.inject({ match, fault: { type: 'hang-operation' }, times: 1 })),
  );
  const chosen = chooseDrill(fleet.fleet, drillName);
  const [rounds, restore, { workflowId, runId }] = await Promise.all([
    roundsOf(time),
    beginRestore(restoredAs),
    startDrill(fleet.client, { name: fleetName, state: null }, resourceOf(exported), chosen, {}, untold),
  ]);
  await eventually('AWS is in the middle of each of them', async () =>
    (await Promise.all(faults.map((id) => sandbox.control.isSpent(id)))).every((spent) => spent),
  );
  await eventually('everything else is done', async () =>
    isDeepStrictEqual(await left(time), interrupted('creating', 'copying')),
  );
  return { rounds, restore, drill: fleet.client.workflow.getHandle(workflowId, runId) };
}

/** `kill -9` of every worker and of the Temporal server. */
const everythingEnds = () => Promise.all([fleet.killWorkers(), sandbox.killTemporal()]);

/** AWS ends what it was asked for, whether anybody still waits for it or not. */
async function awsGoesOn(): Promise<void> {
  const nouns: Readonly<Record<string, string>> = {
    StartExportTask: 'export-task',
    RestoreDBClusterFromSnapshot: 'cluster',
  };
  const struck = (await sandbox.control.calls()).filter(({ fault }) => fault !== null);
  expect(struck).toHaveLength(hanging.length);
  for (const { action, region, account: owner, resource } of struck)
    await sandbox.control.finish(`arn:aws:rds:${region}:${owner}:${nouns[action] ?? 'cluster-snapshot'}:${resource}`);
}

/** What the hosts had on their disks is gone: all files but Temporal's own, and the logs of the clouds. */
async function disksAreLost(): Promise<void> {
  for (const name of await readdir(sandbox.folder))
    if (!/^(temporal\.db|aws|gcs)/.test(name)) await rm(join(sandbox.folder, name), { recursive: true });
  // Without the fleet file there is nothing to go on with.
  expect((await fleet.farcopy('apply')).code).toBe(2);
}

/** From where its versions are kept. */
const bringBackFleetFile = () => writeFile(join(sandbox.folder, `${fleetName}.yaml`), JSON.stringify(document));

/** The copies of a database of a time, as an account that has nothing to do with Farcopy sees them. */
async function leftOf(database: Database, time: Date | string): Promise<string[]> {
  const footprint = await visitor.footprint(database);
  return summaries(footprint.filter(({ tags }) => tags[copyTags.scheduledTime] === scheduledTimeLabel(time))).sort();
}

const at = {
  source: `source in ${account}/eu-west-1`,
  shareable: `source-shareable in ${account}/eu-west-1`,
  secure: `secure in ${vaultAccount}/eu-west-1`,
  second: `secure-dr in ${vaultAccount}/eu-central-1`,
};
const own = 'alias/farcopy';
const toTheVault = `shared with ${vaultAccount}`;

const wholeOf = ({ id, encryption }: Database) => [
  `${at.secure}, available, ${own}`,
  ...(id === exported.id ? [] : [`${at.second}, available, ${own}`]),
  `${at.source}, available, ${encryption === 'default' ? 'alias/aws/rds' : own}`,
];

/** What there is of each in the middle of a round; the status of what AWS makes is as given. */
const interrupted = (snapshot: string, copy: string): Readonly<Record<string, readonly string[]>> => ({
  [snapped.id]: [`${at.source}, ${snapshot}, ${own}, not verified`],
  [copied.id]: [`${at.secure}, ${copy}, ${own}, not verified`, `${at.source}, available, ${own}, ${toTheVault}`],
  [crossing.id]: wholeOf(crossing).map((one) =>
    one.startsWith(at.second) ? `${at.second}, ${copy}, ${own}, not verified` : one,
  ),
  [lent.id]: [
    `${at.secure}, ${copy}, ${own}, not verified`,
    `${at.source}, available, alias/aws/rds`,
    `${at.shareable}, available, ${own}, ${toTheVault}`,
  ],
  ...whole([exported, restored, ledger]),
});

const whole = (databases: readonly Database[]) => Object.fromEntries(databases.map((one) => [one.id, wholeOf(one)]));

/** What there is of each of a time. */
async function left(time: Date | string, databases: readonly Database[] = backedUp) {
  return Object.fromEntries(
    await Promise.all(databases.map(async (one) => [one.id, await leftOf(one, time)] as const)),
  );
}

/** The copies of what was restored that others may read, by their recovery points. */
async function lentToRestores(): Promise<readonly { readonly point: string; readonly to: readonly string[] }[]> {
  return (await visitor.footprint(restored)).flatMap(({ sharedWith: to, tags }) =>
    to.length === 0 ? [] : [{ point: tags[copyTags.recoveryPoint] ?? '', to }],
  );
}

describe.each([
  ['with every disk kept', 0, async () => Promise.resolve()],
  ['with only Temporal’s data kept', 1, disksAreLost],
])('everything ends at once in mid-fleet, %s', (_, nth, befalls) => {
  test('all goes on, nothing is made twice, and what a person has set holds', async () => {
    const time = times[nth] ?? new Date(NaN);
    const { rounds, restore, drill } = await midFleet(time, `back-${nth}`);
    await everythingEnds();
    await befalls();
    await awsGoesOn();
    await sandbox.reviveTemporal();
    await bringBackFleetFile();
    // A server that has just been started answers late: exit code 5 says that the same may work later.
    const applied = await eventually('Temporal answers', async () => {
      const { code, stdout } = await fleet.farcopy('apply', '--json');
      return code === 5 ? undefined : { code, ...(JSON.parse(stdout) as object) };
    });
    expect(applied).toMatchObject({ code: 0, changed: false });
    await fleet.startWorkers(2);

    expect(await Promise.all(rounds.map((result) => result()))).toMatchObject([
      { completed: 6, failed: 0 },
      { completed: 1, failed: 0 },
    ]);
    expect(await restore.result()).toMatchObject({ id: `back-${nth}`, from: { place: 'secure-dr' } });
    expect(await drill.result()).toMatchObject({ verdict: 'passed', tornDown: true });
    expect(await left(time)).toEqual(whole(backedUp));
    expect((await beginnings(sandbox.control)).twice).toEqual([]);
    expect((await scratchThings(visitor)).filter((what) => /drill-|snapshot/.test(what))).toEqual([]);
    expect(await lentToRestores()).toEqual([]);
    expect((await fleet.lifecycle(paused)).paused).toBe(true);
    expect(await leftOf(paused, time)).toEqual([]);
    expect((await limitOf())?.capacity).toBe(4);
    expect(await schedulePaused()).toBe(true);
    expect((await fleet.lifecycle(restored)).outcomes).toHaveLength(nth + 2);
  }, 120_000);
});

describe('everything ends at once in mid-fleet, and only the clouds are kept', () => {
  const back = 'back-of-nobody';
  let time: Date;
  let lost: UnderWay;
  let before: readonly string[];

  beforeAll(async () => {
    time = times[2] ?? new Date(NaN);
    lost = await midFleet(time, back);
    before = proven(await copies());
    await everythingEnds();
    await disksAreLost();
    // It is looked through for secrets before it goes for good.
    await sandbox.reviveTemporal();
    await sandbox.loseTemporal();
    await sandbox.startEmptyTemporal();
    fleet = await RunningFleet.start(sandbox, document, { workers: 2 });
  }, 120_000);

  const copies = async () => (await answered<{ copies: ListedCopy[] }>('copies', '--limit', '0')).copies;
  const proven = (listed: readonly ListedCopy[]) =>
    listed
      .filter(({ verified }) => verified !== null)
      .map(({ recoveryPoint, place }) => `${recoveryPoint} in ${place}`)
      .sort();
  const sweep = async () => (await answered<{ sweep: SweepReport }>('sweep')).sweep;

  test('every proven copy is listed; what was under way, and what people had set, is forgotten', async () => {
    const listed = await copies();
    expect(proven(listed)).toEqual(before);
    expect(listed.filter(({ verified }) => verified?.startsWith('restore ')).map(({ place }) => place)).toContain(
      'secure',
    );
    expect(await answered('status', '--limit', '0')).toMatchObject({ total: 0, rounds: [], lifecycles: [] });
    expect(await answered('drills')).toMatchObject({ drills: [] });
    expect(await limits()).toEqual([]);
    expect(await schedulePaused()).toBe(false);
    for (const { workflowId } of [lost.restore, lost.drill])
      await expect(fleet.client.workflow.getHandle(workflowId).describe()).rejects.toThrow(WorkflowNotFoundError);
  });

  test('the next round makes a whole recovery point of each, also of what was paused, beside what still runs', async () => {
    const { result, scheduledTime } = await fleet.round();
    expect(await result).toMatchObject({ completed: ofTier.length, failed: 0 });
    expect(await left(scheduledTime, ofTier)).toEqual(whole(ofTier));
    expect((await beginnings(sandbox.control)).twice).toEqual([]);
    expect(await limitOf()).toMatchObject({ foreign: 1, capacityOverride: null });
    expect((await fleet.lifecycle(restored)).outcomes).toHaveLength(1);
  }, 120_000);

  test('what AWS has ended since then is whole and unproven; what was lent to make it is lent still', async () => {
    await awsGoesOn();
    expect(await left(time)).toEqual(interrupted('available', 'available'));
    // As the runbook asks for it.
    const unproven = (await copies()).filter(({ copy }) => copy !== null && copy.tags[copyTags.verified] === undefined);
    expect(unproven.map(({ recoveryPoint, place }) => `${recoveryPoint.split('/')[3]} in ${place}`).sort()).toEqual([
      'copied in secure',
      'crossing in secure-dr',
      'lent in secure',
      'snapped in source',
    ]);
    const { removed, kept } = await sweep();
    expect(removed).toEqual([]);
    expect(
      kept.map(({ what, why }) => `${what.replace(/-\d{8}t.*?( |$)|-[0-9a-z]{13} /, ' ')}: ${why}`).sort(),
    ).toEqual([
      `aurora-cluster drill-exported (${scratchAccount}/eu-west-1): Temporal knows nothing of its workflow, and it is not an hour old`,
      ...[
        `share of copy farcopy-copied (${account}/eu-west-1) with ${vaultAccount}`,
        `temporary copy farcopy-lent (${account}/eu-west-1)`,
      ].map((what) => `${what}: AWS may still be copying it: it is not a day old`),
    ]);
  }, 60_000);

  test('the interrupted round, begun again, takes over what is there and takes back what was lent', async () => {
    const rounds = await roundsOf(time);
    expect(await Promise.all(rounds.map((result) => result()))).toMatchObject([
      { completed: ofTier.length, failed: 0 },
      { completed: 1, failed: 0 },
    ]);
    expect(await left(time, members)).toEqual(whole(members));
    // Since before the loss.
    expect((await beginnings(sandbox.control)).twice).toEqual([]);
    const calls = await sandbox.control.calls();
    expect(calls.filter(({ action, status }) => action === 'StartExportTask' && status === 200)).toHaveLength(1);
  }, 120_000);

  test('what a restore had made is nobody’s; what it was lent goes back with the next restore of that copy', async () => {
    const [lentStill] = await lentToRestores();
    expect(lentStill?.to).toEqual([scratchAccount]);
    const { code, stdout } = await fleet.farcopy(...restoreWords(back), '--json');
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining(back) as string });
    await answered(...restoreWords('back-again'), '--point', lentStill?.point ?? '');
    expect(await lentToRestores()).toEqual([]);
    expect(await scratchThings(visitor)).toContain(`eu-central-1 cluster ${back}`);
  }, 60_000);

  test('what a drill had made is removed once it began more than an hour ago', async () => {
    const rds = await visitor.rds(scratchAccount, 'eu-west-1');
    const inScratch = async () => (await scratchThings(visitor)).filter((what) => what.startsWith('eu-west-1'));
    const things = await inScratch();
    expect(things).toHaveLength(1);
    for (const what of things)
      await rds.send(
        new AddTagsToResourceCommand({
          ResourceName: `arn:aws:rds:eu-west-1:${scratchAccount}:${what.replace('eu-west-1 ', '').replace(' ', ':')}`,
          Tags: [{ Key: drillTags.since, Value: new Date(Date.now() - 3700_000).toISOString() }],
        }),
      );
    expect((await sweep()).removed).toHaveLength(things.length);
    expect(await inScratch()).toEqual([]);
  }, 60_000);
});

const restoreWords = (id: string) => [
  ...['restore', restored.id, '--from', 'secure-dr', '--to', `${scratchAccount}/eu-central-1`],
  ...['--as', id, '--subnet-group', scratchNetwork],
];
