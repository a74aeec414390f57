import { parseFleet, policyOf } from '../../../src/config';
import { parseSeed } from '../../../sandbox/seed/seedFile';
import { fleetText, sandboxTier } from '../../../sandbox/seed/fleetText';
import { seedRequest } from '../../../sandbox/seed/seedRequest';

const startedAt = new Date('2026-11-21T18:30:00Z');
const seed = parseSeed(
  JSON.stringify({
    accounts: [
      { account_id: '999999999999', resources: { aurora: ['a', { id: 'b', region: 'eu-central-1' }] } },
      { account_id: '888888888888' },
    ],
  }),
  'seed.json',
);

test('the fleet file of a seed loads without a warning, and covers its accounts and regions', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml');
  expect(fleet.warnings).toEqual([]);
  expect(fleet.accounts).toMatchObject({
    accounts: [
      { id: '999999999999', regions: ['eu-central-1', 'eu-west-1'] },
      { id: '888888888888', regions: ['eu-west-1'] },
    ],
  });
});

test('every region a resource may be copied to has a key of the vault account', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml');
  const [, second] = policyOf(fleet, sandboxTier).route;
  const vaultKeys = seedRequest(seed)
    .keys.filter((key) => key.account === '111111111111')
    .map((key) => key.region);
  expect(second).toMatchObject({ region: { 'eu-central-1': 'eu-west-1', 'eu-west-1': 'eu-central-1' } });
  expect(vaultKeys).toEqual(['eu-central-1', 'eu-west-1']);
});

test('the schedule does not fire soon after the start', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml');
  expect(fleet.tiers[0]?.schedule).toEqual(['0 6 * * *']);
});
