import { findUnprotected } from '../../../../src/activities/catalogue/findUnprotected';
import { type Scope } from '../../../../src/core/catalogue/copy';
import { unprotectedText } from '../../../../src/core/backup/unprotected';
import { FakeCloud, fakeConfiguration } from '../../../fakes/cloud';

const scope: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };

/** An account with a database of each sort: what farcopy finds in it, by kinds, and what it tells of the rest. */
async function account(selected: readonly string[]) {
  const cloud = new FakeCloud();
  const add = (kind: string, id: string, engine?: string) => {
    const resource = cloud.addResource({ kind, account: scope.account, region: scope.region, id });
    if (engine !== undefined) cloud.configurations.set(resource.arn, fakeConfiguration(resource, { engine }));
  };
  add('aurora-cluster', 'shop');
  add('multi-az-cluster', 'ledger');
  add('neptune-cluster', 'friends');
  add('rds-instance', 'panda');
  add('rds-instance', 'old-oracle', 'oracle-ee');
  add('aurora-cluster', 'riddle', 'aurora-of-tomorrow');
  add('rds-instance', 'bespoke', 'custom-oracle-ee');
  const kinds = cloud.kinds().all;
  const discovered: string[] = [];
  for (const kind of kinds)
    for await (const page of kind.discover(scope))
      discovered.push(...page.map(({ id }) => `${id} as ${kind.description.name}`));
  const told = (await findUnprotected(kinds, new Set(selected), scope)).map(unprotectedText).sort();
  return { discovered: discovered.sort(), told };
}

test('what no kind covers is told, whichever kinds are selected: an engine that nobody knows, and RDS Custom', async () => {
  const every = ['aurora-cluster', 'documentdb-cluster', 'neptune-cluster', 'multi-az-cluster', 'rds-instance'];
  const { discovered, told } = await account(every);
  expect(told).toEqual([
    'aurora-of-tomorrow riddle (999999999999/eu-west-1) is not protected: no kind covers it',
    'custom-oracle-ee bespoke (999999999999/eu-west-1) is not protected: no kind covers it',
  ]);
  // Whatever is not told is found.
  expect(discovered).toEqual([
    'friends as neptune-cluster',
    'ledger as multi-az-cluster',
    'old-oracle as rds-instance',
    'panda as rds-instance',
    'shop as aurora-cluster',
  ]);
});

test('what no rule selects is told as what it is: a Multi-AZ cluster is neither of Aurora nor an instance', async () => {
  expect((await account(['aurora-cluster', 'rds-instance'])).told).toEqual([
    'aurora-of-tomorrow riddle (999999999999/eu-west-1) is not protected: no kind covers it',
    'custom-oracle-ee bespoke (999999999999/eu-west-1) is not protected: no kind covers it',
    'neptune friends (999999999999/eu-west-1) is not protected: no rule of `select` names neptune-cluster',
    'postgres ledger (999999999999/eu-west-1) is not protected: no rule of `select` names multi-az-cluster',
  ]);
  expect((await account(['aurora-cluster'])).told).toContain(
    'oracle-ee old-oracle (999999999999/eu-west-1) is not protected: no rule of `select` names rds-instance',
  );
});
