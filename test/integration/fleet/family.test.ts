import { changeStatus } from '../../../sandbox/seed/emulatorControl';
import { vaultAccount, visitorRole } from '../../../sandbox/seed/sandboxAccounts';
import { knownKinds } from '../../../src/kinds/registry';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type FleetBackupSummary } from '../../../src/core/backup/fleetRound';
import { CloudSandbox } from '../../support/cloudSandbox';
import { type Database, resourceOf } from '../../support/database';
import { fleetDocument, selectOf } from '../../support/fleetDocument';
import { type Round, RunningFleet } from '../../support/runningFleet';
import { withBoto3 } from '../../support/boto3/withBoto3';

const account = '999999999999';
const regions = ['eu-west-1', 'eu-central-1'] as const;

const database = (
  kind: Database['kind'],
  id: string,
  encryption: Database['encryption'],
  seed: Database['seed'] = {},
  region: (typeof regions)[number] = 'eu-west-1',
): Database => ({ kind, account, region, id, encryption, tags: { fleet: 'zoo' }, seed });

const family = {
  provisioned: database('aurora-cluster', 'provisioned', 'cmk'),
  serverless: database('aurora-cluster', 'serverless', 'default', { serverlessV2: { min: 0.5, max: 8 } }),
  primary: database('aurora-cluster', 'primary', 'cmk', { global: { id: 'world', role: 'primary' } }),
  headless: database(
    'aurora-cluster',
    'headless',
    'cmk',
    { instances: 0, global: { id: 'world', role: 'secondary' } },
    'eu-central-1',
  ),
  plain: database('aurora-cluster', 'plain', 'none', { engine: 'aurora-mysql' }),
  documents: database('documentdb-cluster', 'documents', 'cmk'),
  graph: database('neptune-cluster', 'graph', 'none'),
  graphUnderDefaultKey: database('neptune-cluster', 'graph-default', 'default'),
  instance: database('rds-instance', 'instance', 'default'),
  replica: database('rds-instance', 'replica', 'default', { replicaOf: 'instance' }),
  busy: database('rds-instance', 'busy', 'cmk', { status: 'modifying', statusSeconds: 7200 }),
};
const trio = database('multi-az-cluster', 'trio', 'cmk');
const asleep = database('aurora-cluster', 'asleep', 'cmk', { status: 'stopped' });

interface Found {
  readonly where: string;
  readonly engine: string;
  readonly of: string;
  readonly status: string;
  readonly key: string;
  readonly sharedWith: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let round: Round;
let summary: FleetBackupSummary;
let found: readonly Found[];

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [...Object.values(family), trio, asleep],
    // Two hours pass in half a minute.
    settings: { timeScale: 0.004 },
  });
  const document = fleetDocument('zoo', [account], {
    accounts: [{ id: account, regions: [...regions] }],
    select: selectOf('zoo', knownKinds.names),
  });
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    vaults: {
      secure: { account: vaultAccount, key: 'alias/farcopy' },
      'secure-dr': {
        account: vaultAccount,
        region: { 'eu-west-1': 'eu-central-1', 'eu-central-1': 'eu-west-1' },
        key: 'alias/farcopy',
      },
    },
  });
  round = await fleet.round();
  summary = await round.result;
  found = await askTheClouds();
}, 300_000);

afterAll(() => sandbox?.end());

/** What boto3 finds, which shares nothing with the code that makes the copies. */
async function askTheClouds(): Promise<readonly Found[]> {
  const places = [account, vaultAccount].flatMap((owner) => regions.map((region) => `${owner}/${region}`));
  const { stdout } = await withBoto3(sandbox, 'askTheClouds', [visitorRole, ...places]);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Found);
}

/** Each copy of a database in words: where, under which key, and whether someone else may read it. */
function copiesOf({ id }: Database): string[] {
  return found
    .filter(({ of }) => of === id)
    .map(({ where, status, key, sharedWith, tags }) =>
      [
        `${tags[copyTags.place] ?? 'nowhere'} in ${where}`,
        status,
        key,
        ...(tags[copyTags.verified] === undefined ? ['not verified'] : []),
        ...(sharedWith.length === 0 ? [] : [`shared with ${sharedWith.join(' and ')}`]),
      ].join(', '),
    )
    .sort();
}

