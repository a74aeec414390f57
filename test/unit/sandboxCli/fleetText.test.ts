import { parseFleet, policyOf } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { parseSeed } from '../../../sandbox/seed/seedFile';
import { fleetText, sandboxTier, tierOf } from '../../../sandbox/seed/fleetText';
import { backupBucket, exportBucket } from '../../../sandbox/seed/sandboxAccounts';
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
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml', { kinds: knownKinds });
  expect(fleet.warnings).toEqual([]);
  expect(fleet.accounts).toMatchObject({
    accounts: [
      { id: '999999999999', regions: ['eu-central-1', 'eu-west-1'] },
      { id: '888888888888', regions: ['eu-west-1'] },
    ],
  });
});

test('every region a resource may be copied to has a key of the vault account', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml', { kinds: knownKinds });
  const [, second] = policyOf(fleet, sandboxTier).route;
  const vaultKeys = seedRequest(seed)
    .keys.filter((key) => key.account === '111111111111')
    .map((key) => key.region);
  expect(second).toMatchObject({ region: { 'eu-central-1': 'eu-west-1', 'eu-west-1': 'eu-central-1' } });
  expect(vaultKeys).toEqual(['eu-central-1', 'eu-west-1']);
});

test('what is tagged critical also goes to the other cloud, through the buckets and the role that are made', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml', { kinds: knownKinds });
  const rule = { tag: 'criticality', default: sandboxTier };
  expect(fleet.select.map(({ tier }) => tier)).toEqual([rule, rule]);
  expect(policyOf(fleet, tierOf({ tags: { criticality: 'critical' } })).route.at(-1)).toMatchObject({
    bucket: `gs://${backupBucket('panda')}`,
    export: {
      bucket: `s3://${exportBucket('panda', '{region}')}`,
      role: 'arn:aws:iam::111111111111:role/farcopy-export',
    },
  });
  expect(tierOf({ tags: { criticality: 'none' } })).toBe(sandboxTier);
});

test('what is critical has drills: into the scratch account, and into a scratch server where there is one', () => {
  const withData = parseSeed(
    JSON.stringify({
      accounts: [{ account_id: '999999999999', resources: { aurora: [{ id: 'a', data: 'shop', rows: 300 }] } }],
    }),
    'seed.json',
  );
  const server = {
    url: 'postgres://drill@127.0.0.1:5432/postgres?sslmode=disable',
    secret: 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:farcopy/scratch-server-AbCdEf',
  };
  const fleet = parseFleet(fleetText('panda', withData, startedAt, server), 'fleet.yaml', { kinds: knownKinds });
  expect(fleet.warnings).toEqual([]);
  const critical = fleet.tiers.find(({ name }) => name === 'critical');
  expect(critical?.connect).toMatchObject({
    authentication: { type: 'secret', secret: 'farcopy/{id}' },
    tls: 'disable',
  });
  expect(critical?.drills).toMatchObject([
    { name: 'second-region', from: 'secure-dr', to: { account: '222222222222', region: 'eu-central-1' }, schedule: [] },
    { name: 'other-cloud', from: 'other-cloud', to: { type: 'postgres', ...server } },
  ]);
  expect(critical?.drills[0]?.checks).toContainEqual(expect.objectContaining({ table: 'shop.orders', atLeast: 300 }));
  const { networks, roles, keys } = seedRequest(withData);
  for (const what of [networks, keys])
    expect(what).toContainEqual(expect.objectContaining({ account: '222222222222', region: 'eu-central-1' }));
  for (const account of ['999999999999', '222222222222'])
    expect(roles).toContainEqual(expect.objectContaining({ account, name: 'farcopy-restore' }));
  expect(roles).toContainEqual(expect.objectContaining({ account: '111111111111', name: 'farcopy-lender' }));
});

test('nobody connects to databases without data, nor looks for tables in them', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml', { kinds: knownKinds });
  const critical = fleet.tiers.find(({ name }) => name === 'critical');
  expect(critical).toMatchObject({ connect: null, drills: [{ name: 'second-region', checks: [] }] });
});

test('no schedule fires soon after the start', () => {
  const fleet = parseFleet(fleetText('panda', seed, startedAt), 'fleet.yaml', { kinds: knownKinds });
  expect(fleet.tiers.map(({ schedule }) => schedule)).toEqual([['0 6 * * *'], ['0 6 * * *']]);
});
