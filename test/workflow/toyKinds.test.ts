import { type Notification } from '../../src/core/notification';
import { Context } from '@temporalio/activity';
import { type WorkflowHandle } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { VaultListings } from '../../src/activities/catalogue/vaultListings';
import { planActivities } from '../../src/activities/backup/planBackup';
import { protectionActivities } from '../../src/activities/catalogue/lastProtected';
import { drillActivities } from '../../src/activities/drill/drill';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { restoreActivities } from '../../src/activities/restore/restore';
import { stepActivities } from '../../src/activities/steps/steps';
import { transferActivities } from '../../src/activities/transfer/transfer';
import { type Fleet, parseFleet, policyOf } from '../../src/config';
import { copyTags } from '../../src/core/catalogue/copy';
import { type RecoveryPointRecord } from '../../src/core/catalogue/manifest';
import { failureTypes } from '../../src/core/failure';
import {
  recoveryPointId,
  recoveryPointWorkflowId,
  restoreWorkflowId,
  scheduledTimeLabel,
  serviceLimitWorkflowId,
  transferTaskQueue,
} from '../../src/core/naming';
import { resourceRef } from '../../src/core/resource';
import { connectKinds, describedKinds } from '../../src/kinds/registry';
import { BufferPool } from '../../src/transfer/bufferPool';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { type restoreDrill } from '../../src/workflows/restoreDrill';
import { type restoreRecoveryPoint } from '../../src/workflows/restoreRecoveryPoint';
import { crate } from '../kinds/crate/crate';
import { crateUrlVariable, showsWithinVariable } from '../kinds/crate/crateApi';
import { CrateService, type StoredCrate } from '../kinds/crate/crateService';
import { shelf } from '../kinds/shelf/shelf';
import { shelfUrlVariable } from '../kinds/shelf/shelfClient';
import { ShelfService, type StoredShelf } from '../kinds/shelf/shelfService';
import { keyArn, ToyClouds } from '../kinds/support/toyClouds';
import { TimeSkippingService } from './timeSkippingService';

// What travels to buckets has a queue of its own: here its worker does everything else too.
const queue = transferTaskQueue('panda');
const region = 'eu-west-1';
const scratchAccount = '333333333333';
const toys = new ToyClouds();
const notifications: Notification[] = [];
const kinds = describedKinds([crate, shelf]);
const connected = connectKinds([crate, shelf], toys.clouds);
const openBucket = ({ bucket }: { readonly bucket: string }) => toys.bucket(bucket);
let service: TimeSkippingService;
let crates: CrateService;
let shelves: ShelfService;
let fleet: Fleet;
let scenes = 0;

beforeAll(async () => {
  const now = () => service.now();
  const slow = { lagSeconds: 110, copySeconds: 300, crossRegionSeconds: 900, createSeconds: 60 };
  process.env[showsWithinVariable] = '120';
  crates = await CrateService.start(slow, now);
  shelves = await ShelfService.start(async (name, key, content) => void toys.bucket(name).put(key, content), {}, now);
  process.env[crateUrlVariable] = crates.server.url;
  process.env[shelfUrlVariable] = shelves.server.url;
  fleet = fleetOf('999999999999', '111111111111');

  const vaults = (): VaultListings => new VaultListings(fleet, connected);
  const named = (tier: string) => policyOf(fleet, tier);
  const protection = protectionActivities({
    described: kinds,
    kinds: connected,
    vaults: { verified: (...asked) => vaults().verified(...asked) },
    openBucket,
    policyOf: named,
  });
  const planning = {
    get fleet() {
      return fleet;
    },
    kinds: connected,
    scopes: async () => [{ account: owner(), region }],
    readBundle: async () => null,
  };
  const unasked = () => Promise.reject(new Error('no toy answers SQL'));
  const activities = {
    ...planActivities({
      kinds: connected,
      lastWhole: ({ resource, tier, scheduledTime }) => protection.lastProtected(resource, tier, scheduledTime),
      policyOf: named,
      vaults: { verified: (...asked) => vaults().verified(...asked) },
    }),
    ...stepActivities({
      kinds: connected,
      general: {},
      shareInUse: async () => ({ readers: [], silent: [] }),
    }),
    ...restoreActivities(planning),
    ...drillActivities({
      ...planning,
      get fleet() {
        return fleet;
      },
      openBucket,
      readSecret: unasked,
      ...{ servers: new Set(), ownPassword: undefined },
      connections: { open: unasked },
    }),
    ...protection,
    ...serviceLimitActivities(connected.all),
    ...transferActivities({
      openSource: ({ bucket }) => toys.bucket(bucket),
      openTarget: ({ bucket }) => toys.bucket(bucket),
      memory: new BufferPool(16 * 1024 * 1024),
    }),
    handOverNotification: async (notification: Notification) => void notifications.push(notification),
  };
  service = await TimeSkippingService.start(onItsClock(activities), queue);
});
afterAll(async () => {
  await service?.stop();
  await Promise.all([crates?.server.stop(), shelves?.server.stop()]);
});
afterEach(() => {
  crates.server.heal();
  shelves.server.heal();
  crates.unusableKeys.clear();
  shelves.closedBuckets.clear();
});

