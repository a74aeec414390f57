import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AddTagsToResourceCommand } from '@aws-sdk/client-rds';
import { callAws } from '../../../sandbox/seed/callAws';
import {
  archiveBucket,
  defaultRegion,
  exportBucket,
  exportRole,
  keyAlias,
  markerRole,
  prunerRole,
  roleArn,
  secondRegion,
  stateBucket,
  stateRole,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { type Finding } from '../../../src/client';
import { pollingWorkers } from '../../../src/client/pollingWorkers';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type StoredEntry } from '../../../src/core/ledger/entry';
import { markTaskQueue, pruneTaskQueue } from '../../../src/core/naming';
import { graceMilliseconds, parseMark } from '../../../src/core/retention/mark';
import { type PrunePlan } from '../../../src/core/retention/prunePlan';
import { type PruneReport } from '../../../src/core/retention/pruneRun';
import { type AppliedPlan } from '../../../src/client/retention/applyPlan';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, instance } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument, type FleetDocument, tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { usedPermissions } from '../../support/usedPermissions';
import { type FoundSnapshot, Visitor } from '../../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const archived = cluster(fleetName, account, 'archived', {
  data: { database: 'shop', rows: 100 },
  tags: { fleet: fleetName, kept: 'in-buckets' },
});
const shop = cluster(fleetName, account, 'shop');
const ledger = instance(fleetName, account, 'ledger');
const archive = archiveBucket(fleetName);
const quick = { base: 1, perGiB: 0 };
/** Of six rounds the policy keeps three: the first letters are the oldest. */
const letters = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const goingLetters = ['a', 'b', 'c'];
const began = Math.floor(Date.now() / 60_000) * 60_000;
const timeOf = (letter: string) =>
  new Date(began - (letters.length - letters.findIndex((one) => one === letter)) * 60_000);

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let visitor: Visitor;
let document: FleetDocument;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, ledger, archived],
    bucketsOf: fleetName,
    settings: {
      enforcePermissions: true,
      durations: { snapshot: quick, 'copy-same-region': quick, 'copy-cross-region': quick, export: quick },
    },
  });
  const region = secondRegion(defaultRegion);
  await callAws(sandbox.awsEndpoint, {
    ...{ service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${archive}` },
    headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  });
  const plain = fleetDocument(fleetName, [account]);
  const usual = plain.tiers[tier];
  if (usual === undefined) throw new Error('the fleet has no tier');
  document = {
    ...plain,
    roles: {
      ...plain.roles,
      marker: `arn:aws:iam::{account}:role/${markerRole}`,
      pruner: `arn:aws:iam::{account}:role/${prunerRole}`,
    },
    state: {
      ...{ bucket: `s3://${stateBucket(fleetName)}`, role: roleArn(vaultAccount, stateRole), region: defaultRegion },
      lock: { mode: 'governance', days: 1 },
    },
    vaults: {
      ...plain.vaults,
      archive: {
        ...{ bucket: `s3://${archive}`, account: vaultAccount, region, key: keyAlias },
        export: {
          bucket: `s3://${exportBucket(fleetName, '{region}')}`,
          role: roleArn(vaultAccount, exportRole),
          key: keyAlias,
        },
      },
    },
    select: [
      { kind: 'aurora-cluster', tags: { fleet: fleetName, kept: 'in-buckets' }, tier: 'in-buckets' },
      ...plain.select,
    ],
    tiers: {
      [tier]: { ...usual, retention: { daily: 1, minimum: 3 } },
      'in-buckets': { ...usual, route: ['secure', 'archive'] },
    },
  };
  fleet = await RunningFleet.start(sandbox, document);
  visitor = new Visitor(sandbox);
  const rounds = async (database: Database) => {
    for (const letter of letters) expect((await fleet.backUp(database, timeOf(letter))).state).toBe('completed');
  };
  await Promise.all([rounds(shop), rounds(ledger)]);
  expect((await fleet.backUp(archived, timeOf('f'), 'in-buckets')).state).toBe('completed');
}, 600_000);

afterAll(() => sandbox?.end());

interface Planned extends PrunePlan {
  readonly id: string;
  readonly problems: readonly unknown[];
}

