import { Context } from '@temporalio/activity';
import { type WorkflowHandle } from '@temporalio/client';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { restoreActivities } from '../../src/activities/restore/restore';
import { stepActivities } from '../../src/activities/steps/steps';
import { parseFleet } from '../../src/config';
import { type Copy, copyTags, type Scope, temporaryRetention } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue, recoveryPointId } from '../../src/core/naming';
import { type ResourceKind } from '../../src/core/resource';
import { type RestoreRequest } from '../../src/core/restore/restoreRequest';
import { type RestoreProgress, type RestoreResult } from '../../src/core/restore/restoreResult';
import { copyIdentifier } from '../../src/kinds/rds/markers';
import { knownKinds } from '../../src/kinds/registry';
import { type restoreRecoveryPoint } from '../../src/workflows/restoreRecoveryPoint';
import { awsError, FakeCloud, fakeConfiguration, type FakeDatabase, fakeKeyArn } from '../fakes/cloud';
import { TimeSkippingService } from './timeSkippingService';

const queue = fleetTaskQueue('panda');
const drill = { fleet: 'panda', workflowId: 'drill/1', runId: 'run', since: '2026-11-21T02:00:00Z' };
const minute = 60_000;
const clock = { now: 0 };
const work = { milliseconds: 10 * minute };
const cloud = new FakeCloud({
  now: () => clock.now,
  duration: () => work.milliseconds,
  restoreDuration: () => work.milliseconds,
});
/** Each test has accounts of its own, and a fleet file of those. */
let fleet = fleetOf('999999999999', '111111111111', '333333333333');
let service: TimeSkippingService;
let tests = 0;

function fleetOf(owner: string, vault: string, other: string) {
  return parseFleet(
    `
fleet: panda
roles:
  source: "arn:aws:iam::{account}:role/farcopy-source"
  vault: "arn:aws:iam::{account}:role/farcopy-vault"
  restore: "arn:aws:iam::{account}:role/farcopy-restore"
accounts: [{id: "${owner}", regions: [eu-west-1]}]
vaults:
  secure: {account: "${vault}", key: alias/farcopy}
  secure-dr: {account: "${vault}", region: eu-central-1, key: alias/farcopy}
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure, secure-dr], retention: {daily: 14, minimum: 2}}
restore: {targets: [{account: "${other}", regions: [eu-west-1, eu-central-1, us-east-1]}]}
polling: {shortest: 15s, longest: 5m}
`,
    'fleet.yaml',
    { kinds: knownKinds },
  );
}

beforeAll(async () => {
  const kinds = cloud.kinds();
  const activities = {
    ...stepActivities({ kinds, general: {}, shareInUse: async () => ({ readers: [], silent: [] }) }),
    ...serviceLimitActivities(kinds.all),
    ...restoreActivities({
      get fleet() {
        return fleet;
      },
      kinds,
      scopes: async () => [{ account: owner(), region: 'eu-west-1' }],
      readBundle: async () => null,
    }),
  };
  /** The clouds go by the server's clock. */
  const onItsClock = Object.fromEntries(
    Object.entries(activities).map(([name, run]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        clock.now = await service.now();
        Object.assign(Context.current().info, { currentAttemptScheduledTimestampMs: clock.now });
        return run(...args);
      },
    ]),
  );
  service = await TimeSkippingService.start(onItsClock, queue);
});
afterAll(() => service?.stop());

const owner = () => `1000000000${String(tests).padStart(2, '0')}`;