/** A try that comes again is stamped by the server that skips time with the time of the one before. */
function onItsClock(activities: object): object {
  const wrapped = Object.entries(activities).map(([name, run]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      Object.assign(Context.current().info, { currentAttemptScheduledTimestampMs: await service.now() });
      return run(...args);
    },
  ]);
  return Object.fromEntries(wrapped) as object;
}

function fleetOf(account: string, vault: string): Fleet {
  return parseFleet(
    `
fleet: panda
roles:
  source: "arn:aws:iam::{account}:role/farcopy-source"
  vault: "arn:aws:iam::{account}:role/farcopy-vault"
  restore: "arn:aws:iam::{account}:role/farcopy-restore"
accounts: [{id: "${account}", regions: [${region}]}]
vaults:
  secure: {account: "${vault}", key: alias/farcopy}
  far: {account: "${vault}", region: eu-central-1, key: alias/farcopy}
  gcs:
    bucket: gs://panda-backups-${account}
    export: {bucket: "s3://panda-exports-${account}", role: "arn:aws:iam::${vault}:role/export", key: alias/farcopy}
select:
  - {kind: crate, tags: {tier: near}, tier: near}
  - {kind: crate, tags: {tier: distant}, tier: distant}
  - {kind: shelf, tags: {tier: shelves}, tier: shelves}
tiers:
  near:
    schedule: "0 2 * * *"
    rpo: 26h
    route: [secure, far]
    retention: {daily: 14, minimum: 2}
    drills: {weekly: {from: far, to: {account: "${scratchAccount}", region: ${region}}, read: none}}
  distant: {schedule: "0 2 * * *", rpo: 26h, route: [far], retention: {daily: 14, minimum: 2}}
  shelves: {schedule: "0 2 * * *", rpo: 26h, route: [gcs], retention: {daily: 14, minimum: 2}, verify: full}
restore: {targets: [{account: "${scratchAccount}"}]}
polling: {shortest: 15s, longest: 5m}
`,
    'fleet.yaml',
    { kinds },
  );
}

const owner = () => `1000000000${String(scenes).padStart(2, '0')}`;
const vault = () => `2000000000${String(scenes).padStart(2, '0')}`;

/** Accounts that no other test uses, so that they share no limit. */
function scene(): void {
  scenes += 1;
  fleet = fleetOf(owner(), vault());
}

function plantCrate(changes: Partial<StoredCrate> = {}): StoredCrate {
  return crates.plant({ account: owner(), region, ...changes });
}

const refOf = (thing: StoredCrate | StoredShelf) =>
  'name' in thing ? { ...thing, kind: 'shelf', id: thing.name } : { ...thing, kind: 'crate' };

const now = async () => scheduledTimeLabel(await service.now());

async function begin(thing: StoredCrate | StoredShelf, tier: string) {
  const resource = resourceRef(refOf(thing));
  const scheduledTime = await now();
  return service.client.workflow.start<typeof createRecoveryPoint>('createRecoveryPoint', {
    workflowId: recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)),
    taskQueue: queue,
    args: [
      {
        version: 1,
        identity: { fleet: 'panda', tier, resource, scheduledTime },
        policy: policyOf(fleet, tier),
        learned: {},
        paused: false,
      },
    ],
  });
}

