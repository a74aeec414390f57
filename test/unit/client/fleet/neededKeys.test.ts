import { plannedRoutes } from '../../../../src/activities/backup/plannedRoutes';
import { neededKeys } from '../../../../src/client/fleet/neededKeys';
import { fleetOf } from '../fleet';

const sources = [
  { account: '999999999999', region: 'eu-west-1', access: 'source' },
  { account: '888888888888', region: 'eu-west-1', access: 'source' },
] as const;
const keysOf = (extra?: string, tiers?: string) =>
  neededKeys(plannedRoutes(fleetOf(extra, tiers), sources).routes).map(
    ({ scope, key, places }) => `${scope.access} ${scope.account}/${scope.region} ${key} ${places.join(',')}`,
  );

describe('the keys that a fleet needs', () => {
  test('are those of its vaults, one a region', () => {
    expect(keysOf()).toEqual([
      'vault 111111111111/eu-west-1 alias/farcopy secure',
      'vault 111111111111/eu-central-1 alias/farcopy secure-dr',
    ]);
  });

  test('with a shareable key also one in each source account', () => {
    expect(keysOf('shareableKey: alias/shareable')).toEqual(
      expect.arrayContaining([
        'source 999999999999/eu-west-1 alias/shareable source-shareable',
        'source 888888888888/eu-west-1 alias/shareable source-shareable',
      ]),
    );
  });

  test('where a copy lands on its way to another region, there as well', () => {
    const tiers =
      '  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure-dr], retention: {daily: 14, minimum: 2}}';
    expect(keysOf('', tiers)).toEqual([
      'vault 111111111111/eu-west-1 alias/farcopy secure-dr-landing',
      'vault 111111111111/eu-central-1 alias/farcopy secure-dr',
    ]);
  });
});
