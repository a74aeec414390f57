import {
  exportBucket,
  exportRole,
  keyAlias,
  restoreRole,
  roleArn,
  secondRegion,
  stateBucket,
  stateRole,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import {
  archiveBucket,
  defaultRegion,
  lenderRole,
  scratchAccount,
  sourceRole,
  vaultRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { callAws } from '../../../sandbox/seed/callAws';
import { deny } from '../../../sandbox/seed/emulatorControl';
import { type DeletableThing } from '../../../src/client';
import { type RestoreResult } from '../../../src/core/restore/restoreResult';
import { type SweepReport } from '../../../src/core/sweep/sweep';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, instance } from '../../support/database';
import { awsDrills, checks, drilledFleet, otherCloud } from '../../support/drilledFleet';
import { tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { usedPermissions } from '../../support/usedPermissions';

const account = '999999999999';
const fleetName = 'panda';
const data = { database: 'shop', rows: 300 } as const;
const shop = cluster(fleetName, account, 'shop', { data });
const ledger = instance(fleetName, account, 'ledger', { encryption: 'default' });
const archive = archiveBucket(fleetName);
const quick = { base: 1, perGiB: 0 };
const ours = [sourceRole, vaultRole, lenderRole, restoreRole, exportRole, stateRole];

let sandbox: CloudSandbox;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, ledger],
    bucketsOf: fleetName,
    settings: {
      enforcePermissions: true,
      durations: {
        ...{ snapshot: quick, 'copy-same-region': quick, 'copy-cross-region': quick, export: quick, restore: quick },
        'create-instance': quick,
      },
    },
  });
  const region = secondRegion(defaultRegion);
  await callAws(sandbox.awsEndpoint, {
    ...{ service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${archive}` },
    headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  });
  const server = await sandbox.scratchServer();
  const document = drilledFleet(fleetName, [account]);
  const whole = document.tiers[tier];
  if (whole === undefined) throw new Error('the fleet has no tier');
  const exports = {
    bucket: `s3://${exportBucket(fleetName, '{region}')}`,
    role: roleArn(vaultAccount, exportRole),
    key: keyAlias,
  };
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    state: {
      ...{ bucket: `s3://${stateBucket(fleetName)}`, role: roleArn(vaultAccount, stateRole), region: defaultRegion },
      lock: { mode: 'governance', days: 1 },
    },
    vaults: {
      ...document.vaults,
      'other-cloud': otherCloud(fleetName),
      archive: {
        ...{ bucket: `s3://${archive}`, account: vaultAccount, region, key: keyAlias, export: exports },
        lock: { mode: 'governance', days: 1 },
      },
    },
    tiers: {
      [tier]: {
        ...whole,
        route: ['secure', 'secure-dr', 'other-cloud', 'archive'],
        drills: {
          'second-region': awsDrills['second-region'],
          'other-cloud': { from: 'other-cloud', to: { postgres: server.url, secret: server.secret }, checks },
        },
      },
    },
  });
}, 300_000);

afterAll(() => sandbox?.end());

/** What the roles of Farcopy were refused since the last time. */
async function refused(): Promise<string[]> {
  const { missing } = await sandbox.control.permissions();
  return missing
    .filter(({ role }) => ours.includes(role))
    .map(({ role, action, resource }) => `${role} ${action} ${resource}`);
}

async function farcopy<T>(...words: string[]): Promise<{ code: number } & T> {
  const { code, stdout, stderr } = await fleet.farcopy(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as T) };
}

test('every copy is made by roles that may do nothing else', async () => {
  const outcomes = await Promise.all([shop, ledger].map((database) => fleet.backUp(database)));
  expect(outcomes.map(({ state }) => state)).toEqual(['completed', 'completed']);
  expect(await refused()).toEqual([]);
}, 300_000);

