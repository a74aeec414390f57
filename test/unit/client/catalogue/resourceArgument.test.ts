import { parseResourceArgument, resolveResources } from '../../../../src/client/catalogue/resourceArgument';
import { InvalidRequestError } from '../../../../src/client/invalidRequestError';

const known = [
  { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' },
  { kind: 'aurora-cluster', account: '888888888888', region: 'eu-west-1', id: 'panda-cluster-1' },
  { kind: 'rds-instance', account: '888888888888', region: 'eu-west-1', id: 'orders' },
] as const;

const resolve = (...texts: string[]) => resolveResources(texts.map(parseResourceArgument), known, 'the fleet');

describe('naming a resource', () => {
  test.each([
    ['panda-cluster-1', { id: 'panda-cluster-1' }],
    ['PANDA-Cluster-1', { id: 'panda-cluster-1' }],
    ['eu-west-1/orders', { region: 'eu-west-1', id: 'orders' }],
    ['999999999999/eu-west-1/orders', { account: '999999999999', region: 'eu-west-1', id: 'orders' }],
    [
      'rds-instance/999999999999/us-gov-west-1/orders',
      { kind: 'rds-instance', account: '999999999999', region: 'us-gov-west-1', id: 'orders' },
    ],
    [
      'arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1',
      { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' },
    ],
    [
      'arn:aws-cn:rds:cn-north-1:999999999999:db:orders',
      { kind: 'rds-instance', account: '999999999999', region: 'cn-north-1', id: 'orders' },
    ],
  ])('%s', (text, expected) => {
    expect(parseResourceArgument(text)).toEqual({ text, ...expected });
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
    ['arn:aws:s3:::bucket', 'not the ARN of a database'],
    ['arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:panda', 'not the ARN of a database'],
    ['arn:aws:rds:eu-west-1:999999999999:cluster:a:b', 'not the ARN of a database'],
    ['arn:aws:rds::999999999999:cluster:a', 'an empty text is no region'],
  ])('%p is refused', (text, message) => {
    expect(() => parseResourceArgument(text)).toThrow(InvalidRequestError);
    expect(() => parseResourceArgument(text)).toThrow(message);
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
});
