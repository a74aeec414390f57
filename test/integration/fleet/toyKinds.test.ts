import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultRegion, scratchAccount } from '../../../sandbox/seed/sandboxAccounts';
import { type ListedCopy } from '../../../src/client';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { type DrillResult } from '../../../src/core/drill/drillResult';
import { type RestoreResult } from '../../../src/core/restore/restoreResult';
import { type StoredCrate } from '../../kinds/crate/crateService';
import { type StoredShelf } from '../../kinds/shelf/shelfService';
import {
  account,
  cratePlaces,
  crateTier,
  fleetName,
  shelfTier,
  toyDocument,
  ToyFleet,
} from '../../kinds/support/toyFleet';

const region = defaultRegion;
const tags = { fleet: fleetName };
const longName = `Fruit & Veg (No. 7), 100 % + ${'x'.repeat(200)}`;

let fleet: ToyFleet;
let boxes: StoredCrate[];
let rows: StoredShelf;
let otherRows: StoredShelf;

beforeAll(async () => {
  fleet = await ToyFleet.start();
  const { crates, shelves } = fleet;
  boxes = [1, 2].map((n) => crates.plant({ account, region, sizeGiB: 10 * n, tags: { ...tags, team: `team ${n}` } }));
  crates.plant({ account, region, tags: { fleet: 'of others' } });
  const items = Array.from({ length: 250 }, (_, i) => `thing ${i}`);
  rows = shelves.plant({ name: longName, account, region, tags, history: [{ from: 0, items }] });
  otherRows = shelves.plant({ name: 'fruit', account, region, tags });
  shelves.plant({ name: 'Fruit', account, region });
  shelves.plant({ name: 'Scratch 1', account, region, tags });
}, 240_000);
afterAll(() => fleet?.sandbox.end());

const placesOf = (crate: StoredCrate) =>
  fleet.crates.copiesOf(crate).map((copy) => `${copy.tags[copyTags.place]} ${copy.account}/${copy.region}`);

interface Answers {
  readonly recoveryPoints: readonly { readonly resource: { readonly id: string }; readonly state: string }[];
}

describe('before anything is backed up', () => {
  test('apply makes schedules for the tiers of both kinds', async () => {
    const { schedules, code } = await fleet.json<{ schedules: { scheduleId: string; change: string }[] }>('apply');
    expect(code).toBe(0);
    expect(schedules.map(({ scheduleId }) => scheduleId)).toEqual(
      expect.arrayContaining([`fleet-backup-${fleetName}-${crateTier}`, `fleet-backup-${fleetName}-${shelfTier}`]),
    );
    await fleet.startWorker();
  });

  test('check finds everything there that crates and shelves need', async () => {
    const { findings, code } = await fleet.json<{
      findings: { check: string; subject: string; state: string; message: string }[];
    }>('check');
    expect({ code, wrong: findings.filter(({ state }) => state === 'failed') }).toEqual({ code: 0, wrong: [] });
    const found = findings.map(({ check, message }) => `${check}: ${message}`);
    expect(found).toContain('resources: 7 found, 4 selected');
    expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/^bucket: exports of vault other-cloud go/)]));
    expect((await fleet.farcopy('check')).code).toBe(0);
  });

  test('check refuses, offline, what a kind cannot do', async () => {
    const plain = toyDocument();
    const [boxTier, rowTier] = [plain.tiers[crateTier] ?? {}, plain.tiers[shelfTier] ?? {}];
    const wrong = await fleet.fileOf('wrong', {
      ...plain,
      tiers: {
        [crateTier]: { ...boxTier, route: ['secure', 'other-cloud'] },
        [shelfTier]: { ...rowTier, route: ['secure', 'other-cloud'], drills: boxTier.drills },
      },
    });
    const { code, stderr } = await fleet.farcopy('check', '--offline', '--fleet', wrong);
    expect(code).toBe(2);
    expect(stderr).toContain('vault `other-cloud` is a bucket, and copies of kind `crate` cannot be exported to one');
    expect(stderr).toContain('vault `secure` is an account, and copies of kind `shelf` cannot be made there');
    expect(stderr).toContain('no service makes a resource of kind `shelf` of its copies again');
  });

  test('plan shows the steps of each, and the limits that they run under', async () => {
    const plan = await fleet.json<{
      resources: { resource: { id: string }; tier: string; steps: { id: string }[] }[];
      limits: { limit: string; capacity: number }[];
    }>('plan');
    expect(plan.code).toBe(0);
    const steps = Object.fromEntries(plan.resources.map(({ resource, steps: all }) => [resource.id, all]));
    const [box] = boxes;
    expect(steps[box?.id ?? '']?.map(({ id }) => id)).toEqual([
      'snapshot',
      'share:secure',
      'copy:secure',
      'copy:secure-dr',
    ]);
    expect(steps[longName]?.map(({ id }) => id)).toEqual(['export:other-cloud', 'transfer:other-cloud']);
    expect(Object.keys(steps).sort()).toEqual([...boxes.map(({ id }) => id), longName, 'fruit'].sort());
    expect(new Set(plan.limits.map(({ limit, capacity }) => `${limit} ${capacity}`))).toEqual(
      new Set(['crate-copies 3', 'shelf-exports 5']),
    );
    const { stdout } = await fleet.farcopy('plan');
    expect(stdout).toContain('export:other-cloud → transfer:other-cloud');
  });
});