test('the copy of the second region comes back in the account that the database came from', async () => {
  const dry = await farcopy<{ ok: boolean }>(
    'restore',
    'shop',
    '--from',
    'secure-dr',
    '--as',
    'shop-restored',
    '--dry-run',
  );
  expect(dry).toMatchObject({ code: 0, ok: true });
  const back = await farcopy<{ restore: RestoreResult }>(
    'restore',
    'shop',
    '--from',
    'secure-dr',
    '--as',
    'shop-restored',
  );
  expect(back).toMatchObject({ code: 0, restore: { account, id: 'shop-restored', from: { place: 'secure-dr' } } });
  const instanceBack = await farcopy<{ restore: RestoreResult }>(
    'restore',
    'ledger',
    '--from',
    'secure',
    '--as',
    'ledger-restored',
  );
  expect(instanceBack).toMatchObject({ code: 0, restore: { account, id: 'ledger-restored' } });
  expect(await refused()).toEqual([]);
  // The key was lent for these restores, and to nobody for longer.
  expect(await grantsOf(account)).toEqual([]);
}, 300_000);

test('drills in another account and of the other cloud, the sweep and the check are allowed all they need', async () => {
  for (const drill of ['second-region', 'other-cloud']) {
    const { drill: result } = await farcopy<{ drill: { failures: string[] } }>('drill', 'shop', '--drill', drill);
    expect(result).toMatchObject({ verdict: 'passed', failures: [], tornDown: true });
  }
  const { sweep } = await farcopy<{ sweep: SweepReport }>('sweep');
  expect(sweep).toMatchObject({ problems: [] });
  const { entries } = await farcopy<{ entries: { type: string }[] }>('history');
  expect(entries.filter(({ type }) => type === 'drill')).toHaveLength(2);
  expect(await farcopy('catalogue', 'index')).toMatchObject({ code: 0, isWritten: true, problems: [] });
  expect(await farcopy('catalogue', 'index', '--show')).toMatchObject({ code: 0, notes: [] });
  const { findings, deletable } = await farcopy<{
    findings: { check: string; state: string; message: string }[];
    deletable: DeletableThing[];
  }>('check');
  expect(findings.filter(({ state }) => state === 'failed' || state === 'unreachable')).toEqual([]);
  // The vault role may see all that is told.
  expect(deletable.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['copies', 'key', 'exports', 'objects', 'objects']),
  );
  expect(deletable.filter(({ message }) => message.includes('could not be seen'))).toEqual([]);
  expect(await refused()).toEqual([]);
  expect(await grantsOf(scratchAccount)).toEqual([]);
}, 300_000);

test('where the key may not be lent, the dry run and the check say so, and nothing is made', async () => {
  await deny(sandbox.awsEndpoint, { account: vaultAccount, role: lenderRole, actions: ['kms:CreateGrant'] });
  await sandbox.control.forget();
  const dry = await farcopy<{ error: { message: string } }>(
    ...['restore', 'shop', '--from', 'secure-dr', '--as', 'shop-restored-2', '--dry-run'],
  );
  expect(dry.code).not.toBe(0);
  expect(dry.error.message).toContain('the lender role may not kms:CreateGrant');
  const { findings } = await farcopy<{ findings: { check: string; state: string }[] }>('check');
  expect(findings.filter(({ check }) => check === 'lending').map(({ state }) => state)).toContain('failed');
  const made = (await sandbox.control.calls()).filter(({ action }) => /^(Copy|Restore|Modify)DB/.test(action));
  expect(made).toEqual([]);
}, 120_000);

test('what it took is what `npm run permissions` says', async () => {
  const { found, recorded } = await usedPermissions(sandbox, ours, 'permissions.json');
  expect(found).toEqual(recorded);
});

/** Grants of the vault's keys to a role that restores. */
async function grantsOf(borrower: string): Promise<string[]> {
  const found = await Promise.all(
    [defaultRegion, secondRegion(defaultRegion)].map(async (region) => {
      const answer = await callAws(sandbox.awsEndpoint, {
        ...{ service: 'kms', account: vaultAccount, region, method: 'POST', path: '/' },
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListGrants' },
        body: JSON.stringify({ KeyId: keyAlias, GranteePrincipal: roleArn(borrower, restoreRole) }),
      });
      return (JSON.parse(answer) as { Grants: { Name: string }[] }).Grants.map(({ Name }) => Name);
    }),
  );
  return found.flat();
}
