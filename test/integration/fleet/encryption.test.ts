import { roleArn, vaultAccount, vaultRole } from '../../../sandbox/seed/sandboxAccounts';
import { searchAttributes } from '../../../src/core/searchAttributes';
import { type FleetBackupSummary } from '../../../src/core/backup/fleetRound';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, instance } from '../../support/database';
import { fleetDocument } from '../../support/fleetDocument';
import { proveClusters } from '../../support/proveClusters';
import { type Round, RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const forbiddenKey = 'alias/forbidden';
const plain = cluster('panda', account, 'plain', { encryption: 'none' });
const underDefaultKey = cluster('panda', account, 'under-default-key', { encryption: 'default' });
const underOwnKey = cluster('panda', account, 'under-own-key');
const forbidden = cluster('panda', account, 'forbidden', { key: forbiddenKey });
const instances = {
  plain: instance('panda', account, 'plain-instance', { encryption: 'none' }),
  underDefaultKey: instance('panda', account, 'instance-under-default-key', { encryption: 'default' }),
  underOwnKey: instance('panda', account, 'instance-under-own-key'),
};

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
let round: Round;
let summary: FleetBackupSummary;

/** One round of the fleet, which every test here looks at from its own side. */
beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [plain, underDefaultKey, underOwnKey, forbidden, ...Object.values(instances)],
    keys: [
      {
        account,
        region: 'eu-west-1',
        alias: forbiddenKey,
        grantAccounts: [vaultAccount],
        denyPrincipals: [roleArn(vaultAccount, vaultRole)],
      },
    ],
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account]));
  round = await fleet.round();
  summary = await round.result;
}, 180_000);

afterAll(() => sandbox?.end());

const found = async (database: Database) => summaries(await visitor.footprint(database));

/** A copy in every place under that place's key, and nothing else: no intermediate, no share. */
const everywhere = (sourceKey: string, vaultKey = 'alias/farcopy') => [
  `source in ${account}/eu-west-1, available, ${sourceKey}`,
  `secure in ${vaultAccount}/eu-west-1, available, ${vaultKey}`,
  `secure-dr in ${vaultAccount}/eu-central-1, available, ${vaultKey}`,
];

describe('an Aurora cluster', () => {
  test('under a customer-managed key is copied under the keys of the vault', async () => {
    expect(await found(underOwnKey)).toEqual(everywhere('alias/farcopy'));
    expect(await proveClusters(sandbox, 'panda', [underOwnKey], round.scheduledTime)).toEqual([]);
  });

  test('under aws/rds is copied too, and the intermediate that could be shared is gone', async () => {
    expect(await found(underDefaultKey)).toEqual(everywhere('alias/aws/rds'));
    const copies = (await sandbox.control.calls()).filter(
      (call) => call.action === 'CopyDBClusterSnapshot' && call.resource?.includes(underDefaultKey.id),
    );
    expect(copies.map((call) => `${call.account}/${call.region}`)).toEqual([
      `${account}/eu-west-1`,
      `${vaultAccount}/eu-west-1`,
      `${vaultAccount}/eu-central-1`,
    ]);
  });

  test('that is not encrypted stays so, since Aurora encrypts no copy of it', async () => {
    expect(await found(plain)).toEqual(everywhere('not encrypted', 'not encrypted'));
  });
});

describe('an RDS instance', () => {
  test('under a customer-managed key is copied under the keys of the vault', async () => {
    expect(await found(instances.underOwnKey)).toEqual(everywhere('alias/farcopy'));
  });

  test('under aws/rds is copied too, and the intermediate is gone', async () => {
    expect(await found(instances.underDefaultKey)).toEqual(everywhere('alias/aws/rds'));
  });

  test('that is not encrypted is encrypted in the vault', async () => {
    expect(await found(instances.plain)).toEqual(everywhere('not encrypted'));
  });
});

describe('a cluster whose key forbids the vault role', () => {
  /** Role, action and key, for the person who has to change the key policy. */
  const explained = /the vault role may not kms:\S.* on key arn:aws:kms:eu-west-1:999999999999:key\/[\w-]+/;

  test('gets no copy, and leaves nothing shared', async () => {
    expect(await found(forbidden)).toEqual([`source in ${account}/eu-west-1, available, ${forbiddenKey}`]);
  });

  test('makes the round partially failed, which tells role, action and key', async () => {
    expect(summary).toMatchObject({ state: 'partially-failed', resources: 7, completed: 6, failed: 1 });
    expect(summary.problems).toEqual([
      {
        resource: expect.stringMatching(/:cluster:forbidden$/) as string,
        message: expect.stringMatching(explained) as string,
      },
    ]);
    const { typedSearchAttributes: shown } = await fleet.client.workflow
      .getHandle(round.workflowId, round.runId)
      .describe();
    expect(shown.get(searchAttributes.state)).toBe('PartiallyFailed');
    expect(shown.get(searchAttributes.reason)).toContain('cluster:forbidden');
  });

  test('is told by `farcopy status` as well', async () => {
    const { stdout } = await fleet.farcopy('status', '--json');
    const { rounds, lifecycles } = JSON.parse(stdout) as {
      rounds: { state: string }[];
      lifecycles: { id: string; lifecycle: { outcomes: { state: string; reason: string | null }[] } }[];
    };
    expect(rounds.map(({ state }) => state)).toEqual(['PartiallyFailed']);
    const outcomes = lifecycles.find(({ id }) => id === forbidden.id)?.lifecycle.outcomes;
    expect(outcomes).toEqual([
      expect.objectContaining({ state: 'failed', reason: expect.stringMatching(explained) as string }),
    ]);
  });

  test('makes `farcopy backup` end with exit code 3 and the same words', async () => {
    const { code, stdout } = await fleet.farcopy('backup', forbidden.id, underOwnKey.id, '--json');
    expect(code).toBe(3);
    const { recoveryPoints } = JSON.parse(stdout) as {
      recoveryPoints: { resource: { id: string }; state: string; reason?: string }[];
    };
    expect(recoveryPoints.map(({ resource, state }) => `${resource.id} ${state}`).sort()).toEqual([
      'forbidden failed',
      'under-own-key completed',
    ]);
    expect(recoveryPoints.find(({ resource }) => resource.id === forbidden.id)?.reason).toMatch(explained);
  });
});
