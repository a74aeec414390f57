import { parseCapacitySetting } from '../../../../src/client/limits/serviceLimits';
import { knownKinds } from '../../../../src/kinds/registry';

const known = knownKinds.limits.map(({ name }) => name);

const place = '111111111111/eu-central-1/cluster-snapshot-cross-region-copies';
const ref = { account: '111111111111', region: 'eu-central-1', limit: 'cluster-snapshot-cross-region-copies' };

describe('setting the capacity of a limit', () => {
  test.each([
    ['3', 3],
    ['0', 0],
    ['10000', 10_000],
    ['default', null],
  ])('=%s', (value, capacity) => {
    expect(parseCapacitySetting(`${place}=${value}`, known)).toEqual({ ...ref, capacity });
  });

  test.each([
    [`${place}=10001`, 'a whole number from 0 to 10000'],
    [`${place}=-1`, 'a whole number'],
    [`${place}=1.5`, 'a whole number'],
    [`${place}=`, 'a whole number'],
    [place, 'a whole number'],
    [`${place}=1=2`, 'not a setting'],
    ['111111111111/eu-central-1=3', 'is no limit'],
    ['111111111111/eu-central-1/snapshots=3', 'snapshots is no limit'],
    ['1/eu-central-1/snapshots=3', 'not a setting'],
    ['111111111111/Frankfurt/snapshots=3', 'not a setting'],
  ])('%s is refused', (text, message) => {
    expect(() => parseCapacitySetting(text, known)).toThrow(message);
  });
});