async function backUp(thing: StoredCrate | StoredShelf, tier = 'near') {
  return service.runUntil((await begin(thing, tier)).result());
}

/** Why a workflow ended. */
function failureOf(handle: WorkflowHandle): Promise<{ type?: string; message: string } | null> {
  return service.runUntil(
    handle.result().then(
      () => null,
      (error: Error) => error.cause as { type?: string; message: string },
    ),
  );
}

const placesOf = (one: StoredCrate) =>
  crates.copiesOf(one).map(({ tags, account, region: where }) => `${tags[copyTags.place]} ${account}/${where}`);

describe('a crate, whose copies bear ids of the service', () => {
  test('is copied to every place of its route, each copy proven and found by its marker', async () => {
    scene();
    const one = plantCrate();
    expect(await backUp(one)).toMatchObject({ state: 'completed', failures: [], notes: [] });
    expect(placesOf(one)).toEqual([
      `source ${owner()}/${region}`,
      `secure ${vault()}/${region}`,
      `far ${vault()}/eu-central-1`,
    ]);
    for (const { tags, content } of crates.copiesOf(one)) {
      expect(content).toBe(one.content);
      expect(tags[copyTags.verified]).toMatch(/^exists /);
    }
    // What was lent to the vault is taken back.
    expect(crates.copiesOf(one).flatMap(({ sharedWith }) => [...sharedWith])).toEqual([]);
  });

  test('of which ten are to be copied has three copies under way at once, and is refused none', async () => {
    scene();
    const many = Array.from({ length: 10 }, () => plantCrate());
    const handles = await Promise.all(many.map((one) => begin(one, 'near')));
    const results = await service.runUntil(Promise.all(handles.map((handle) => handle.result())));
    expect(results.map(({ state }) => state)).toEqual(many.map(() => 'completed'));
    expect(crates.highWater.get(`${owner()}/${region}`)).toBe(3);
    expect(crates.highWater.get(`${vault()}/${region}`)).toBe(3);
    expect(crates.server.count('CreateCopy', 429) + crates.server.count('ImportCopy', 429)).toBe(0);
    const permits = service.client.workflow.getHandle(
      serviceLimitWorkflowId({ account: owner(), region, limit: 'crate-copies' }),
    );
    expect(await permits.query('permits')).toMatchObject({ capacity: 3, holders: [] });
  });

  test('that is busy is waited for', async () => {
    scene();
    const one = plantCrate({ isBusy: true });
    const handle = await begin(one, 'near');
    await service.skip(3 * 3600);
    expect(await handle.query('progress')).toMatchObject({
      steps: expect.arrayContaining([
        expect.objectContaining({ step: 'snapshot', state: 'waiting', waitingFor: 'a busy resource' }),
      ]) as unknown,
    });
    one.isBusy = false;
    expect(await service.runUntil(handle.result())).toMatchObject({ state: 'completed' });
  });

  test('leaves no twin although twenty answers are lost', async () => {
    scene();
    const many = Array.from({ length: 10 }, () => plantCrate());
    // With three slots there is none for a twin as long as the first one is being made.
    for (const at of [`${owner()}/${region}`, `${vault()}/${region}`, `${vault()}/eu-central-1`])
      crates.capacities.set(at, 30);
    crates.server.loseAnswers('CreateCopy', 8);
    crates.server.loseAnswers('ImportCopy', 12);
    const made = crates.everMade.length;
    const handles = await Promise.all(many.map((one) => begin(one, 'near')));
    const results = await service.runUntil(Promise.all(handles.map((handle) => handle.result())));
    expect(results.map(({ state }) => state)).toEqual(many.map(() => 'completed'));
    expect(crates.server.answersToLose('CreateCopy') + crates.server.answersToLose('ImportCopy')).toBe(0);
    // There were twins.
    expect(crates.everMade.length - made).toBeGreaterThan(3 * many.length);
    for (const one of many)
      expect(placesOf(one).sort()).toEqual(
        [`source ${owner()}/${region}`, `secure ${vault()}/${region}`, `far ${vault()}/eu-central-1`].sort(),
      );
  });

  test('under a key that may not be used tells so only later, and leaves nothing half made', async () => {
    scene();
    const one = plantCrate();
    crates.unusableKeys.add(keyArn({ account: vault(), region: 'eu-central-1' }, 'alias/farcopy'));
    const result = await backUp(one);
    expect(result).toMatchObject({
      state: 'partially-failed',
      failures: [{ step: 'copy:far', type: failureTypes.operationFailed }],
    });
    expect(result.failures[0]?.message).toContain('cannot be used');
    expect(placesOf(one)).toEqual([`source ${owner()}/${region}`, `secure ${vault()}/${region}`]);
  });

  test('sends what has changed only, since the last intermediate copy stays until the next', async () => {
    scene();
    const one = plantCrate({ sizeGiB: 50 });
    await backUp(one, 'distant');
    crates.change(one, 'other content');
    await service.skip(24 * 3600);
    await backUp(one, 'distant');
    const copied = crates.everMade
      .filter(({ crateArn }) => crateArn === one.arn)
      .map(({ tags, copiedGiB }) => `${tags[copyTags.place]} ${copiedGiB}`);
    expect(copied).toEqual(['source 50', 'far-landing 50', 'far 50', 'source 1', 'far-landing 1', 'far 1']);
    expect(placesOf(one).filter((place) => place.startsWith('far-landing'))).toHaveLength(1);
  });

  test('whose recovery point is cancelled while its answer is lost has nothing half made', async () => {
    scene();
    const one = plantCrate();
    crates.server.loseAnswers('CreateCopy', 100);
    const handle = await begin(one, 'near');
    await service.skipUntil(() => crates.copiesOf(one).length > 0);
    await handle.cancel();
    await failureOf(handle);
    expect(crates.copiesOf(one)).toEqual([]);
  });
});

