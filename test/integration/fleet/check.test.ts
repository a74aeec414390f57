import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backupBucket,
  defaultRegion,
  exportBucket,
  exportRole,
  keyAlias,
  lenderRole,
  restoreRole,
  roleArn,
  scratchAccount,
  scratchNetwork,
  secondRegion,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { plantSeed } from '../../../sandbox/seed/emulatorControl';
import { seedRequest } from '../../../sandbox/seed/seedRequest';
import { type DeletableThing, type Finding } from '../../../src/client';
import { type FleetPlan } from '../../../src/client/backup/planFleet';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';
import { fleetDocument, type FleetDocument } from '../../support/fleetDocument';
import { farcopyProgram, run } from '../../support/program';

const account = '999999999999';
const fleetName = 'panda';
let sandbox: CloudSandbox;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [cluster(fleetName, account, 'shop')], bucketsOf: fleetName });
}, 180_000);
afterAll(() => sandbox?.end());

interface Changes {
  /** `{region}` and all. */
  readonly exportTo?: string;
  readonly role?: string;
  readonly bucket?: string;
  readonly lock?: { readonly mode: 'governance'; readonly days: number };
  readonly network?: string;
  readonly restoreWith?: string;
}

/** A fleet whose route ends in a bucket and whose drills restore into a scratch network. */
function documentOf(changes: Changes): FleetDocument {
  const plain = fleetDocument(fleetName, [account]);
  const { exportTo = exportBucket(fleetName, '{region}'), role = roleArn(vaultAccount, exportRole) } = changes;
  const { bucket = backupBucket(fleetName), lock, network = scratchNetwork, restoreWith = restoreRole } = changes;
  return {
    ...plain,
    roles: {
      ...plain.roles,
      restore: `arn:aws:iam::{account}:role/${restoreWith}`,
      lender: `arn:aws:iam::{account}:role/${lenderRole}`,
    },
    vaults: {
      ...plain.vaults,
      'other-cloud': {
        bucket: `gs://${bucket}`,
        export: { bucket: `s3://${exportTo}`, role, key: keyAlias },
        ...(lock === undefined ? {} : { lock: { mode: lock.mode, days: lock.days } }),
      },
    },
    tiers: Object.fromEntries(
      Object.entries(plain.tiers).map(([name, tier]) => [
        name,
        {
          ...tier,
          route: ['secure', 'secure-dr', 'other-cloud'],
          drills: {
            weekly: {
              read: 'none' as const,
              to: { account: scratchAccount, region: secondRegion(defaultRegion), subnetGroup: network },
            },
          },
        },
      ]),
    ),
  };
}

async function check(changes: Changes = {}) {
  const file = join(sandbox.folder, 'checked.yaml');
  await writeFile(file, JSON.stringify(documentOf(changes)));
  const end = await run(process.execPath, [farcopyProgram(), 'check', '--json'], sandbox.environment(file, 'default'));
  const { findings, deletable } = JSON.parse(end.stdout) as { findings: Finding[]; deletable: DeletableThing[] };
  return { code: end.code, findings, deletable };
}
const wrong = (findings: readonly Finding[]) => findings.filter(({ state }) => state === 'failed');

test('what exports, restores and drills need is looked at beforehand', async () => {
  const { code, findings } = await check();
  expect(wrong(findings)).toEqual([]);
  expect(code).toBe(0);
  const subjects = findings
    .filter(({ state }) => state === 'ok')
    .map(({ check: what, subject }) => `${what} ${subject}`);
  expect(subjects).toEqual(
    expect.arrayContaining([
      `bucket s3://${exportBucket(fleetName, defaultRegion)} in ${vaultAccount}/${defaultRegion}`,
      `role ${roleArn(vaultAccount, lenderRole)}`,
      `role ${roleArn(scratchAccount, restoreRole)}`,
      `drill subnet group ${scratchNetwork} in ${scratchAccount}/${secondRegion(defaultRegion)}`,
    ]),
  );
  // Nothing in the sandbox keeps anyone from deleting there.
  const warned = findings.filter(({ check: what, state }) => what === 'bucket' && state === 'warning');
  expect(warned.map(({ message }) => message)).toEqual([
    expect.stringContaining('nothing keeps copies from being deleted'),
  ]);
});

test.each<[what: string, changes: Changes, subject: RegExp, message: RegExp]>([
  [
    'no bucket to export to',
    { exportTo: 'nobodys-exports' },
    /^s3:\/\/nobodys-exports in 111/,
    // The role may list the buckets of its template alone, so S3 does not say whether there is another one.
    /it is not of account 111111111111, or the vault role may not s3:ListBucket/,
  ],
  [
    'a bucket in another region',
    { exportTo: exportBucket(fleetName, secondRegion(defaultRegion)) },
    /^s3:.*central-1 in 111111111111\/eu-west-1$/,
    /lies in eu-central-1: what is in 111111111111\/eu-west-1 is exported to buckets of eu-west-1 only/,
  ],
  [
    'a role of another account',
    { role: roleArn(account, exportRole) },
    /^s3:/,
    /is of account 999999999999: exports take on roles of 111111111111 only/,
  ],
  ['no bucket in the other cloud', { bucket: 'nobodys-backups' }, /^gs:\/\/nobodys-backups$/, /./],
  [
    'a lock on a bucket that knows none',
    { lock: { mode: 'governance', days: 7 } },
    /^gs:/,
    /the bucket no object retention: nothing could be written/,
  ],
  ['no network for drills', { network: 'nowhere' }, /^subnet group nowhere in/, /nowhere/],
  [
    'no role for restores',
    { restoreWith: 'nobody' },
    /role\/nobody$|^alias\/farcopy in 111111111111/,
    /may not be assumed|the lender role may not kms:CreateGrant/,
  ],
])('%s is found, and said how to mend', async (_what, changes, subject, message) => {
  const { code, findings } = await check(changes);
  expect(code).toBe(4);
  const found = wrong(findings);
  expect(found.length).toBeGreaterThan(0);
  for (const one of found) {
    expect(one.subject).toMatch(subject);
    expect(one.message).toMatch(message);
    expect(one.mend).not.toBeNull();
  }
});

