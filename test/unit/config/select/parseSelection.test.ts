import { describeIssue, FleetFileError, parseFleet, parseSelection } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetWith } from '../fleetText';
import { thrownBy } from '../thrownBy';

const fleet = parseFleet(
  fleetWith(
    'regions: [eu-west-1]}',
    'regions: [eu-west-1, us-east-1]}\n  - {id: "888888888888", regions: [eu-west-1]}',
  ),
  'fleet.yaml',
  { kinds: knownKinds },
);
const parse = (text: string) => parseSelection(text, 'selection.json', fleet);

function toldBy(text: string): string[] {
  const error = thrownBy(() => parse(text));
  expect(error).toBeInstanceOf(FleetFileError);
  return (error as FleetFileError).issues.map(describeIssue);
}

describe('a selection', () => {
  it('names resources by account and kind', () => {
    const text = JSON.stringify({
      accounts: [
        { account_id: '999999999999', resources: { aurora: ['panda-cluster-1', 'Panda-Cluster-2'] } },
        { account_id: '888888888888', resources: { aurora: ['panda-cluster-3'], rds: ['panda-cluster-3'] } },
      ],
    });
    expect(parse(text)).toEqual([
      { kind: 'aurora-cluster', account: '999999999999', id: 'panda-cluster-1' },
      { kind: 'aurora-cluster', account: '999999999999', id: 'panda-cluster-2' },
      { kind: 'aurora-cluster', account: '888888888888', id: 'panda-cluster-3' },
      { kind: 'rds-instance', account: '888888888888', id: 'panda-cluster-3' },
    ]);
  });

  it('may name regions, and the kinds by their own names', () => {
    const text = `{\n\t"accounts": [{"account_id": "999999999999", "region": "us-east-1",
\t"resources": {"aurora-cluster": ["a", {"id": "a", "region": "eu-west-1"}], "rds-instance": [{"id": "b"}]}}]\n}`;
    expect(parse(text)).toEqual([
      { kind: 'aurora-cluster', account: '999999999999', id: 'a', region: 'us-east-1' },
      { kind: 'aurora-cluster', account: '999999999999', id: 'a', region: 'eu-west-1' },
      { kind: 'rds-instance', account: '999999999999', id: 'b', region: 'us-east-1' },
    ]);
  });

  it('takes any account where the file names an organisation', () => {
    const text = fleetWith(
      '  - {id: "999999999999", regions: [eu-west-1]}',
      '  organization: {account: "777777777777", regions: [eu-west-1]}',
    );
    const selection = '{"accounts": [{"account_id": "555555555555", "resources": {"rds": ["a"]}}]}';
    expect(parseSelection(selection, 's.json', parseFleet(text, 'fleet.yaml', { kinds: knownKinds }))).toHaveLength(1);
  });

  it('tells everything that is wrong, with its place', () => {
    const text = `{"accounts": [
  {"account_id": "999999999998", "resources": {"aurora": ["a", "A"]}},
  {"account_id": "888888888888", "region": "us-east-1", "resources": {"rds": [{"id": "b", "region": "eu-west-2"}]}}
]}`;
    expect(toldBy(text)).toEqual([
      'selection.json:2:18 accounts[0].account_id: account `999999999998` is none of fleet panda\n    did you mean `999999999999`?',
      'selection.json:2:64 accounts[0].resources.aurora[1]: `a` is selected twice',
      'selection.json:3:44 accounts[1].region: region `us-east-1` is none of account 888888888888 in the fleet file\n    known: `eu-west-1`',
      'selection.json:3:101 accounts[1].resources.rds[0].region: region `eu-west-2` is none of account 888888888888 in the fleet file\n    did you mean `eu-west-1`?',
    ]);
  });

  it.each([
    ['{"accounts": [{"account_id": 999999999999, "resources": {}}]}', '1:30 accounts[0].account_id', 'in quotes'],
    [
      '{"accounts": [{"account_id": "999999999999", "resources": {"auora": ["a"]}}]}',
      '1:60 accounts[0].resources.auora',
      'did you mean `aurora`?',
    ],
    [
      '{"accounts": [{"account_id": "999999999999", "resources": {"rds": ["a--b"]}}]}',
      '1:68 accounts[0].resources.rds[0]',
      'not an identifier',
    ],
    [
      '{"accounts": [{"account_id": "999999999999", "resources": {"rds": "a"}}]}',
      'accounts[0].resources.rds',
      'must be a list',
    ],
    ['{"accounts": [{"account_id": "999999999999", "resources": {"rds": []}}]}', 'accounts', 'nothing is selected'],
    ['{"accounts": []}', 'accounts', 'must not be empty'],
    ['{"accounts": [', '1:15', ''],
    ['', '1:1', 'the file is empty'],
    ['[]', '1:1', 'must be a map'],
  ])('%s is refused', (text, where, fragment) => {
    expect(toldBy(text)).toContainEqual(expect.stringContaining(where));
    expect(toldBy(text).join('\n')).toContain(fragment);
  });
});
