import { defaultRegion, secondRegion, sourceRole, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { type Finding } from '../../../src/client';
import { type RoundStatus } from '../../../src/client/backup/lifecycleStatus';
import { type FleetPlan } from '../../../src/client/backup/planFleet';
import { type ListedCopy } from '../../../src/activities/catalogue/listCopies';
import { type FleetBackupSummary } from '../../../src/core/backup/fleetRound';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, instance, resourceOf } from '../../support/database';
import { fleetDocument, selectOf, tier } from '../../support/fleetDocument';
import { type CommandEnd } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';
import { type FoundSnapshot, summaries, Visitor } from '../../support/visitor';

const fleetName = 'gnu';
const open = '999999999999';
const closed = '888888888888';

const protectedOnes = [
  cluster(fleetName, open, 'shop'),
  cluster(fleetName, open, 'documents', { kind: 'documentdb-cluster' }),
  cluster(fleetName, closed, 'stock'),
  instance(fleetName, closed, 'till'),
];
/** In the account that grants nothing for it. */
const hidden = cluster(fleetName, closed, 'ledger', { kind: 'documentdb-cluster' });
/** Tagged as the fleet wants, but no rule names its kind. */
const forgotten = cluster(fleetName, open, 'graph', { kind: 'neptune-cluster', encryption: 'none' });

const refused = `documentdb-cluster in ${closed}/${defaultRegion}`;
const missing = /the source role may not rds:DescribeDBClusters; allow it in the role's policy/;
const refusal = new RegExp(`${refused}: .*${missing.source}`);
const forgottenText = `neptune graph (${open}/${defaultRegion}) is not protected: no rule of \`select\` names neptune-cluster`;

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let summary: FleetBackupSummary;
/** By id, after the round and before anything else. */
let footprints: ReadonlyMap<string, readonly FoundSnapshot[]>;

beforeAll(async () => {
  const nothingFor = { account: closed, role: sourceRole, actions: ['rds:*'] };
  sandbox = await CloudSandbox.start({
    databases: [...protectedOnes, hidden, forgotten],
    denials: [
      { ...nothingFor, filter: { name: 'engine', value: 'docdb' } },
      { ...nothingFor, resources: [resourceOf(hidden).arn] },
    ],
    settings: { timeScale: 0.1 },
  });
  const select = selectOf(fleetName, ['aurora-cluster', 'rds-instance', 'documentdb-cluster']);
  fleet = await RunningFleet.start(sandbox, fleetDocument(fleetName, [open, closed], { select }));
  summary = await (await fleet.round()).result;
  const visitor = new Visitor(sandbox);
  const found = [...protectedOnes, hidden, forgotten].map(
    async (database) => [database.id, await visitor.footprint(database)] as const,
  );
  footprints = new Map(await Promise.all(found));
}, 180_000);

afterAll(() => sandbox?.end());

/** How often people are told what could not be read, in all that a command says. */
const timesNamed = ({ stdout, stderr }: CommandEnd) => `${stdout}\n${stderr}`.split(refused).length - 1;

async function documentOf<T>(...words: string[]): Promise<{ readonly end: CommandEnd; readonly said: T }> {
  const end = await fleet.farcopy(...words, '--json');
  return { end, said: JSON.parse(end.stdout) as T };
}

const everywhere = ({ account, region }: Database) =>
  [
    `secure in ${vaultAccount}/${region}`,
    `secure-dr in ${vaultAccount}/${secondRegion(region)}`,
    `source in ${account}/${region}`,
  ].map((place) => `${place}, available, alias/farcopy`);

test.each(protectedOnes)('$kind $id of $account is backed up beside the kind that is refused', (database) => {
  expect(summaries(footprints.get(database.id) ?? []).sort()).toEqual(everywhere(database));
});

test('of what the account refuses, and of what no rule selects, there is no copy', () => {
  expect([footprints.get(hidden.id), footprints.get(forgotten.id)]).toEqual([[], []]);
});

test('the list of copies has every copy of the rest', async () => {
  const { said } = await documentOf<{ copies: ListedCopy[] }>('copies');
  const ofDatabase = protectedOnes.map((database) => {
    const { kind, account, region, id } = database;
    const ofIt = said.copies.filter(({ recoveryPoint }) =>
      recoveryPoint.startsWith(`${kind}/${account}/${region}/${id}/`),
    );
    return [id, ofIt.map(({ place }) => place).sort()];
  });
  expect(ofDatabase).toEqual(protectedOnes.map(({ id }) => [id, ['secure', 'secure-dr', 'source']]));
});