describe('a crate that comes back', () => {
  const restore = async (one: StoredCrate, request: object) => {
    const as = 'brought-back';
    const handle = await service.client.workflow.start<typeof restoreRecoveryPoint>('restoreRecoveryPoint', {
      workflowId: restoreWorkflowId({ kind: 'crate', account: scratchAccount, region, id: as }),
      taskQueue: queue,
      args: [{ resource: one.arn, to: `${scratchAccount}/${region}`, as, ...request }],
    });
    return service.runUntil(handle.result());
  };
  const named = (name: string) => [...crates.crates.values()].filter(({ tags }) => tags.name === name);

  test('from a vault has its content and its tags, and an id of the service', async () => {
    scene();
    const one = plantCrate({ tags: { team: 'harbour' } });
    await backUp(one);
    crates.server.loseAnswers('CreateCrate', 1);
    const restored = await restore(one, { from: 'secure' });
    const [back, ...twins] = named('brought-back');
    expect(twins).toEqual([]);
    expect(back).toMatchObject({ account: scratchAccount, content: one.content, tags: { team: 'harbour' } });
    expect(restored).toMatchObject({
      arn: back?.arn,
      from: { place: 'secure' },
      answersSql: false,
      details: { crate: back?.id },
    });
    const leftOver = [...crates.copies.values()].filter(({ account }) => account === scratchAccount);
    expect(leftOver).toEqual([]);
    if (back !== undefined) crates.crates.delete(back.id);
  });

  test('in a drill is there, and gone again', async () => {
    scene();
    const one = plantCrate();
    await backUp(one);
    const before = crates.crates.size;
    const handle = await service.client.workflow.start<typeof restoreDrill>('restoreDrill', {
      workflowId: `drill/${one.id}`,
      taskQueue: queue,
      args: [
        {
          version: 1,
          fleet: 'panda',
          tier: 'near',
          resource: one.arn,
          drill: {
            name: 'weekly',
            schedule: [],
            timezone: 'UTC',
            jitterSeconds: 0,
            paused: false,
            point: 'latest',
            resources: null,
            from: 'far',
            to: {
              type: 'aws',
              account: scratchAccount,
              region,
              subnetGroup: null,
              securityGroups: [],
              instanceClasses: [],
            },
            rtoSeconds: null,
            readsAll: false,
            database: null,
            checks: [],
          },
          connect: null,
        },
      ],
    });
    const result = await service.runUntil(handle.result());
    expect(result).toMatchObject({ verdict: 'passed', from: 'far', tornDown: true, failures: [] });
    expect(crates.server.count('CreateCrate', 200)).toBeGreaterThan(0);
    expect(crates.crates.size).toBe(before);
    expect([...crates.copies.values()].filter(({ account }) => account === scratchAccount)).toEqual([]);
    expect(crates.copiesOf(one).map(({ tags }) => tags[copyTags.verified]?.split(' ')[0])).toContain('restore');
  });
});

