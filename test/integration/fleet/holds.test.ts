import {
  defaultRegion,
  roleArn,
  secondRegion,
  stateBucket,
  stateRole,
  vaultAccount,
  visitorRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type StoredEntry } from '../../../src/core/ledger/entry';
import { type HeldPoint } from '../../../src/core/retention/holdPoints';
import { type PrunePlan } from '../../../src/core/retention/prunePlan';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, instance } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument, tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { Visitor } from '../../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop');
const till = instance(fleetName, account, 'till');

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
/** Of the recovery points of both databases; retention dates them by their data, which is of today. */
const heldDay = dayBefore(2);
const times = [`${heldDay}T02:00:00Z`, `${dayBefore(1)}T02:00:00Z`] as const;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [shop, till], bucketsOf: fleetName, settings: { timeScale: 0.1 } });
  visitor = new Visitor(sandbox);
  const plain = fleetDocument(fleetName, [account]);
  fleet = await RunningFleet.start(sandbox, {
    ...plain,
    // It may do everything in every account: what a role of retention may do is tested elsewhere.
    roles: { ...plain.roles, marker: `arn:aws:iam::{account}:role/${visitorRole}` },
    state: {
      bucket: `s3://${stateBucket(fleetName)}/farcopy`,
      role: roleArn(vaultAccount, stateRole),
      region: defaultRegion,
    },
    tiers: Object.fromEntries(
      Object.entries(plain.tiers).map(([name, of]) => [name, { ...of, retention: { daily: 1, minimum: 1 } }]),
    ),
  });
  for (const time of times)
    for (const database of [shop, till]) expect((await fleet.backUp(database, time, tier)).state).toBe('completed');
}, 300_000);

afterAll(() => sandbox?.end());

/** What the clouds say, asked without any of Farcopy's code: `2026-11-21T02:00:00Z in secure` → its tag. */
async function tagsOf(database: Database): Promise<Record<string, string>> {
  const found = await visitor.footprint(database);
  return Object.fromEntries(
    found.map(({ tags }) => [
      `${tags[copyTags.scheduledTime] ?? ''} in ${tags[copyTags.place] ?? ''}`,
      tags[copyTags.hold] ?? 'no tag',
    ]),
  );
}

const places = ['secure', 'secure-dr', 'source'];
const everywhere = (time: string, hold: unknown) =>
  Object.fromEntries(places.map((place) => [`${time} in ${place}`, hold]));
const byIncident = expect.stringMatching(
  /^20\d\d-\d\d-\d\dT[\d:]{8}Z by=\S+@\S+ incident=breach-7 why=Anna said: keep Café-Daten of that day$/,
) as unknown;

async function farcopy<T>(...words: string[]): Promise<T & { readonly code: number }> {
  const { code, stdout, stderr } = await fleet.farcopy(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as T) };
}

const hold = () =>
  farcopy<{ complete: boolean; toldToLedger: boolean }>(
    ...['hold', '--all', '--from', heldDay, '--to', heldDay, '--incident', 'breach-7'],
    ...['--reason', 'Anna said: "keep Café-Daten of that day!"'],
  );

test('everything of a day is held in every account, and nothing else is, as AWS tells', async () => {
  expect(await hold()).toMatchObject({ code: 0, complete: true, toldToLedger: true });
  for (const database of [shop, till])
    expect(await tagsOf(database)).toEqual({ ...everywhere(times[0], byIncident), ...everywhere(times[1], 'none') });
});

test('a second run changes no tag, and the ledger has one entry a database', async () => {
  const before = await tagsOf(shop);
  expect(await hold()).toMatchObject({ code: 0, complete: true, toldToLedger: null });
  expect(await tagsOf(shop)).toEqual(before);
  const entries = await eventually('the ledger has heard of it', async () => {
    const found = await farcopy<{ entries: readonly StoredEntry[] }>('audit');
    const holds = found.entries.filter(({ type }) => type === 'hold');
    return holds.length >= 2 ? holds : undefined;
  });
  expect(entries.map((entry) => entry.resource?.id).sort()).toEqual(['shop', 'till']);
  for (const entry of entries)
    expect(entry).toMatchObject({
      ...{ outcome: 'set', hold: 'breach-7', reason: null },
      asToldByCaller: { by: expect.stringContaining('@') as string, why: 'Anna said: "keep Café-Daten of that day!"' },
      copies: [expect.any(String), expect.any(String), expect.any(String)] as unknown,
    });
});

