import { capacityUnder, type LimitOverride } from '../../../../src/core/limits/limit';
import { knownKinds } from '../../../../src/kinds/registry';

const limit = 'cluster-snapshots-in-progress';
const here = { limit, account: '999999999999', region: 'eu-west-1' } as const;

describe('the capacity of a service limit', () => {
  it.each(knownKinds.limits)('is what $name declares, where nothing overrides it', ({ name, capacity }) => {
    expect(capacityUnder({ capacity }, { ...here, limit: name }, [])).toBe(capacity);
  });

  it.each<[string, LimitOverride[], number]>([
    ['an override for everywhere', [{ limit, capacity: 7 }], 7],
    [
      'a region before everywhere',
      [
        { limit, capacity: 7 },
        { limit, region: 'eu-west-1', capacity: 8 },
      ],
      8,
    ],
    [
      'an account before a region',
      [
        { limit, region: 'eu-west-1', capacity: 8 },
        { limit, account: '999999999999', capacity: 9 },
      ],
      9,
    ],
    [
      'both before an account',
      [
        { limit, account: '999999999999', region: 'eu-west-1', capacity: 10 },
        { limit, account: '999999999999', capacity: 9 },
      ],
      10,
    ],
    ['no other region', [{ limit, region: 'eu-central-1', capacity: 8 }], 5],
    ['no other account', [{ limit, account: '888888888888', capacity: 8 }], 5],
    ['no other limit', [{ limit: 'cluster-snapshot-cross-region-copies', capacity: 8 }], 5],
    ['no account in another region', [{ limit, account: '999999999999', region: 'eu-central-1', capacity: 8 }], 5],
  ])('takes %s', (_, overrides, expected) => {
    expect(capacityUnder({ capacity: 5 }, here, overrides)).toBe(expected);
    expect(capacityUnder({ capacity: 5 }, here, [...overrides].reverse())).toBe(expected);
  });
});