test('plan says which quota cannot carry the fleet within its RPO, and what would', async () => {
  const plain = fleetDocument(fleetName, [account]);
  const tiers = Object.fromEntries(
    Object.entries(plain.tiers).map(([name, one]) => [name, { ...one, schedule: '* * * * *', rpo: '3h' }]),
  );
  const file = join(sandbox.folder, 'hurried.yaml');
  await writeFile(file, JSON.stringify({ ...plain, tiers }));
  const plan = (...words: string[]) =>
    run(process.execPath, [farcopyProgram(), 'plan', ...words], sandbox.environment(file, 'default'));
  const [json, forPeople] = await Promise.all([plan('--json'), plan()]);
  const { limits, tiers: loads, learnedOf } = JSON.parse(json.stdout) as FleetPlan;
  const copiesLimit = 'cluster-snapshot-cross-region-copies';
  // What cannot be carried is planned all the same.
  expect([json.code, forPeople.code, learnedOf]).toEqual([0, 0, 0]);
  expect(limits.find(({ limit }) => limit === copiesLimit)).toMatchObject({
    region: secondRegion(defaultRegion),
    verdict: 'exceeded',
    resources: 1,
    fits: 0,
    enoughCapacity: expect.any(Number) as number,
  });
  expect(limits.filter(({ limit }) => limit !== copiesLimit).map(({ verdict }) => verdict)).toEqual(['carried']);
  expect(loads).toMatchObject([{ resources: 1, verdict: 'carried' }]);
  expect(forPeople.stderr).toMatch(
    new RegExp(`^quota: ${copiesLimit} in ${vaultAccount}/.* cannot carry the fleet: .*if AWS grants that`, 'm'),
  );
  expect(forPeople.stderr.match(/^quota: /gm)).toHaveLength(1);
});

test('plan goes by no backups where no worker can tell of them, and says so at once', async () => {
  const file = join(sandbox.folder, 'unlearned.yaml');
  await writeFile(file, JSON.stringify(fleetDocument(fleetName, [account])));
  const words = [farcopyProgram(), 'plan', '--learned'];
  const { code, stdout, stderr } = await run(process.execPath, words, sandbox.environment(file, 'default'));
  expect([code, stdout]).toEqual([5, '']);
  expect(stderr).toMatch(/no worker polls task queue .*farcopy worker/s);
});

const answers = (things: readonly DeletableThing[]) =>
  Object.fromEntries(things.map(({ what, subject, deletable }) => [`${what} ${subject}`, deletable]));
const copies = `copies every snapshot in ${vaultAccount} (${secondRegion(defaultRegion)}, ${defaultRegion})`;
const exported = `exports s3://${exportBucket(fleetName, defaultRegion)} in ${vaultAccount}/${defaultRegion}`;

test('what an administrator of a vault could still delete is said, and what cannot be known is called so', async () => {
  const { code, deletable } = await check();
  // Not even what can be deleted makes the check fail.
  expect(code).toBe(0);
  expect(answers(deletable)).toEqual({
    [copies]: 'yes',
    [`key ${keyAlias} in ${vaultAccount}/${defaultRegion}`]: 'not-provable',
    [`key ${keyAlias} in ${vaultAccount}/${secondRegion(defaultRegion)}`]: 'not-provable',
    [exported]: 'yes',
    [`objects gs://${backupBucket(fleetName)}`]: 'not-provable',
  });
  const said = deletable.find(({ what }) => what === 'copies');
  expect(said?.places).toEqual(['secure', 'secure-dr']);
  expect(said?.message).toContain(`an administrator of ${vaultAccount} can delete it (rds:Delete`);
  expect(said?.message).toContain('is of no organisation');
});

test('a member of an organisation may be bound by its policies: that can be tried, and is not claimed', async () => {
  const request = seedRequest({ accounts: [account], resources: [] });
  await plantSeed(sandbox.awsEndpoint, {
    ...request,
    organization: { accounts: [{ id: vaultAccount, name: 'vault' }] },
  });
  const file = join(sandbox.folder, 'checked.yaml');
  const { deletable } = await check();
  expect(answers(deletable)).toMatchObject({ [copies]: 'not-provable', [exported]: 'not-provable' });
  const { stdout } = await run(process.execPath, [farcopyProgram(), 'check'], sandbox.environment(file, 'default'));
  expect(stdout).toContain('Can an administrator still delete it?');
  expect(stdout).toMatch(/as an administrator of \d+: aws rds delete-db-cluster-snapshot .*farcopy-is-not-there/);
});