/** A copy in every place under that place's key, and nothing else: no intermediate, no share. */
const everywhere = ({ region }: Database, sourceKey: string, vaultKey = 'alias/farcopy') => {
  const other = region === 'eu-west-1' ? 'eu-central-1' : 'eu-west-1';
  return [
    `secure in ${vaultAccount}/${region}, available, ${vaultKey}`,
    `secure-dr in ${vaultAccount}/${other}, available, ${vaultKey}`,
    `source in ${account}/${region}, available, ${sourceKey}`,
  ];
};

const plain = 'not encrypted';

test.each([
  ['an Aurora cluster', family.provisioned, 'alias/farcopy', undefined],
  ['Serverless v2 under the default key', family.serverless, 'alias/aws/rds', undefined],
  ['the primary cluster of a global database', family.primary, 'alias/farcopy', undefined],
  ['a headless secondary cluster in another region', family.headless, 'alias/farcopy', undefined],
  ['a plain Aurora cluster, which stays plain', family.plain, plain, plain],
  ['a DocumentDB cluster', family.documents, 'alias/farcopy', undefined],
  ['a plain Neptune cluster, which stays plain', family.graph, plain, plain],
  ['a Neptune cluster under the default key', family.graphUnderDefaultKey, 'alias/aws/rds', undefined],
  ['an RDS instance under the default key', family.instance, 'alias/aws/rds', undefined],
  ['a read replica', family.replica, 'alias/aws/rds', undefined],
  ['an instance that was busy for two hours', family.busy, 'alias/farcopy', undefined],
] as const)('%s has its copy in every place, and nothing is left shared', (_, database, sourceKey, vaultKey) => {
  expect(copiesOf(database)).toEqual(everywhere(database, sourceKey, vaultKey));
});

test('each engine has its copies under its own kind', () => {
  const kinds = new Map<string, Set<string>>();
  for (const { engine, tags } of found) {
    const [kind = ''] = (tags[copyTags.recoveryPoint] ?? '').split('/');
    kinds.set(kind, (kinds.get(kind) ?? new Set()).add(engine));
  }
  expect(Object.fromEntries([...kinds].map(([kind, engines]) => [kind, [...engines].sort()]))).toEqual({
    'aurora-cluster': ['aurora-mysql', 'aurora-postgresql'],
    'documentdb-cluster': ['docdb'],
    'neptune-cluster': ['neptune'],
    'rds-instance': ['postgres'],
  });
});

test('the round says in words what it could not copy, and why', () => {
  const copied = Object.keys(family).length;
  expect(summary).toMatchObject({ state: 'partially-failed', resources: copied + 2, completed: copied, failed: 2 });
  const told = Object.fromEntries(summary.problems.map(({ resource, message }) => [resource, message]));
  expect(told[resourceOf(trio).arn]).toContain('AWS does not copy snapshots of those');
  expect(told[resourceOf(asleep).arn]).toContain('start it');
  expect(copiesOf(trio)).toEqual([]);
  expect(copiesOf(asleep)).toEqual([]);
});

test('nobody sits on a permit for what sleeps or cannot be copied', async () => {
  const { stdout } = await fleet.farcopy('limits', '--json');
  const { limits } = JSON.parse(stdout) as { limits: { holders: unknown[]; waiters: unknown[] }[] };
  expect(limits.flatMap(({ holders, waiters }) => [...holders, ...waiters])).toEqual([]);
});

test('of a database that was stopped since, the last copy is still current, and the round says so', async () => {
  await changeStatus(sandbox.awsEndpoint, resourceOf(family.provisioned).arn, 'stopped');
  const before = copiesOf(family.provisioned);
  const again = await (await fleet.round()).result;

  expect(again.unchanged).toBe(1);
  const told = again.problems.find(({ resource }) => resource === resourceOf(family.provisioned).arn);
  expect(told?.message).toContain('still current');
  found = await askTheClouds();
  expect(copiesOf(family.provisioned)).toEqual(before);
});