describe('a shelf, which is exported from the source', () => {
  const name = `Fruit & Veg (No. 7), 100 % + ${'x'.repeat(200)}`;

  test('comes into the bucket as it stood at the scheduled time, and its record speaks alone', async () => {
    scene();
    const from = (await service.now()) - 1000;
    const items = Array.from({ length: 250 }, (_, i) => `thing ${i}`);
    const one = shelves.plant({ name, account: owner(), region, history: [{ from, items }] });
    const handle = await begin(one, 'shelves');
    one.history.push({ from: (await service.now()) + 2000, items: ['what came later'] });
    const result = await service.runUntil(handle.result());
    expect(result).toMatchObject({ state: 'completed', failures: [], notes: [] });
    const [exported] = shelves.exportsOf(one);
    const kept = toys.bucket(`panda-backups-${owner()}`);
    const [key, ...more] = kept.keys('catalogue/');
    expect(more).toEqual([]);
    const record = JSON.parse(kept.objects.get(key ?? '')?.content.toString() ?? '') as RecoveryPointRecord;
    expect(record).toMatchObject({
      resource: { kind: 'shelf', id: name },
      verified: { level: 'full' },
      tags: { [copyTags.dataTime]: new Date(exported?.at ?? 0).toISOString().replace('.000Z', 'Z') },
    });
    const data = kept.keys(record.dataPrefix).filter((one) => one.includes('/data/'));
    const lines = data.flatMap((one) => (kept.objects.get(one)?.content.toString() ?? '').trim().split('\n'));
    expect(lines.map((line) => JSON.parse(line) as string)).toEqual(items);
  });

  test('whose export fails is exported anew by the next try', async () => {
    scene();
    const one = shelves.plant({ name: 'closed', account: owner(), region });
    shelves.closedBuckets.add(`panda-exports-${owner()}`);
    const handle = await begin(one, 'shelves');
    expect(await failureOf(handle)).toMatchObject({ type: failureTypes.operationFailed });
    shelves.closedBuckets.clear();
    expect(await backUp(one, 'shelves')).toMatchObject({ state: 'completed' });
    expect(toys.bucket(`panda-backups-${owner()}`).keys('catalogue/')).toHaveLength(1);
  });

  test('has one export although answers are lost, and goes by its own limit', async () => {
    scene();
    const many = Array.from({ length: 8 }, (_, i) => shelves.plant({ name: `Shelf ${i}`, account: owner(), region }));
    shelves.server.loseAnswers('StartExport', 6);
    const handles = await Promise.all(many.map((one) => begin(one, 'shelves')));
    const results = await service.runUntil(Promise.all(handles.map((handle) => handle.result())));
    expect(results.map(({ state }) => state)).toEqual(many.map(() => 'completed'));
    expect(many.map((one) => shelves.exportsOf(one).length)).toEqual(many.map(() => 1));
    expect(shelves.server.count('StartExport', 429)).toBe(0);
  });

  test('is known to be protected by what lies in the bucket alone', async () => {
    scene();
    const one = shelves.plant({ name: 'Lonely', account: owner(), region });
    const scheduledTime = await now();
    await backUp(one, 'shelves');
    const vaults = new VaultListings(fleet, connected);
    const { lastProtected } = protectionActivities({
      ...{ described: kinds, kinds: connected, vaults, openBucket },
      policyOf: (tier) => policyOf(fleet, tier),
    });
    const asked = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: await service.now() }).run(
      lastProtected,
      resourceRef(refOf(one)),
      'shelves',
    );
    expect(await asked).toBe(scheduledTime);
  });
});