/** A database with a verified copy in its own account and in both vaults, and one older than that. */
async function scene(kind: ResourceKind = 'aurora-cluster') {
  tests += 1;
  const account = owner();
  const vault = `2000000000${String(tests).padStart(2, '0')}`;
  const other = `3000000000${String(tests).padStart(2, '0')}`;
  fleet = fleetOf(account, vault, other);
  clock.now = await service.now();
  const resource = cloud.addResource({ kind, account, region: 'eu-west-1', id: 'panda-1' });
  const copies = cloud.kinds().copiesOf(kind);
  let farthest: Copy | undefined;
  work.milliseconds = 0;
  for (const [scheduledTime, dataTime] of [
    ['2026-11-20T02:00:00Z', '2026-11-20T02:03:00Z'],
    ['2026-11-21T02:00:00Z', '2026-11-21T02:03:00Z'],
  ] as const) {
    const marker = copyIdentifier('panda', resource, scheduledTime);
    const tags = (place: string) => ({
      [copyTags.fleet]: 'panda',
      [copyTags.resource]: resource.arn,
      [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime),
      [copyTags.scheduledTime]: scheduledTime,
      [copyTags.dataTime]: dataTime,
      [copyTags.tier]: 'standard',
      [copyTags.place]: place,
      [copyTags.retention]: 'standard',
      [copyTags.verified]: `exists ${dataTime}`,
    });
    const home: Scope = { account, region: 'eu-west-1', access: 'source' };
    const secure: Scope = { account: vault, region: 'eu-west-1', access: 'vault' };
    const key = 'alias/farcopy';
    const source = await copies.snapshot({ resource, marker, tags: tags('source') });
    await copies.sharing?.share(source, home, vault);
    const first = await copies.copy({ source, target: secure, marker, key, tags: tags('secure') });
    const target: Scope = { ...secure, region: 'eu-central-1' };
    farthest = await copies.copy({ source: first, target, marker, key, tags: tags('secure-dr') });
    await copies.sharing?.unshare(source, home, vault);
    // The service tells when each was made.
    for (const place of [home, secure, target])
      Object.assign(cloud.snapshotsIn(kind, place).get(marker)!, { startedAt: Date.parse(dataTime) });
  }
  work.milliseconds = 10 * minute;
  const start = (request: RestoreRequest) =>
    service.client.workflow.start<typeof restoreRecoveryPoint>('restoreRecoveryPoint', {
      workflowId: `restore/${account}`,
      taskQueue: queue,
      args: [request],
    });
  const temporary = () =>
    cloud
      .allCopies()
      .filter(
        (copy) => copy.tags[copyTags.retention] === temporaryRetention && copy.tags[copyTags.resource] === resource.arn,
      );
  const databases = (place: { account: string; region: string }) => [...cloud.databasesIn(kind, place).values()];
  return { account, databases, farthest: farthest!, other, resource, start, temporary, vault };
}

const result = (handle: WorkflowHandle<typeof restoreRecoveryPoint>) => service.runUntil(handle.result());

/** The instances of a cluster, as its kind tells them. */
const instancesOf = ({ details }: RestoreResult) => details.instances;

async function failure(handle: WorkflowHandle<typeof restoreRecoveryPoint>) {
  return service.runUntil(
    handle.result().then(
      () => null,
      (error: Error) => error.cause as Error & { type?: string },
    ),
  );
}

describe('restoring where the database was', () => {
  it('brings the latest verified data back under a free name, as the old one was set up, and copies nothing', async () => {
    const { start, account, databases, resource, temporary } = await scene();
    cloud.configurations.set(
      resource.arn,
      fakeConfiguration(resource, { port: 5433, deletionProtection: true, tags: { team: 'shop', 'aws:own': 'x' } }),
    );
    const restored = await result(await start({ resource: 'panda-1', as: 'panda-2' }));

    expect(restored).toMatchObject({
      id: 'panda-2',
      account,
      region: 'eu-west-1',
      dataTime: '2026-11-21T02:03:00Z',
      from: { place: 'source' },
      answersSql: true,
      sql: { host: 'panda-2.eu-west-1.rds.example', port: 5433, database: 'shop', masterUsername: 'postgres' },
      details: { instances: [{ id: 'panda-2-instance-1', class: 'db.r6g.large', writer: true }] },
    });
    const [database] = databases({ account, region: 'eu-west-1' });
    expect(database).toMatchObject({
      protected: true,
      tags: { team: 'shop', 'farcopy:restore': `restore/${account}` },
    });
    expect(database?.tags).not.toHaveProperty('aws:own');
    expect(temporary()).toEqual([]);
  });

  it('measures how long people had to wait: until the writer answers', async () => {
    const { start } = await scene();
    const { rtoSeconds, totalSeconds } = await result(await start({ resource: 'panda-1', as: 'panda-2' }));
    // Ten minutes for the cluster, ten for its writer, and the pauses between looks.
    expect(rtoSeconds).toBeGreaterThanOrEqual(1200);
    expect(rtoSeconds).toBeLessThan(1800);
    expect(totalSeconds).toBeGreaterThanOrEqual(rtoSeconds);
  });

  it('goes back to the time that is asked for', async () => {
    const { start } = await scene();
    const asked = { resource: 'panda-1', as: 'panda-2', at: '2026-11-20T12:00:00Z' };
    expect((await result(await start(asked))).dataTime).toBe('2026-11-20T02:03:00Z');
  });

  it('never overwrites: a taken name is refused before anything is made, with one that is free', async () => {
    const { start, account, databases } = await scene();
    expect(await failure(await start({ resource: 'panda-1' }))).toMatchObject({
      type: failureTypes.conflict,
      message: expect.stringMatching(/panda-1 is taken .*--as panda-1-restored/) as string,
    });
    expect(databases({ account, region: 'eu-west-1' })).toEqual([]);
  });

  it('adopts what a try whose answer was lost has made', async () => {
    const { start, account, databases } = await scene();
    const lost = () => awsError('InternalFailure', 'lost answer', 500);
    cloud.fault({ call: 'restore', about: 'panda-2', failure: lost, afterCommit: true });
    cloud.fault({ call: 'addInstance', about: 'panda-2', failure: lost, afterCommit: true });
    expect(instancesOf(await result(await start({ resource: 'panda-1', as: 'panda-2' })))).toHaveLength(1);
    expect(databases({ account, region: 'eu-west-1' })).toHaveLength(1);
  });
});

