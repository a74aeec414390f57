import { goneText } from '../../../../src/client/catalogue/goneResources';
import { matches, parseResourceArgument, resolveResources } from '../../../../src/client/catalogue/resourceArgument';
import { InvalidRequestError } from '../../../../src/client/invalidRequestError';
import { Kinds } from '../../../../src/core/kind';
import { knownKinds } from '../../../../src/kinds/registry';
import { cardFile, kindsWithCards } from '../../../support/cardFile';

const known = [
  { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' },
  { kind: 'aurora-cluster', account: '888888888888', region: 'eu-west-1', id: 'panda-cluster-1' },
  { kind: 'rds-instance', account: '888888888888', region: 'eu-west-1', id: 'orders' },
] as const;

/** A name alone may be one of every kind. */
const ofAny = (id: string) => Object.fromEntries(knownKinds.all.map(({ name }) => [name, id]));
/** The ARN of a cluster does not tell its engine. */
const ofClusters = (id: string) => ({
  ...{ 'aurora-cluster': id, 'documentdb-cluster': id, 'neptune-cluster': id, 'multi-az-cluster': id },
});
const parse = (text: string) => parseResourceArgument(text, knownKinds);
const resolve = (...texts: string[]) => resolveResources(texts.map(parse), known, 'the fleet');

describe('naming a resource', () => {
  test.each([
    ['panda-cluster-1', { ids: ofAny('panda-cluster-1') }],
    ['PANDA-Cluster-1', { ids: ofAny('panda-cluster-1') }],
    ['eu-west-1/orders', { region: 'eu-west-1', ids: ofAny('orders') }],
    ['999999999999/eu-west-1/orders', { account: '999999999999', region: 'eu-west-1', ids: ofAny('orders') }],
    [
      'rds-instance/999999999999/us-gov-west-1/orders',
      { account: '999999999999', region: 'us-gov-west-1', ids: { 'rds-instance': 'orders' } },
    ],
    [
      'arn:aws:rds:eu-west-1:999999999999:cluster:Panda-cluster-1',
      { account: '999999999999', region: 'eu-west-1', ids: ofClusters('panda-cluster-1') },
    ],
    [
      'arn:aws-cn:rds:cn-north-1:999999999999:db:orders',
      { account: '999999999999', region: 'cn-north-1', ids: { 'rds-instance': 'orders' } },
    ],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual({ text, ...expected });
  });

  test('ids keep their case where their kind keeps it', () => {
    expect(parseResourceArgument('eu-west-1/Panda.Notes', kindsWithCards).ids).toEqual({ 'card-file': 'Panda.Notes' });
    expect(parseResourceArgument('Panda', kindsWithCards).ids).toEqual({ ...ofAny('panda'), 'card-file': 'Panda' });
    const arn = 'arn:aws:cards:eu-west-1:999999999999:file/Panda';
    expect(parseResourceArgument(arn, kindsWithCards)).toMatchObject({
      region: 'eu-west-1',
      ids: { 'card-file': 'Panda' },
    });
  });

  test('an ARN that several kinds share may mean any of them', () => {
    const likeAurora = { ...cardFile, name: 'card-cluster', ofArn: knownKinds.get('aurora-cluster').ofArn };
    const kinds = new Kinds([...knownKinds.all, likeAurora]);
    const argument = parseResourceArgument('arn:aws:rds:eu-west-1:999999999999:cluster:panda', kinds);
    const place = { account: '999999999999', region: 'eu-west-1', id: 'panda' };
    expect(
      ['aurora-cluster', 'card-cluster', 'rds-instance'].map((kind) => matches(argument, { kind, ...place })),
    ).toEqual([true, true, false]);
  });

  test.each(['aurora', 'aurora-cluster'])('its path may begin with any word for its kind: %s', (word) => {
    const argument = parse(`${word}/999999999999/eu-west-1/panda-cluster-1`);
    expect(argument.ids).toEqual({ 'aurora-cluster': 'panda-cluster-1' });
  });

  test.each([
    ['', 'names no resource'],
    ['1panda', 'names no resource'],
    ['panda cluster', 'names no resource'],
    ['x/aurora-cluster/999999999999/eu-west-1/panda', 'names no resource'],
    ['europe/panda', 'europe is no region'],
    ['/panda', 'an empty text is no region'],
    ['99/eu-west-1/panda', '99 is no account'],
    ['aurora-clutser/999999999999/eu-west-1/panda', 'did you mean `aurora-cluster`?'],
    ['arn:aws:s3:::bucket', 'not the ARN of anything that can be protected'],
    ['arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:panda', 'not the ARN of anything that can be protected'],
    ['arn:aws:rds:eu-west-1:999999999999:cluster:a:b', 'not the ARN of anything that can be protected'],
    [
      'arn:aws:rds::999999999999:cluster:a',
      'not the ARN of anything that can be protected (Aurora cluster, RDS instance, ',
    ],
  ])('%p is refused', (text, message) => {
    expect(() => parse(text)).toThrow(InvalidRequestError);
    expect(() => parse(text)).toThrow(message);
  });
});

describe('finding what is named', () => {
  test('a name that is unique is enough', () => {
    expect(resolve('orders')).toEqual([known[2]]);
  });

  test('naming one resource twice is naming it once', () => {
    expect(resolve('orders', 'arn:aws:rds:eu-west-1:888888888888:db:orders')).toEqual([known[2]]);
  });

  test('a name that several have is refused with the paths to choose from', () => {
    expect(() => resolve('panda-cluster-1')).toThrow(
      'aurora-cluster/999999999999/eu-west-1/panda-cluster-1, aurora-cluster/888888888888/eu-west-1/panda-cluster-1',
    );
    expect(resolve('888888888888/eu-west-1/panda-cluster-1')).toEqual([known[1]]);
  });

  test('a kind must fit as well', () => {
    expect(() => resolve('aurora-cluster/888888888888/eu-west-1/orders')).toThrow('no such resource in the fleet');
  });

  test('every unknown name is told at once, with the nearest known one', () => {
    expect(() => resolve('panda-clutser-1', 'order')).toThrow(
      /panda-clutser-1: there is no such resource in the fleet \(did you mean `panda-cluster-1`\?\)\norder: .*`orders`/,
    );
  });

  test('one that is gone but has copies is told as gone, with what brings it back, and no other is offered for it', () => {
    const gone = goneText('aurora-cluster/999999999999/eu-west-1/panda-cluster-3', true, 12);
    const find = () => resolveResources([parse('panda-cluster-3')], known, 'the fleet', () => gone);
    expect(find).toThrow(
      expect.objectContaining({
        message:
          'panda-cluster-3: aurora-cluster panda-cluster-3 (999999999999/eu-west-1) is gone from the accounts of the fleet; 12 copies of it are kept, and its lifecycle still runs',
        hint: expect.stringMatching(/^`farcopy restore \S+` brings it back; `farcopy retire \S+` ends/) as string,
      }) as Error,
    );
  });

  test.each([
    [true, 0, /no copy of it is left/, /^`farcopy retire/],
    [false, 1, /a copy of it is kept$/, /^`farcopy restore \S+` brings it back$/],
  ])('of one that is gone only that is said which is there (%p, %i)', (lifecycle, copies, message, hint) => {
    const gone = goneText('rds-instance/999999999999/eu-west-1/orders', lifecycle, copies);
    expect(gone.message).toMatch(message);
    expect(gone.hint).toMatch(hint);
  });
});
