import { fleetAccess } from '../../../../src/activities/catalogue/fleetAccess';
import { kinds } from '../../../../src/kinds/registry';
import { drillAccount, fleetOf, ownAccount, targetAccount, vaultAccount } from '../authority/samples';

const access = fleetAccess(fleetOf(kinds));
const region = 'eu-west-1';

afterAll(() => access.close());

test.each([
  ['source', ownAccount],
  ['vault', vaultAccount],
  ['vault', '222222222222'],
  ['lender', vaultAccount],
  ['restore', ownAccount],
  ['restore', targetAccount],
  ['restore', drillAccount],
] as const)('the %s role of %s is assumed', (role, account) => {
  expect(access.roleArn({ account, region, access: role })).toContain(`:${account}:role/`);
});

test.each([
  ['source', '666666666666'],
  ['vault', '666666666666'],
  ['restore', '666666666666'],
  // Each for what the fleet file names it, and for nothing else.
  ['vault', ownAccount],
  ['source', vaultAccount],
  ['vault', targetAccount],
  ['lender', targetAccount],
  ['restore', vaultAccount],
] as const)('the %s role of %s is not, whatever asks for it', (role, account) => {
  expect(() => access.roleArn({ account, region, access: role })).toThrow(
    `account ${account} is not opened with the ${role} role`,
  );
});