describe('restoring elsewhere', () => {
  it.each([
    ['an account', (other: string) => ({ to: `${other}/eu-west-1` })],
    ['a region of an account', (_: string, known: string) => ({ to: `${known}/ap-southeast-2` })],
    ['a scratch account', (_: string, known: string) => ({ to: `${known}/eu-west-1`, drill })],
  ])('lends nothing to %s that the fleet file does not name', async (_, to) => {
    const { start, other, farthest, temporary } = await scene();
    const handle = await start({ resource: 'panda-1', from: 'secure-dr', ...to('666666666666', other) });
    expect(await failure(handle)).toMatchObject({
      type: failureTypes.configuration,
      message: expect.stringMatching(/fleet file of panda/) as string,
    });
    expect(temporary()).toEqual([]);
    expect(cloud.sharedWith(farthest)).toEqual([]);
  });

  it('takes no key of an account that it does not lead to', async () => {
    const { start, other } = await scene();
    const key = 'arn:aws:kms:eu-west-1:666666666666:key/1';
    expect(await failure(await start({ resource: 'panda-1', to: `${other}/eu-west-1`, key }))).toMatchObject({
      type: failureTypes.invalidInput,
      message: expect.stringContaining('is no key of') as string,
    });
  });

  it('shares the second region’s copy with a third account, and takes the share back', async () => {
    const { start, other, databases, farthest, vault, temporary } = await scene();
    const asked = { resource: 'panda-1', from: 'secure-dr', to: `${other}/eu-central-1` };
    const restored = await result(await start(asked));
    expect(restored).toMatchObject({ id: 'panda-1', account: other, from: { place: 'secure-dr', account: vault } });
    const [database] = databases({ account: other, region: 'eu-central-1' });
    expect(database).toMatchObject({
      source: farthest.arn,
      keyArn: fakeKeyArn({ account: other, region: 'eu-central-1' }, 'alias/aws/rds'),
    });
    expect(temporary()).toEqual([]);
    expect(cloud.sharedWith(farthest)).toEqual([]);
  });

  it('copies into another region on the way, under its permit, and removes that copy', async () => {
    const { start, other, temporary } = await scene();
    const handle = await start({ resource: 'panda-1', from: 'secure', to: `${other}/us-east-1` });
    const restored = await result(handle);
    expect(restored).toMatchObject({ account: other, region: 'us-east-1' });
    const { steps, plan } = await handle.query<RestoreProgress>('progress');
    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'copy:region done',
      'share done',
      'database done',
      'instance:panda-1-instance-1 done',
      'settings done',
    ]);
    expect(plan?.steps[0]?.limit).toMatchObject({ region: 'us-east-1', limit: 'cluster-snapshot-cross-region-copies' });
    expect(temporary()).toEqual([]);
  });

  it('works when the old account is gone with everything in it, if the instances are told', async () => {
    const { start, other, resource } = await scene();
    cloud.removeResource(resource);
    const asked: RestoreRequest = { resource: resource.arn, from: 'secure', to: `${other}/eu-west-1` };
    expect(await failure(await start(asked))).toMatchObject({
      type: failureTypes.invalidInput,
      message: expect.stringContaining('--instance-class') as string,
    });
    const restored = await result(await start({ ...asked, options: { instanceClasses: ['db.r6g.xlarge'] } }));
    expect(instancesOf(restored)).toMatchObject([{ id: 'panda-1-instance-1', class: 'db.r6g.xlarge' }]);
  });

  it('names the subnet group that must be made first', async () => {
    const { start, other, resource } = await scene();
    const subnetGroup = {
      name: 'panda-db',
      description: '',
      vpc: 'vpc-1',
      subnets: [{ id: 'subnet-1', zone: 'eu-west-1a' }],
    };
    cloud.configurations.set(resource.arn, fakeConfiguration(resource, { subnetGroup }));
    cloud.missingIn({ account: other, region: 'eu-west-1' }).add('panda-db');
    const asked = { resource: 'panda-1', to: `${other}/eu-west-1` };
    expect(await failure(await start(asked))).toMatchObject({
      type: failureTypes.configuration,
      message: expect.stringMatching(/no DB subnet group panda-db .*eu-west-1a.*--subnet-group/) as string,
    });
    expect(await result(await start({ ...asked, options: { subnetGroup: 'theirs' } }))).toMatchObject({
      account: other,
    });
  });

  it('makes parameter groups of the old ones when asked to', async () => {
    const { start, databases, other, resource } = await scene();
    const parameters = [{ name: 'max_connections', value: '500', applyMethod: 'pending-reboot' as const }];
    const parameterGroup = { name: 'panda-tuned', family: 'aurora-postgresql16', description: '', parameters };
    cloud.configurations.set(resource.arn, fakeConfiguration(resource, { parameterGroup }));
    const place = { account: other, region: 'eu-west-1' };
    cloud.missingIn(place).add('panda-tuned');
    const asked = { resource: 'panda-1', to: `${other}/eu-west-1` };
    expect(await failure(await start(asked))).toMatchObject({ type: failureTypes.configuration });
    await result(await start({ ...asked, options: { createParameterGroups: true } }));
    expect([...cloud.missingIn(place)]).toEqual([]);
    expect(databases(place)).toMatchObject([{ parameterGroup: 'panda-tuned' }]);
  });
});

