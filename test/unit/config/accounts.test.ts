import { accountsOf, parseFleet } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { fleetText, fleetWith } from './fleetText';

describe('the accounts of a fleet', () => {
  it('are those of the file', () => {
    const fleet = parseFleet(fleetWith('{id: "999999999999",', '{id: "999999999999", name: Bücher 本,'), 'fleet.yaml', {
      kinds: knownKinds,
    });
    expect(accountsOf(fleet)).toEqual([{ id: '999999999999', name: 'Bücher 本', regions: ['eu-west-1'] }]);
  });

  it('are those of the organisation that the file includes, and never a vault', () => {
    const organization =
      '  organization: {account: "777777777777", regions: [eu-west-1], include: ["shop-*", "3*"], exclude: ["*-test", "333333333333"]}';
    const text = fleetText.replace('  - {id: "999999999999", regions: [eu-west-1]}', organization);
    const named = (id: string, name: string) => ({ id: id.repeat(12), name });
    const discovered = [
      named('1', 'shop-vault'),
      named('2', 'shop-live'),
      named('3', 'shop-old'),
      named('4', 'shop-test'),
      named('5', 'bank'),
      { id: '345678901234', name: 'club' },
    ];
    expect(accountsOf(parseFleet(text, 'fleet.yaml', { kinds: knownKinds }), discovered)).toEqual([
      { id: '222222222222', name: 'shop-live', regions: ['eu-west-1'] },
      { id: '345678901234', name: 'club', regions: ['eu-west-1'] },
    ]);
  });
});
