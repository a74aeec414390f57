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
import { type Finding } from '../../../src/client';
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
  const { findings } = JSON.parse(end.stdout) as { findings: Finding[] };
  return { code: end.code, findings };
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
    /there is no such bucket/,
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
  ['no role for restores', { restoreWith: 'nobody' }, /role\/nobody$/, /may not be assumed/],
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
