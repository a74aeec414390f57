import { describeIssue, exampleFleetFile, FleetFileError, parseFleet, parseSelection } from '../../../src/config';
import { Kinds } from '../../../src/core/kind';
import { knownKinds } from '../../../src/kinds/registry';
import { cardFile, kindsWithCards } from '../../support/cardFile';
import { fleetText, fleetWith } from './fleetText';
import { thrownBy } from './thrownBy';

const parse = (text: string, kinds = kindsWithCards) => parseFleet(text, 'fleet.yaml', { kinds });

function toldBy(work: () => unknown): string[] {
  const error = thrownBy(work);
  expect(error).toBeInstanceOf(FleetFileError);
  return (error as FleetFileError).issues.map((issue) => describeIssue(issue).replace(/\n\s*/g, ' · '));
}

/** Two tiers; `rules` bring resources into them. */
const withRoute = (rules: string, route: string, more = '') =>
  `${fleetText.replace(/vaults:\n/, `vaults:\n  far: {account: "222222222222", region: eu-central-1, key: alias/farcopy}\n  cloud: {bucket: "gs://panda", export: {bucket: "s3://panda-x", role: "arn:aws:iam::111111111111:role/x", key: alias/x}}\n`).replace(/ {2}- \{kind: aurora.*\n/, rules)}  other:
    schedule: "0 * * * *"
    rpo: 2h
    route: [${route}]
    retention: {daily: 14, minimum: 3}
${more}`;
const cards = '  - {kind: card-file, tier: other}\n';
const databases = '  - {kind: aurora-cluster, tier: critical}\n';

describe('a fleet file of other kinds', () => {
  it('selects them, and sets their limits', () => {
    const text = fleetWith('aurora-cluster, tier', 'card-file, tier') + 'limits: [{limit: transcripts, capacity: 9}]\n';
    expect(parse(text)).toMatchObject({ select: [{ kind: 'card-file' }], limits: [{ limit: 'transcripts' }] });
    expect(parse(text).kinds.get('card-file')).toBe(cardFile);
  });

  it('tells of a kind and a limit that there are not, with the nearest', () => {
    const kinds = new Kinds([cardFile]);
    expect(toldBy(() => parse(fleetWith('aurora-cluster, tier', 'card-fill, tier'), kinds))).toEqual([
      expect.stringMatching(/:9:12 select\[0\]\.kind: unknown value `card-fill` · did you mean `card-file`\?/),
    ]);
    const text = fleetWith('aurora-cluster, tier', 'card-file, tier');
    expect(toldBy(() => parse(`${text}limits: [{limit: transcript, capacity: 9}]\n`, kinds))).toEqual([
      expect.stringContaining('limits[0].limit: unknown value `transcript` · did you mean `transcripts`?'),
    ]);
  });

  it('has an example that selects every kind', () => {
    expect(parse(exampleFleetFile(kindsWithCards)).select.map(({ kind }) => kind)).toEqual(kindsWithCards.names);
    expect(exampleFleetFile(knownKinds)).toContain('under the default key aws/rds cannot be shared');
  });
});

describe('a route that a kind cannot travel is refused where it stands', () => {
  it('a bucket, by a kind that is not exported', () => {
    expect(toldBy(() => parse(withRoute(databases + cards, 'secure, cloud')))).toEqual([
      expect.stringMatching(
        /^fleet\.yaml:\d+:\d+ tiers\.other\.route\[1\]: vault `cloud` is a bucket, and copies of kind `card-file` cannot be exported to one/,
      ),
    ]);
    expect(parse(withRoute(databases + cards, 'secure')).warnings).toHaveLength(2);
  });

  it('also where a tag may bring the kind into the tier', () => {
    const byTag = '  - {kind: card-file, tier: {tag: level, default: critical}}\n';
    expect(toldBy(() => parse(withRoute(databases + byTag, 'secure, cloud')))).toHaveLength(1);
    const elsewhere = '  - {kind: card-file, tier: critical}\n  - {kind: aurora-cluster, tier: other}\n';
    expect(parse(withRoute(elsewhere, 'secure, cloud')).tiers).toHaveLength(2);
  });

  it('a bucket that nothing is exported to, by a kind that is exported from vaults; not by one that writes it itself', () => {
    const own = { ...cardFile, capabilities: { ...cardFile.capabilities, exportsFrom: 'source' as const } };
    const kinds = new Kinds([...knownKinds.all, own]);
    expect(parse(withRoute(databases + cards, 'cloud'), kinds).tiers).toHaveLength(2);
    expect(toldBy(() => parse(withRoute('  - {kind: aurora-cluster, tier: other}\n', 'cloud, secure'), kinds))).toEqual(
      [expect.stringContaining('copies of kind `aurora-cluster` are exported from a vault')],
    );
  });

  it('one call to another account and region, by a kind that needs two', () => {
    const single = 'singleStepCopy: true\n';
    expect(toldBy(() => parse(withRoute(databases + cards, 'secure, far', single)))).toEqual([
      expect.stringMatching(
        /tiers\.other\.route\[1\]: vault `far` is in another account and region than resources in eu-west-1, and kind `card-file` cannot be copied there in one call · unset singleStepCopy, or put a vault of account 222222222222 in eu-west-1 before it/,
      ),
    ]);
    expect(parse(withRoute(databases + cards, 'secure, secure-dr', single)).singleStepCopy).toBe(true);
    expect(parse(withRoute(databases + cards, 'far')).singleStepCopy).toBe(false);
  });
});

describe('a selection of other kinds', () => {
  const select = (word: string, id: string) =>
    parseSelection(
      JSON.stringify({ accounts: [{ account_id: '999999999999', resources: { [word]: [id] } }] }),
      'selection.json',
      parse(fleetText),
    );

  it.each(['card-file', 'cards'])('takes %s, and identifiers in the case of the kind', (word) => {
    expect(select(word, 'Panda.Notes')).toEqual([{ kind: 'card-file', account: '999999999999', id: 'Panda.Notes' }]);
  });

  it('refuses identifiers by the rule of the kind', () => {
    expect(toldBy(() => select('cards', 'a'))).toEqual([expect.stringContaining('3–255 letters, digits')]);
    expect(toldBy(() => select('aurora', 'Panda.Notes'))).toEqual([expect.stringContaining('1–63 letters, digits')]);
  });
});