describe('an RDS instance', () => {
  it('is copied into another account first, since what is shared and encrypted cannot be restored', async () => {
    const { start, other, temporary, databases } = await scene('rds-instance');
    const handle = await start({ resource: 'panda-1', to: `${other}/eu-west-1` });
    await result(handle);
    const { plan } = await handle.query<RestoreProgress>('progress');
    expect(plan?.steps.map(({ id }) => id)).toEqual(['share', 'copy:target', 'database', 'settings']);
    expect(databases({ account: other, region: 'eu-west-1' })).toMatchObject([{ class: 'db.r6g.large' }]);
    expect(temporary()).toEqual([]);
  });
});

describe('capacity', () => {
  const none = () => awsError('InsufficientDBInstanceCapacity', 'no room');

  it('that is not there in one place is looked for in the others, in their order', async () => {
    const { start } = await scene();
    const classes = ['db.r6g.large', 'db.r6i.large'];
    cloud.fault({ call: 'addInstance', about: 'db.r6g.large', failure: none, times: 2 });
    const options = { instanceClasses: classes, zones: ['eu-west-1a', 'eu-west-1b'] };
    const restored = await result(await start({ resource: 'panda-1', as: 'panda-2', options }));
    expect(instancesOf(restored)).toMatchObject([{ class: 'db.r6i.large', zone: 'eu-west-1a' }]);
  });

  it('that is nowhere is waited for', async () => {
    const { start } = await scene();
    cloud.fault({ call: 'addInstance', about: 'panda-2', failure: none, times: 5 });
    const asked = { resource: 'panda-1', as: 'panda-2', options: { zones: ['eu-west-1a'] } };
    const restored = await result(await start(asked));
    expect(instancesOf(restored)).toMatchObject([{ class: 'db.r6g.large', zone: 'eu-west-1a' }]);
    expect(restored.rtoSeconds).toBeGreaterThan(1200 + 60 + 120 + 240 + 480 + 960);
  });

  it('of a class that does not exist there ends the restore, and leaves the data where they are', async () => {
    const { start, account, databases } = await scene();
    const never = () =>
      awsError('InvalidParameterCombination', 'RDS does not support creating a DB instance with this class');
    cloud.fault({ call: 'addInstance', about: 'panda-2', failure: never, times: 2 });
    const asked = { resource: 'panda-1', as: 'panda-2', options: { instanceClasses: ['db.x99.large'] } };
    expect(await failure(await start(asked))).toMatchObject({
      type: failureTypes.invalidInput,
      message: expect.stringMatching(/--instance-class.*panda-2 .* is available and was left there/) as string,
    });
    expect(databases({ account, region: 'eu-west-1' })).toHaveLength(1);
  });
});