async function farcopy<T>(...words: string[]): Promise<T> {
  const { stdout, stderr } = await fleet.farcopy(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** `shop a source`, as its own tags say it. */
function nameOf(database: Database, { tags }: FoundSnapshot): string {
  const letter = letters.find((one) => Date.parse(tags[copyTags.scheduledTime] ?? '') === timeOf(one).getTime());
  return `${database.id} ${letter ?? '?'} ${tags[copyTags.place] ?? '?'}`;
}

/** All that lies in the clouds of both databases, by names. */
async function lying(): Promise<ReadonlyMap<string, FoundSnapshot>> {
  const found = await Promise.all(
    [shop, ledger].map(async (one) => (await visitor.footprint(one)).map((copy) => [nameOf(one, copy), copy] as const)),
  );
  return new Map(found.flat());
}

const places = ['source', 'secure', 'secure-dr'];
const all = (of: readonly string[]) =>
  [shop, ledger].flatMap(({ id }) => of.flatMap((letter) => places.map((place) => `${id} ${letter} ${place}`))).sort();

/** As an administrator whom nothing binds. */
async function tag({ where, arn }: FoundSnapshot, tags: Readonly<Record<string, string>>): Promise<void> {
  const [owner = '', region = ''] = where.split('/');
  const rds = await visitor.rds(owner, region);
  await rds.send(
    new AddTagsToResourceCommand({
      ResourceName: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
}

const marksOf = (copies: ReadonlyMap<string, FoundSnapshot>) =>
  [...copies]
    .flatMap(([name, { tags }]) => (parseMark(tags[copyTags.deleteAfter] ?? null) === null ? [] : [name]))
    .sort();

async function startWorkerOf(queue: 'mark' | 'prune'): Promise<void> {
  const taskQueue = { mark: markTaskQueue, prune: pruneTaskQueue }[queue](fleetName);
  await fleet.startWorkers(1, queue);
  const polls = async () => (await pollingWorkers(fleet.client, taskQueue, 'activity')) > 0;
  await eventually(`a worker polls ${taskQueue}`, polls);
}

/** The plan that was seen first, by its id. */
let firstPlan: string;

/** What S3 says of the legal holds of all versions of the archived copy, as whoever owns the account sees it. */
async function legalHolds(): Promise<readonly string[]> {
  const region = secondRegion(defaultRegion);
  const s3 = (path: string) =>
    callAws(sandbox.awsEndpoint, { service: 's3', account: vaultAccount, region, method: 'GET', path });
  const listing = await s3(`/${archive}?versions`);
  const versions = [
    ...listing.matchAll(/<Version>.*?<Key>(.*?)<\/Key>.*?<VersionId>(.*?)<\/VersionId>.*?<\/Version>/gs),
  ];
  const ofCopy = versions.filter(([, key = '']) => /^(catalogue|data)\//.test(key));
  expect(ofCopy.length).toBeGreaterThan(3);
  return Promise.all(
    ofCopy.map(async ([, key, version]) => {
      const found = await s3(`/${archive}/${key ?? ''}?legal-hold&versionId=${version ?? ''}`);
      return /<Status>(\w+)<\/Status>/.exec(found)?.[1] ?? found;
    }),
  );
}

interface Held {
  readonly complete: boolean;
  readonly copies: readonly { readonly place: string; readonly state: string; readonly locked: boolean | null }[];
}

test('a hold reaches the copy in the bucket, where Object Lock keeps every object, and a release lets it go', async () => {
  const held = await farcopy<Held>('hold', 'archived', '--incident', 'breach-7', '--reason', 'ticket 4711');
  expect(held).toMatchObject({ complete: true });
  expect(held.copies.map(({ place, locked }) => [place, locked])).toEqual(
    expect.arrayContaining([
      ['source', null],
      ['secure', null],
      ['archive', true],
    ]),
  );
  expect(new Set(await legalHolds())).toEqual(new Set(['ON']));
  const { holds } = await farcopy<{ holds: readonly object[] }>('holds', 'archived');
  expect(holds).toMatchObject([{ hold: { incident: 'breach-7', reason: 'ticket 4711' }, without: [], unlocked: [] }]);
  // Without its snapshots' tags, the copy in the bucket says by itself that its recovery point is held.
  for (const one of await visitor.footprint(archived)) await tag(one, { [copyTags.hold]: 'none' });
  const { kept } = await farcopy<PrunePlan>('prune', '--plan');
  const ofArchived = kept.filter(({ copy }) => copy.recoveryPoint.includes('/archived/'));
  expect(ofArchived.length).toBeGreaterThan(2);
  for (const { reasons } of ofArchived) expect(reasons.join()).toContain('breach-7');
  const released = await farcopy<Held>('release', '--incident', 'breach-7', '--reason', 'case closed');
  expect(released.copies).toMatchObject([{ place: 'archive', state: 'changed', locked: false }]);
  expect(new Set(await legalHolds())).toEqual(new Set(['OFF']));
}, 120_000);

test('the plan lets the older half go, and nothing runs while nobody marks or deletes', async () => {
  const plan = await farcopy<Planned>('prune', '--plan');
  firstPlan = plan.id;
  expect(plan).toMatchObject({ problems: [], refused: [] });
  const [exported, ...others] = [...plan.doomed].sort((a, b) => (a.copy.id > b.copy.id ? -1 : 1));
  expect(exported?.copy.id).toMatch(`s3://${exportBucket(fleetName, defaultRegion)}/`);
  expect(others).toHaveLength(all(goingLetters).length);
  for (const queue of ['mark', 'prune'] as const) {
    const { code, stderr } = await fleet.farcopy('prune', '--run');
    expect(code).toBe(5);
    expect(stderr).toContain(`no worker polls task queue farcopy-${fleetName}-${queue}`);
    expect(stderr).toContain(`farcopy worker --queues ${queue}`);
    await startWorkerOf(queue);
  }
  expect(marksOf(await lying())).toEqual([]);
}, 120_000);

test('nobody lets go what was not shown', async () => {
  const { code, stderr } = await fleet.farcopy('prune', '--apply', '000000000000');
  expect(code).toBe(2);
  expect(stderr).toContain(`no plan 000000000000 of fleet ${fleetName} was shown on this machine`);
  expect(marksOf(await lying())).toEqual([]);
}, 60_000);

test('whoever applies the plan has what it lets go marked, and nothing deleted', async () => {
  const before = Date.now();
  const applied = await farcopy<AppliedPlan>('prune', '--apply', firstPlan);
  expect(applied).toMatchObject({ plan: firstPlan, marked: 18, overtaken: 0, inBuckets: 1, problems: [] });
  const copies = await lying();
  expect([...copies.keys()].sort()).toEqual(all(letters));
  expect(marksOf(copies)).toEqual(all(goingLetters));
  for (const name of all(goingLetters)) {
    const mark = parseMark(copies.get(name)?.tags[copyTags.deleteAfter]);
    expect(mark?.approvedBy).toBe(firstPlan);
    expect(Date.parse(mark?.notBefore ?? '')).toBeGreaterThanOrEqual(before + graceMilliseconds - 60_000);
  }
}, 120_000);

test('days later what is due goes, and nothing else', async () => {
  const marked = await lying();
  const found = (name: string) => {
    const copy = marked.get(name);
    if (copy === undefined) throw new Error(`there is no ${name}`);
    return copy;
  };
  // As if 72 hours had passed: the time of a mark is what its tag says.
  for (const name of all(goingLetters)) {
    const before = found(name).tags[copyTags.deleteAfter] ?? '';
    await tag(found(name), {
      [copyTags.deleteAfter]: before.replace(/^\S+/, new Date(Date.now() - 60_000).toISOString()),
    });
  }
  // Somebody wants the data of one, one was marked later, and one is marked no more.
  await tag(found('shop a secure'), { [copyTags.hold]: 'lawyers' });
  await tag(found('shop c secure-dr'), {
    [copyTags.deleteAfter]: found('shop c secure-dr').tags[copyTags.deleteAfter] ?? '',
  });
  await tag(found('ledger b source'), { [copyTags.deleteAfter]: 'none' });

  const { prune } = await farcopy<{ prune: PruneReport }>('prune', '--run', '--reason', 'ticket 4711');
  expect(prune).toMatchObject({ marking: { doomed: 16, marked: 1, unmarked: 3 }, deleted: 13, problems: [] });
  expect(prune.waiting).toEqual({ 'their time has not come': 2 });
  const left = await lying();
  const staying = [...all(['d', 'e', 'f']), ...places.map((place) => `shop a ${place}`)];
  expect([...left.keys()].sort()).toEqual([...staying, 'ledger b source', 'shop c secure-dr'].sort());
  for (const name of staying) expect(left.get(name)?.tags[copyTags.deleteAfter] ?? 'none').toBe('none');
  expect(left.get('shop a secure')?.tags[copyTags.hold]).toBe('lawyers');
}, 240_000);

test('a worker that has an older fleet file marks and deletes nothing', async () => {
  await writeFile(
    join(sandbox.folder, `${fleetName}.yaml`),
    JSON.stringify({ ...document, polling: { shortest: '2s', longest: '2s' } }),
  );
  const { code, stderr } = await fleet.farcopy('prune', '--run');
  expect(code).toBe(4);
  expect(stderr).toContain('the worker of the queue `mark` has revision');
  await writeFile(join(sandbox.folder, `${fleetName}.yaml`), JSON.stringify(document));
}, 60_000);

test('the ledger tells what has gone, by whose word, and who asked', async () => {
  const { entries } = await farcopy<{ entries: StoredEntry[] }>('history');
  const prunes = entries.filter((entry) => entry.type === 'prune');
  const [asked] = prunes.filter(({ outcome }) => outcome === 'marked');
  expect(asked?.asToldByCaller).toMatchObject({ why: 'ticket 4711' });
  const deleted = prunes.filter(({ outcome }) => outcome === 'deleted');
  expect(deleted.map(({ resource }) => resource?.id).sort()).toEqual(['ledger', 'shop']);
  expect(deleted.flatMap(({ copies }) => copies).map(({ approvedBy }) => approvedBy)).toEqual(
    Array(13).fill(firstPlan),
  );
  const { stdout } = await fleet.farcopy('audit', '--json');
  expect(stdout).toContain('ticket 4711');
});

test('apply makes the schedule while the fleet file says so, and removes it afterwards', async () => {
  const file = join(sandbox.folder, `${fleetName}.yaml`);
  const apply = async (changes: Partial<FleetDocument>) => {
    await writeFile(file, JSON.stringify({ ...document, ...changes }));
    expect((await fleet.farcopy('apply')).code).toBe(0);
  };
  const handle = fleet.client.schedule.getHandle(`prune-${fleetName}`);
  const gone = { name: 'ScheduleNotFoundError' };
  await expect(handle.describe()).rejects.toMatchObject(gone);
  await apply({ prune: 'enabled' });
  const { action } = await handle.describe();
  expect(action).toMatchObject({ workflowType: 'pruneFleet', args: [{ fleet: fleetName, revision: null }] });
  const { findings } = await farcopy<{ findings: Finding[] }>('check');
  const looked = findings.filter(({ subject }) => /farcopy-(marker|pruner)$|-(mark|prune)$/.test(subject));
  expect(looked.map(({ check, state, subject }) => `${check} ${state} ${subject}`).sort()).toEqual(
    [
      ...[account, vaultAccount].flatMap((id) =>
        [markerRole, prunerRole].map((role) => `role ok ${roleArn(id, role)}`),
      ),
      ...[markTaskQueue, pruneTaskQueue].map((queue) => `workers ok task queue ${queue(fleetName)}`),
    ].sort(),
  );
  await apply({});
  await expect(handle.describe()).rejects.toMatchObject(gone);
}, 60_000);

test('by the index, commands say what the clouds say and how old that is, and nobody can apply it', async () => {
  interface Indexed extends Planned {
    readonly index: { readonly at: string; readonly ageSeconds: number } | null;
  }
  const ids = ({ kept, doomed, refused }: Planned) =>
    [kept, doomed, refused].map((list) =>
      (list as readonly { copy: { id: string } }[]).map(({ copy }) => copy.id).sort(),
    );
  const asked = await farcopy<Indexed>('prune', '--plan');
  expect(asked).not.toHaveProperty('index');
  for (const words of [
    ['prune', '--plan'],
    ['status', '--places'],
    ['report', '--out', '-'],
  ]) {
    const without = await fleet.farcopy(...words, '--index');
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('`farcopy catalogue index` makes one');
  }
  const written = await farcopy<{ isWritten: boolean; at: string; copies: number }>('catalogue', 'index');
  expect(written).toMatchObject({ isWritten: true, problems: [] });
  const { stdout, stderr } = await fleet.farcopy('prune', '--plan', '--index', '--json');
  const plan = JSON.parse(stdout) as Indexed;
  expect(ids(plan)).toEqual(ids(asked));
  expect(plan.index?.at).toBe(written.at);
  expect(stderr).toContain('look only; plan anew without --index to apply');

  const before = marksOf(await lying());
  const file = join(sandbox.folder, 'indexed.json');
  await writeFile(file, stdout);
  for (const named of [plan.id, file]) {
    const refused = await fleet.farcopy('prune', '--apply', named);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('was made from the index of the catalogue');
    expect(refused.stderr).toContain('`farcopy prune --plan`');
  }
  expect(marksOf(await lying())).toEqual(before);

  const status = await farcopy<{ index: Indexed['index']; lifecycles: { places: { newest: string | null }[] }[] }>(
    'status',
    '--places',
    '--index',
  );
  const fresh = await farcopy<typeof status>('status', '--places');
  expect(status.index?.at).toBe(written.at);
  expect(fresh).not.toHaveProperty('index');
  const newest = ({ lifecycles }: typeof status) => lifecycles.map(({ places: all }) => all.map((one) => one.newest));
  expect(newest(status)).toEqual(newest(fresh));
  const page = join(sandbox.folder, 'report.html');
  const report = await fleet.farcopy('report', '--out', page, '--index');
  expect(report.stderr).toContain('copies are those of the index of');
  expect(await readFile(page, 'utf8')).toContain('Copies are those of the index of');
  for (const machines of ['junit', 'csv'])
    expect((await fleet.farcopy('report', '--format', machines, '--out', '-', '--index')).code).toBe(2);
  expect((await farcopy<Indexed>('prune', '--plan')).id).toBe(asked.id);
}, 120_000);

test('what it took is what `npm run permissions` says, and nothing was refused', async () => {
  const { missing } = await sandbox.control.permissions();
  expect(missing.filter(({ role }) => role.startsWith('farcopy-'))).toEqual([]);
  const { found, recorded } = await usedPermissions(sandbox, [markerRole, prunerRole], 'retentionPermissions.json');
  expect(found).toEqual(recorded);
});
