import { resourceOf } from '../../../../src/core/catalogue/catalogue';
import { recordOfKey } from '../../../../src/core/catalogue/bucket';
import { Kinds } from '../../../../src/core/kind';
import { knownKinds } from '../../../../src/kinds/registry';
import { cardFile } from '../../../support/cardFile';

const time = '2026-11-21T02:00:00Z';
const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:panda';
/** A kind whose ARNs look like those of Aurora. */
const likeAurora = { ...cardFile, name: 'card-cluster', ofArn: knownKinds.get('aurora-cluster').ofArn };
const kinds = new Kinds([...knownKinds.all, likeAurora, cardFile]);
const pathOf = (resource: string, recoveryPoint: string) => {
  const found = resourceOf({ resource, recoveryPoint }, kinds);
  return found === null ? null : [found.kind, found.account, found.region, found.id].join('/');
};

describe('what a copy is of', () => {
  it.each(['aurora-cluster', 'card-cluster'])('is told by its recovery point where kinds share ARNs: %s', (kind) => {
    const path = `${kind}/999999999999/eu-west-1/panda`;
    expect(pathOf(arn, `${path}/${time}`)).toBe(path);
  });

  it('keeps its case where its kind does', () => {
    const path = 'card-file/999999999999/eu-west-1/Panda.Notes';
    expect(pathOf('arn:aws:cards:eu-west-1:999999999999:file/Panda.Notes', `${path}/${time}`)).toBe(path);
    expect(pathOf(arn.replace('panda', 'Panda'), `aurora-cluster/999999999999/eu-west-1/panda/${time}`)).toBe(
      'aurora-cluster/999999999999/eu-west-1/panda',
    );
  });

  it.each([
    ['another id', `aurora-cluster/999999999999/eu-west-1/fox/${time}`],
    ['another account', `aurora-cluster/888888888888/eu-west-1/panda/${time}`],
    ['a kind that its ARN is none of', `rds-instance/999999999999/eu-west-1/panda/${time}`],
    ['an unknown kind', `floppy/999999999999/eu-west-1/panda/${time}`],
    ['no time', 'aurora-cluster/999999999999/eu-west-1/panda'],
    ['nothing', ''],
  ])('is not known where its recovery point says %s', (_, recoveryPoint) => {
    expect(pathOf(arn, recoveryPoint)).toBeNull();
  });
});

test.each([
  ['catalogue/card-file/999999999999/eu-west-1/Panda.Notes/20261121t020000z.json', 'Panda.Notes'],
  ['catalogue/card-file/999999999999/eu-west-1/20261121t020000z.json', undefined],
  ['catalogue/card-file/999999999999/eu-west-1/a/20261121.json', undefined],
  ['data/card-file/999999999999/eu-west-1/a/20261121t020000z.json', undefined],
])('the key %s is read', (key, id) => {
  expect(recordOfKey(key)?.path.split('/').at(-1)).toBe(id);
});