describe('cancelling', () => {
  it.each([
    ['while it is copied', 'copy:region'],
    ['while the cluster is made', 'database'],
    ['while its instance is made', 'instance:panda-1-instance-1'],
  ])('%s removes everything that was created', async (_, step) => {
    const { start, other, databases, temporary, resource } = await scene();
    const handle = await start({ resource: 'panda-1', from: 'secure', to: `${other}/us-east-1` });
    for (;;) {
      const { steps } = await handle.query<RestoreProgress>('progress');
      if (steps.some((one) => one.step === step && one.state === 'running')) break;
      await service.skip(60);
    }
    await handle.cancel();
    expect(await failure(handle)).toMatchObject({ name: 'CancelledFailure' });
    expect(databases({ account: other, region: 'us-east-1' })).toEqual([]);
    expect(temporary()).toEqual([]);
    // The copies themselves are untouched.
    expect(cloud.allCopies().filter((copy) => copy.tags[copyTags.resource] === resource.arn)).toHaveLength(6);
  });

  it('leaves a database of the same name alone that someone else has made meanwhile', async () => {
    const { start, other, databases } = await scene();
    const place = { account: other, region: 'us-east-1' };
    const handle = await start({ resource: 'panda-1', from: 'secure', to: `${other}/us-east-1` });
    await service.skip(60);
    const foreign: FakeDatabase = {
      ...{ kind: 'aurora-cluster', ...place, id: 'panda-1', arn: 'arn:foreign', class: '', zone: null, tags: {} },
      ...{ endsAt: 0, failed: false, protected: false, keyArn: null, source: '', port: 5432, sizeGiB: 1, roles: [] },
      ...{ subnetGroup: null, securityGroups: [], parameterGroup: null, instances: new Map() },
    };
    cloud.databasesIn('aurora-cluster', place).set('panda-1', foreign);
    expect(await failure(handle)).toMatchObject({ type: failureTypes.conflict });
    expect(databases(place)).toEqual([foreign]);
  });
});

describe('input that someone typed', () => {
  it('is refused field by field', async () => {
    const { start } = await scene();
    const typed = { resource: 'panda-1', to: 'eu-west-1', key: '', instanceClass: 'db.r6g.large' };
    const refused = await failure(await start(typed));
    expect(refused).toMatchObject({ type: failureTypes.invalidInput });
    for (const words of ['to: must be account/region', 'instanceClass: there is no such field', 'key: must be'])
      expect(refused?.message).toContain(words);
  });

  it('is refused option by option, as its kind has them', async () => {
    const { start, account, databases } = await scene();
    const options = { instanceClass: 'db.r6g.large', port: 80 };
    const refused = await failure(await start({ resource: 'panda-1', as: 'panda-2', options }));
    expect(refused).toMatchObject({ type: failureTypes.invalidInput });
    for (const words of ['options.instanceClass: a restore of aurora-cluster has no such', 'options.port: must be'])
      expect(refused?.message).toContain(words);
    expect(databases({ account, region: 'eu-west-1' })).toEqual([]);
  });

  it('that names nothing there is tells near names', async () => {
    const { start } = await scene();
    expect(await failure(await start({ resource: 'pandda-1' }))).toMatchObject({
      type: failureTypes.notFound,
      message: expect.stringContaining('panda-1') as string,
    });
  });
});