describe('a backup', () => {
  test('of everything brings each to its places, as the services and the bucket tell', async () => {
    const { code, recoveryPoints } = await fleet.json<Answers>('backup', '--all');
    expect(recoveryPoints.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(code).toBe(0);
    for (const box of boxes) {
      expect(placesOf(box)).toEqual(cratePlaces);
      expect(fleet.crates.copiesOf(box).map(({ content }) => content)).toEqual(cratePlaces.map(() => box.content));
    }
    const keys = await fleet.inOtherCloud(`catalogue/shelf/${account}/${region}/`);
    expect(keys).toHaveLength(2);
    const record = JSON.parse(
      await fleet.read(keys.find((key) => key.includes(longName)) ?? ''),
    ) as RecoveryPointRecord;
    expect(record).toMatchObject({ resource: { id: longName }, verified: { level: 'full' } });
    const data = (await fleet.inOtherCloud(record.dataPrefix)).filter((key) => key.endsWith('.ndjson'));
    const lines = (await Promise.all(data.map((key) => fleet.read(key)))).join('').trim().split('\n');
    expect(lines.filter((line) => line.startsWith('"')).map((line) => JSON.parse(line) as string)).toEqual(
      rows.history[0]?.items,
    );
    // The moment that was asked for, not that of the work.
    expect(record.tags[copyTags.dataTime]).toBe(record.tags[copyTags.scheduledTime]);
    expect(fleet.shelves.exportsOf(rows).map(({ at }) => new Date(at).toISOString())).toEqual([
      record.tags[copyTags.scheduledTime]?.replace('Z', '.000Z'),
    ]);
  }, 240_000);

  test('by a selection file takes the words of each kind, and names in their own case', async () => {
    const [box] = boxes;
    const selection = join(fleet.sandbox.folder, 'selection.json');
    const resources = { crates: [box?.id], shelves: ['fruit'] };
    await writeFile(selection, JSON.stringify({ accounts: [{ account_id: account, region, resources }] }));
    const before = fleet.shelves.exports.size;
    const { code, recoveryPoints } = await fleet.json<Answers>('backup', '--selection', selection);
    expect(code).toBe(0);
    expect(recoveryPoints.map(({ resource }) => resource.id).sort()).toEqual([box?.id, 'fruit']);
    expect(fleet.shelves.exports.size).toBe(before + 1);
    expect(fleet.shelves.exportsOf(otherRows)).toHaveLength(2);
    expect(fleet.shelves.exportsOf({ ...otherRows, name: 'Fruit' })).toEqual([]);
  }, 120_000);

  test('of a path that stands in another case is refused', async () => {
    const { code, stderr } = await fleet.farcopy('backup', 'FRUIT');
    expect(code).toBe(2);
    expect(stderr).toContain('FRUIT');
  });
});

describe('what was backed up', () => {
  test('is listed by copies, each of what the services and the bucket have', async () => {
    const { code, copies, problems } = await fleet.json<{ copies: ListedCopy[]; problems: unknown[] }>('copies');
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
    const listed = copies.filter(({ copy }) => copy !== null).map(({ copy }) => copy?.arn);
    expect(listed.sort()).toEqual([...fleet.crates.copies.values()].map(({ arn }) => arn).sort());
    const stored = copies.filter(({ stored: found, place }) => found !== null && place === 'other-cloud');
    expect(stored.map(({ resource }) => resource.split('/').at(-1)).sort()).toEqual([longName, 'fruit', 'fruit']);
    expect(copies.filter(({ place }) => place === 'other-cloud-export')).toHaveLength(3);
    const { stdout } = await fleet.farcopy('copies', 'fruit');
    expect(stdout).toMatch(/^All: resource fruit,/m);
  });

  test('shows in status', async () => {
    const { code, lifecycles } = await fleet.json<{
      lifecycles: { id: string; kind: string; state: string; rpoMissed: boolean }[];
    }>('status');
    expect(code).toBe(0);
    expect(lifecycles.map(({ kind, id, state }) => `${kind} ${id} ${state}`).sort()).toEqual(
      [...boxes.map(({ id }) => `crate ${id} Idle`), ...[longName, 'fruit'].map((name) => `shelf ${name} Idle`)].sort(),
    );
    expect((await fleet.farcopy('status', 'fruit')).stdout).toContain('completed');
  });

  test('has left no permit taken, as limits shows, whose capacities can be set', async () => {
    const set = `${account}/${region}/crate-copies=2`;
    const { code, limits } = await fleet.json<{
      limits: { limit: string; capacity: number; holders: unknown[] }[];
    }>('limits', '--set', set);
    expect(code).toBe(0);
    expect(limits.flatMap(({ holders }) => holders)).toEqual([]);
    expect(new Set(limits.map(({ limit }) => limit))).toEqual(new Set(['crate-copies', 'shelf-exports']));
    expect(limits.filter(({ limit, capacity }) => limit === 'crate-copies' && capacity === 2)).toHaveLength(1);
    expect((await fleet.farcopy('limits', '--set', set.replace('=2', '=default'))).code).toBe(0);
  });

  test('can be paused, resumed and retired', async () => {
    for (const command of ['pause', 'resume'])
      expect(await fleet.json(command, 'fruit')).toMatchObject({ code: 0, signal: command });
    expect(await fleet.json('retire', `shelf/${account}/${region}/${longName}`)).toMatchObject({ code: 0 });
  });
});

describe('a restore', () => {
  test('of a crate makes a new one, whose id the service gives', async () => {
    const [box] = boxes;
    const to = `${scratchAccount}/${region}`;
    const { code, restore } = await fleet.json<{ restore: RestoreResult }>(
      ...['restore', box?.id ?? '', '--from', 'secure', '--to', to, '--as', 'back-again', '--tag', 'why=test'],
    );
    expect(code).toBe(0);
    const [back, ...twins] = [...fleet.crates.crates.values()].filter((crate) => crate.tags.name === 'back-again');
    expect(twins).toEqual([]);
    expect(back).toMatchObject({
      account: scratchAccount,
      content: box?.content,
      tags: { team: 'team 1', why: 'test' },
    });
    expect(restore).toMatchObject({ arn: back?.arn, answersSql: false, details: { crate: back?.id } });
    expect([...fleet.crates.copies.values()].filter((copy) => copy.account === scratchAccount)).toEqual([]);
  }, 180_000);

  test('is shown by a dry run, and nothing is made', async () => {
    const before = fleet.crates.crates.size;
    const { code, plan } = await fleet.json<{ plan: { lines: { step: string }[] } }>(
      ...['restore', boxes[0]?.id ?? '', '--to', `${scratchAccount}/${region}`, '--dry-run'],
    );
    expect(code).toBe(0);
    expect(plan.lines.map(({ step }) => step)).toEqual(['share', 'copy:target', 'crate']);
    expect(fleet.crates.crates.size).toBe(before);
  });

  test('of a shelf is refused in words, however it is asked for', async () => {
    const whole = await fleet.farcopy('restore', rows.arn);
    expect(whole.code).not.toBe(0);
    expect(whole.stderr).toContain('shelf: no service makes one of its copies again');
    const byName = await fleet.farcopy('restore', 'fruit');
    expect(byName.stderr).toContain('an export of it lies in other-cloud');
    expect(byName.stderr).not.toContain('postgres://');
    const fromBucket = await fleet.farcopy(
      ...['restore', 'fruit', '--from', 'other-cloud', '--to', 'postgres://nobody@127.0.0.1:1/none'],
    );
    expect(fromBucket.code).toBe(2);
    expect(fromBucket.stderr).toContain('fruit is a shelf, and PostgreSQL takes databases only');
  });
});

describe('a drill', () => {
  test('brings a crate back and takes it away again', async () => {
    const before = [...fleet.crates.crates.keys()];
    const { code, drill } = await fleet.json<{ drill: DrillResult }>(
      ...['drill', boxes[1]?.id ?? '', '--drill', 'weekly'],
    );
    expect(drill).toMatchObject({ verdict: 'passed', from: 'secure-dr', tornDown: true, failures: [] });
    expect(drill.rtoSeconds).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect([...fleet.crates.crates.keys()]).toEqual(before);
    expect([...fleet.crates.copies.values()].filter((copy) => copy.account === scratchAccount)).toEqual([]);
    const { drills } = await fleet.json<{ drills: { resource: string; verdict: string }[] }>('drills');
    expect(drills).toEqual([expect.objectContaining({ resource: boxes[1]?.id, verdict: 'passed' })]);
    expect((await fleet.farcopy('drills')).stdout).toContain('passed');
  }, 240_000);

  test('of the fleet file is none of shelves', async () => {
    const { code, stderr } = await fleet.farcopy('drill', 'fruit', '--drill', 'weekly', '--tier', shelfTier);
    expect(code).toBe(2);
    expect(stderr).toContain(`there is no drill weekly in tier ${shelfTier}`);
  });
});

test('a sweep finds nothing left behind', async () => {
  const { code, sweep } = await fleet.json<{ sweep: { found: string[]; problems: string[] } }>('sweep', '--dry-run');
  expect({ code, found: sweep.found, problems: sweep.problems }).toEqual({ code: 0, found: [], problems: [] });
}, 120_000);
