import { stockForecast, stockText } from '../../../../src/client/retention/stockForecast';
import { checkStocks } from '../../../../src/client/retention/checkStocks';
import { policyOf, rhythmOf } from '../../../../src/config';
import { FakeCloud } from '../../../fakes/cloud';
import { awsError } from '../../../fakes/aws/awsError';
import { fleetOf } from '../fleet';

const now = Date.parse('2026-11-21T12:00:00Z');
const place = { account: '999999999999', region: 'eu-west-1' };
const hourly =
  '  standard: {schedule: "0 * * * *", rpo: 2h, route: [secure, secure-dr], retention: {hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 3, places: {source: {hourly: 6, minimum: 2}}}}';

/** The forecast of some clusters of a tier, and what people are told of it. */
async function forecast(cloud: FakeCloud, count: number, tiers?: string) {
  const fleet = fleetOf('', tiers);
  const kinds = cloud.kinds();
  const resources = Array.from({ length: count }, (_, i) => {
    const resource = cloud.addResource({ kind: 'aurora-cluster', ...place, id: `panda-${i}` });
    const { description } = kinds.of('aurora-cluster');
    const steps = description.planBackup(
      { ...resource, encryption: { type: 'none' } },
      policyOf(fleet, 'standard'),
      '2026-11-21T12:00:00Z',
    );
    return { kind: resource.kind, tier: 'standard', steps };
  });
  const rhythms = fleet.tiers.map((tier) => ({ ...rhythmOf(tier, now), name: tier.name }));
  const { stocks, problems } = await stockForecast(fleet, { kinds }, resources, rhythms);
  return { stocks, problems, told: stocks.flatMap((one) => stockText(one) ?? []) };
}

test('a stock that holds what the retention keeps is told nobody', async () => {
  const { stocks, told } = await forecast(new FakeCloud({ stock: () => 1000 }), 2);
  expect(stocks.map(({ account, region, wanted }) => `${account}/${region} ${wanted}`)).toEqual([
    '111111111111/eu-central-1 38',
    '111111111111/eu-west-1 38',
    '999999999999/eu-west-1 38',
  ]);
  expect(told).toEqual([]);
});

test('one that holds less is told, with what would do', async () => {
  const { told } = await forecast(new FakeCloud(), 2, hourly);
  expect(told[1]).toBe(
    'stock: manual cluster snapshots in 111111111111/eu-west-1: 0 of 100 are used, and the retention of 2 resources wants 348, beside what others keep there; ' +
      'it is full in 2 days, since nothing deletes copies yet. Ask AWS for 348, keep fewer (`retention.places`), or use more accounts or regions',
  );
  // At the source the tier keeps six hours.
  expect(told[2]).toMatch(
    /wants 252, beside what others keep there; it is full in 2 days, since nothing deletes copies yet/,
  );
});

test('what others keep there fills it too', async () => {
  const cloud = new FakeCloud({ stock: () => 40 });
  const kind = cloud.kind('aurora-cluster');
  const resource = cloud.addResource({ kind: 'aurora-cluster', ...place, id: 'others' });
  for (let n = 0; n < 30; n += 1) await kind.copies?.snapshot({ resource, marker: `by-hand-${n}`, tags: {} });
  const { stocks } = await forecast(cloud, 2);
  expect(stocks[2]).toMatchObject({ used: 30, capacity: 40, fullInDays: 5, verdict: 'tight' });
});

test('an account that does not tell is a problem of its own, and AWS’s default stands in', async () => {
  const cloud = new FakeCloud();
  cloud.fault({ call: 'quotas', times: 3, failure: () => awsError('AccessDenied', 'not you', 403) });
  const { stocks, problems } = await forecast(cloud, 4, hourly);
  expect(problems).toHaveLength(3);
  expect(stocks[1]).toMatchObject({ used: null, capacity: 100, wanted: 696, fullInDays: null, verdict: 'exceeded' });
});

describe('`farcopy check`', () => {
  const vault = { account: '111111111111', region: 'eu-west-1', access: 'vault' } as const;
  const scopes = [{ ...place, access: 'source' } as const, vault];
  const check = (cloud: FakeCloud) =>
    checkStocks({ kinds: cloud.kinds(), selected: ['aurora-cluster', 'multi-az-cluster', 'neptune-cluster'] }, scopes);

  test('warns of a stock that is nearly full, and tells of others in one line', async () => {
    const cloud = new FakeCloud({ stock: () => 5 });
    const resource = cloud.addResource({ kind: 'aurora-cluster', ...place, id: 'panda' });
    const snapshot = (marker: string) => cloud.kind('aurora-cluster').copies?.snapshot({ resource, marker, tags: {} });
    for (const marker of ['a', 'b', 'c']) await snapshot(marker);
    expect(await check(cloud)).toMatchObject([
      { state: 'ok', message: 'the fullest: manual cluster snapshots in 999999999999/eu-west-1: 3 of 5 are used' },
    ]);
    await snapshot('d');
    expect(await check(cloud)).toMatchObject([
      {
        check: 'stock',
        subject: 'manual cluster snapshots in 999999999999/eu-west-1',
        state: 'warning',
        message: '4 of 5 are used',
      },
    ]);
  });

  test('fails where a role may not ask, and says so', async () => {
    const cloud = new FakeCloud();
    cloud.fault({ call: 'quotas', failure: () => awsError('AccessDenied', 'not you', 403) });
    expect(await check(cloud)).toMatchObject([
      { state: 'failed', mend: expect.stringMatching(/^the (source|vault) role must be allowed to ask/) as string },
    ]);
  });
});
