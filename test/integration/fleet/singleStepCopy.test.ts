import { vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';
import { fleetDocument, tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const inOneStep = cluster('one-step', account, 'in-one-step', { encryption: 'default' });
const inTwoSteps = cluster('two-steps', account, 'in-two-steps', { encryption: 'default' });

let sandbox: CloudSandbox;
let visitor: Visitor;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [inOneStep, inTwoSteps],
    settings: { singleStepCopy: true },
  });
  visitor = new Visitor(sandbox);
}, 120_000);

afterAll(() => sandbox?.end());

/** A fleet whose only vault is another account's in another region. */
function farFleet(name: string, singleStepCopy: boolean): Promise<RunningFleet> {
  const document = fleetDocument(name, [account], { singleStepCopy });
  const standard = document.tiers[tier];
  if (standard === undefined) throw new Error('the fleet file has lost its tier');
  return RunningFleet.start(sandbox, { ...document, tiers: { [tier]: { ...standard, route: ['secure-dr'] } } });
}

const far = [
  `source in ${account}/eu-west-1, available, alias/aws/rds`,
  `secure-dr in ${vaultAccount}/eu-central-1, available, alias/farcopy`,
];

async function placesCopiedTo(id: string): Promise<string[]> {
  const calls = await sandbox.control.calls();
  const copies = calls.filter((call) => call.action === 'CopyDBClusterSnapshot' && call.resource?.includes(`-${id}-`));
  return copies.map((call) => `${call.account}/${call.region}`);
}

test('with singleStepCopy one copy crosses account and region', async () => {
  const fleet = await farFleet('one-step', true);
  expect(await fleet.backUp(inOneStep)).toMatchObject({ state: 'completed' });
  expect(summaries(await visitor.footprint(inOneStep))).toEqual(far);
  expect(await placesCopiedTo(inOneStep.id)).toEqual([`${account}/eu-west-1`, `${vaultAccount}/eu-central-1`]);
});

test('without it the copy lands in the vault’s near region first, and nothing of that is left', async () => {
  const fleet = await farFleet('two-steps', false);
  expect(await fleet.backUp(inTwoSteps)).toMatchObject({ state: 'completed' });
  expect(summaries(await visitor.footprint(inTwoSteps))).toEqual(far);
  expect(await placesCopiedTo(inTwoSteps.id)).toEqual([
    `${account}/eu-west-1`,
    `${vaultAccount}/eu-west-1`,
    `${vaultAccount}/eu-central-1`,
  ]);
});