test('the round names the missing permission once, and fails in part', () => {
  const { length: completed } = protectedOnes;
  expect(summary).toMatchObject({ state: 'partially-failed', resources: completed, completed, failed: 1 });
  expect(summary.problems).toEqual([{ resource: refused, message: expect.stringMatching(missing) as string }]);
});

test('plan names it once, plans the rest, and ends with code 3', async () => {
  const { end, said } = await documentOf<FleetPlan>('plan');
  expect(end.code).toBe(3);
  expect(said.resources.map(({ resource }) => resource.id).sort()).toEqual(protectedOnes.map(({ id }) => id).sort());
  expect(said.unreadable).toEqual([
    {
      kind: 'documentdb-cluster',
      account: closed,
      region: defaultRegion,
      message: expect.stringMatching(missing) as string,
      unreachable: false,
    },
  ]);
  const forPeople = await fleet.farcopy('plan');
  expect(forPeople.code).toBe(3);
  expect(forPeople.stderr).toMatch(refusal);
  expect(timesNamed(forPeople)).toBe(1);
});

test('plan goes by what earlier backups took, where it is told to', async () => {
  const { said: guessed } = await documentOf<FleetPlan>('plan');
  expect(guessed.learnedOf).toBe(0);
  const { said: learned } = await documentOf<FleetPlan & { silentLifecycles: number }>('plan', '--learned');
  expect(learned.silentLifecycles).toBe(0);
  expect(learned.learnedOf).toBe(protectedOnes.length);
  // The sandbox is ten times as fast as what is guessed.
  expect(learned.expectedSeconds).toBeLessThan(guessed.expectedSeconds / 2);
  expect(Math.max(...learned.limits.map(({ busy }) => busy))).toBeLessThan(
    Math.max(...guessed.limits.map(({ busy }) => busy)),
  );
});

test('check names it once, with how to mend it', async () => {
  const { end, said } = await documentOf<{ findings: Finding[] }>('check');
  expect(end.code).toBe(4);
  expect(said.findings.filter(({ state }) => state === 'failed')).toEqual([
    {
      check: 'resources',
      subject: refused,
      state: 'failed',
      message: expect.stringMatching(missing) as string,
      mend: expect.stringContaining('the source role must be allowed to describe documentdb-cluster') as string,
    },
  ]);
});

test('status names it with the latest round', async () => {
  const { said } = await documentOf<{ rounds: RoundStatus[] }>('status');
  expect(said.rounds).toMatchObject([{ tier, state: 'PartiallyFailed' }]);
  expect(said.rounds[0]?.reason).toMatch(refusal);
  const { stdout } = await fleet.farcopy('status');
  expect(stdout).toMatch(refusal);
});

test('what no rule selects is named as unprotected by the round, plan, check and status', async () => {
  expect(summary.unprotected).toEqual({ count: 1, first: [forgottenText] });

  const [plan, check, status] = await Promise.all([
    documentOf<FleetPlan>('plan'),
    documentOf<{ findings: Finding[] }>('check'),
    documentOf<{ rounds: RoundStatus[] }>('status'),
  ]);
  expect(plan.said.unprotected).toMatchObject([{ kind: 'neptune-cluster', arn: resourceOf(forgotten).arn }]);
  expect(plan.end.stderr).toContain(forgottenText);
  expect(check.said.findings.filter(({ check: what }) => what === 'unprotected')).toMatchObject([
    { subject: resourceOf(forgotten).arn, state: 'warning', message: forgottenText },
  ]);
  expect(status.said.rounds).toMatchObject([{ unprotected: { count: 1, first: [forgottenText] } }]);
  expect(status.end.stderr).toContain(forgottenText);
});

test('a backup of everything names it once, backs up the rest, and ends with code 3', async () => {
  const { end, said } = await documentOf<{ missed: string[]; recoveryPoints: { state: string }[] }>('backup', '--all');
  expect(end.code).toBe(3);
  expect(said.missed).toEqual([expect.stringMatching(refusal)]);
  expect(said.recoveryPoints.map(({ state }) => state)).toEqual(protectedOnes.map(() => 'completed'));
  expect(timesNamed({ ...end, stdout: '' })).toBe(1);
});
