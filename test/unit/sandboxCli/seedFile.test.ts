import { FleetFileError } from '../../../src/config';
import { demoSeed } from '../../../sandbox/demo/demoSeed';
import { mergeSeeds } from '../../../sandbox/seed/seed';
import { parseSeed } from '../../../sandbox/seed/seedFile';

const account = (resources: string) => `{"accounts": [{"account_id": "999999999999", "resources": ${resources}}]}`;

function faultsOf(text: string): string[] {
  try {
    parseSeed(text, 'seed.json');
  } catch (error) {
    if (error instanceof FleetFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a name stands for a cluster in eu-west-1 under a key of its account, tagged to be backed up', () => {
  expect(parseSeed(account('{"aurora": ["Panda-1"]}'), 'seed.json')).toEqual({
    accounts: ['999999999999'],
    resources: [
      {
        kind: 'aurora-cluster',
        account: '999999999999',
        region: 'eu-west-1',
        id: 'panda-1',
        sizeGb: 10,
        engine: 'aurora-postgresql',
        encryption: 'cmk',
        tags: { backup: 'true' },
        status: 'available',
      },
    ],
  });
});

test('an object says what differs', () => {
  const [cluster, instance] = parseSeed(
    account(`{
      "aurora": [{"id": "a", "kind": "aurora-cluster", "region": "us-east-1", "sizeGb": 500, "engine": "aurora-mysql",
                  "encryption": "default", "tags": {"team": "pandas"}, "status": "backing-up"}],
      "rds": [{"id": "b", "encryption": "none"}]}`),
    'seed.json',
  ).resources;
  expect(cluster).toMatchObject({
    region: 'us-east-1',
    sizeGb: 500,
    engine: 'aurora-mysql',
    encryption: 'default',
    tags: { team: 'pandas' },
    status: 'backing-up',
  });
  expect(instance).toMatchObject({ kind: 'rds-instance', engine: 'postgres', encryption: 'none' });
});

test('a database with data is critical, unless its tags say otherwise', () => {
  const seed = account(`{"aurora": [{"id": "a", "data": true}, {"id": "b", "data": "shop", "rows": 7, "tags": {}},
                                    {"id": "c", "data": false}]}`);
  const [a, b, c] = parseSeed(seed, 'seed.json').resources;
  expect(a).toMatchObject({ data: { database: 'shop', rows: 1_000_000 }, tags: { criticality: 'critical' } });
  expect(b).toMatchObject({ data: { database: 'shop', rows: 7 }, tags: {} });
  expect(c).toMatchObject({ tags: { backup: 'true' } });
  expect(c?.data).toBeUndefined();
});

test.each([
  [
    'an unknown key',
    account('{"aurora": [{"id": "a", "regoin": "x"}]}'),
    /accounts\[0\]\.resources\.aurora\[0\]\.regoin: unknown key `regoin`/,
  ],
  ['an unknown list', account('{"dynamodb": ["a"]}'), /accounts\[0\]\.resources\.dynamodb: unknown key `dynamodb`/],
  [
    'a kind in the wrong list',
    account('{"aurora": [{"id": "a", "kind": "rds-instance"}]}'),
    /aurora\[0\]\.kind: .*rds-instance/,
  ],
  [
    'an engine of another kind',
    account('{"rds": [{"id": "a", "engine": "aurora-mysql"}]}'),
    /rds\[0\]\.engine: .*not an engine/,
  ],
  [
    'an encryption that does not exist',
    account('{"aurora": [{"id": "a", "encryption": "kms"}]}'),
    /aurora\[0\]\.encryption: unknown value `kms`/,
  ],
  ['a size of nothing', account('{"aurora": [{"id": "a", "sizeGb": 0}]}'), /aurora\[0\]\.sizeGb: must be at least 1/],
  [
    'a tag that is no text',
    account('{"aurora": [{"id": "a", "tags": {"n": 1}}]}'),
    /aurora\[0\]\.tags\.n: must be a text/,
  ],
  [
    'data that nobody has written down',
    account('{"aurora": [{"id": "a", "data": "zoo"}]}'),
    /aurora\[0\]\.data: unknown value `zoo`/,
  ],
  [
    'data in MySQL',
    account('{"aurora": [{"id": "a", "engine": "aurora-mysql", "data": true}]}'),
    /aurora\[0\]\.data: is for PostgreSQL only/,
  ],
  ['rows of nothing', account('{"aurora": [{"id": "a", "rows": 5}]}'), /aurora\[0\]\.rows: is the number of rows/],
  ['a name that AWS would refuse', account('{"aurora": ["-a"]}'), /aurora\[0\]: .*not the identifier/],
  ['neither name nor object', account('{"aurora": [7]}'), /aurora\[0\]: must be a name, or/],
  ['the same name twice', account('{"aurora": ["a", "A"]}'), /aurora\[1\]: `a` is listed twice/],
  ['an account as a number', '{"accounts": [{"account_id": 999999999999}]}', /accounts\[0\]\.account_id: .*quotes/],
  [
    'the vault account',
    '{"accounts": [{"account_id": "111111111111"}]}',
    /account_id: 111111111111 is the sandbox’s vault account/,
  ],
  ['no accounts', '{"accounts": []}', /accounts: must not be empty/],
])('%s is refused with line, column and path', (_, text, expected) => {
  const faults = faultsOf(text);
  expect(faults.join('\n')).toMatch(expected);
  expect(faults[0]).toMatch(/^seed\.json:\d+:\d+ /);
});

test('text that is no JSON is refused with the place where it breaks', () => {
  expect(faultsOf('{"accounts": [\n  {"account_id": }')).not.toEqual([]);
});

test('a second seed adds, and replaces what it names again', () => {
  const first = parseSeed(account('{"aurora": ["a", "b"]}'), 'seed.json');
  const second = parseSeed(account('{"aurora": [{"id": "b", "sizeGb": 99}, "c"]}'), 'seed.json');
  const merged = mergeSeeds(first, second);
  expect(merged.resources.map(({ id, sizeGb }) => `${id} ${sizeGb}`)).toEqual(['a 10', 'b 99', 'c 10']);
  expect(mergeSeeds(merged, second)).toEqual(merged);
});

test('the demo of three clusters is the committed fleet, a larger one spreads over the same accounts', () => {
  expect(demoSeed(3)).toEqual(demoSeed());
  const perAccount = demoSeed(40).resources.map((resource) => resource.account);
  expect(perAccount.filter((id) => id === '999999999999')).toHaveLength(20);
  expect(perAccount.filter((id) => id === '888888888888')).toHaveLength(20);
  expect(demoSeed(40).resources.filter(({ data }) => data !== undefined)).toHaveLength(1);
});
