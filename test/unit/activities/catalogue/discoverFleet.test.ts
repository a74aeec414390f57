import { discoverFleet } from '../../../../src/activities/catalogue/discoverFleet';
import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { failureTypes } from '../../../../src/core/failure';
import { FakeCloud } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

const place = { account: '999999999999', region: 'eu-west-1' };

/** Discovers both kinds, where the account refuses some of them. */
async function discover(refused: readonly string[], kinds = ['aurora-cluster', 'rds-instance']) {
  const cloud = new FakeCloud();
  const ofKind = (kind: string) => cloud.addResource({ kind, ...place, id: `${kind}-1`, tags: { backup: 'true' } });
  kinds.forEach(ofKind);
  const asked: string[] = [];
  const clouds = {
    selected: ['aurora-cluster'],
    kinds: {
      of: (kind: string) => ({
        discover: () => {
          asked.push(kind);
          if (refused.includes(kind)) throw applicationFailure(failureTypes.configuration, `${kind} is refused`);
          return cloud.kind(kind).discover({ ...place, access: 'source' });
        },
      }),
    },
    scopes: () => Promise.resolve([{ ...place, access: 'source' }]),
  } as unknown as FleetClouds;
  const everything = await discoverFleet(fleetOf(), clouds, { kinds });
  const { resources, problems } = everything;
  const selected = async () => {
    asked.splice(0);
    await discoverFleet(fleetOf(), clouds);
    return asked;
  };
  return { found: resources.map(({ resource }) => resource.id), problems, selected };
}

test('a kind that may not be listed is a problem of that kind in that account, beside what is found', async () => {
  expect(await discover(['rds-instance'])).toMatchObject({
    found: ['aurora-cluster-1'],
    problems: [{ ...place, kind: 'rds-instance', message: 'rds-instance is refused', unreachable: false }],
  });
});

test('an account where nothing may be listed is one problem', async () => {
  expect(await discover(['aurora-cluster', 'rds-instance'])).toMatchObject({
    found: [],
    problems: [{ ...place, kind: null, message: 'aurora-cluster is refused' }],
  });
});

test('no kind is asked for that the fleet file does not select', async () => {
  const { selected } = await discover([]);
  expect(await selected()).toEqual(['aurora-cluster']);
});