test('retention keeps what is held, for the reason that was given', async () => {
  const { kept, doomed } = await farcopy<PrunePlan>('prune', '--plan');
  expect(doomed).toEqual([]);
  const held = kept.filter(({ copy }) => copy.recoveryPoint.endsWith(times[0]));
  expect(held).toHaveLength(6);
  for (const { reasons } of held)
    expect(reasons.join()).toMatch(/hold: \S+ for incident breach-7 since \S+: Anna said: keep Café-Daten of that day/);
});

test('another hold on the same stays when the incident is released, until it is released by name', async () => {
  await farcopy('hold', 'shop', '--point', times[0], '--reason', 'audit');
  const listed = await farcopy<{ holds: readonly HeldPoint[] }>('holds', 'shop');
  expect(listed.holds.map(({ hold: { incident }, places: held }) => [incident, held])).toEqual([
    ['breach-7', places],
    [null, places],
  ]);
  expect((await farcopy('release', '--incident', 'breach-7', '--reason', 'case closed')).code).toBe(0);
  const audit = expect.stringMatching(/^\S+Z by=\S+@\S+ why=audit$/) as unknown;
  expect(await tagsOf(shop)).toEqual({ ...everywhere(times[0], audit), ...everywhere(times[1], 'none') });
  expect(Object.values(await tagsOf(till))).toEqual(places.concat(places).map(() => 'none'));

  expect(await farcopy('release', 'shop', '--reason', 'done')).toMatchObject({ code: 2 });
  expect(await tagsOf(shop)).toMatchObject(everywhere(times[0], audit));
  expect((await farcopy('release', 'shop', '--reason', 'done', '--yes')).code).toBe(0);
  expect(Object.values(await tagsOf(shop))).toEqual(places.concat(places).map(() => 'none'));
  const { doomed } = await farcopy<PrunePlan>('prune', '--plan');
  expect(doomed).toHaveLength(6);
});

test('a copy that refuses its tag is named, and not shown as held; the rest is', async () => {
  const region = secondRegion(defaultRegion);
  const fault = await sandbox.control.inject({
    match: { action: 'AddTagsToResource', account: vaultAccount, region },
    fault: { type: 'error', code: 'AccessDenied', message: 'no', status: 403 },
  });
  const refused = await farcopy<{ complete: boolean; copies: readonly { place: string; state: string }[] }>(
    ...['hold', 'shop', '--point', times[0], '--reason', 'audit'],
  );
  await sandbox.control.withdraw(fault);
  expect(refused).toMatchObject({ code: 3, complete: false });
  expect(refused.copies.map(({ place, state }) => `${place} ${state}`).sort()).toEqual([
    'secure changed',
    'secure-dr failed',
    'source changed',
  ]);
  const held = await farcopy<{ holds: readonly HeldPoint[] }>('holds');
  expect(held.holds).toMatchObject([{ places: ['secure', 'source'], without: ['secure-dr'] }]);
  expect((await tagsOf(shop))[`${times[0]} in secure-dr`]).toBe('none');
});

test('without Temporal everything is held all the same, and one line says that the ledger has not heard', async () => {
  await fleet.endWorkers();
  await sandbox.loseTemporal();
  const { code, stdout, stderr } = await fleet.farcopy('hold', 'till', '--point', times[1], '--reason', 'audit');
  expect(code).toBe(0);
  expect(stdout).toContain('3 copies of 1 recovery point are held');
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^the ledger has not heard of it: Temporal at /)]);
  expect(Object.values(await tagsOf(till)).filter((tag) => tag !== 'none')).toHaveLength(3);
});
