import { sandboxTier } from '../../sandbox/seed/fleetText';
import {
  defaultRegion,
  externalIdVariable,
  keyAlias,
  lenderRole,
  restoreRole,
  secondRegion,
  sourceRole,
  vaultAccount,
  vaultRole,
} from '../../sandbox/seed/sandboxAccounts';
import { type FleetFileInput } from '../../src/config/schema/fleetFile';

/** What a person writes into a fleet file. */
export type FleetDocument = FleetFileInput;

/** The one tier of the fleet files here. */
export const tier = sandboxTier;

/** Rules that select everything of a fleet, kind by kind. */
export const selectOf = (fleet: string, kinds: readonly string[]): FleetDocument['select'] =>
  kinds.map((kind) => ({ kind, tags: { fleet }, tier }));

/**
 * A fleet that protects the databases tagged with its name: into the vault account, and from there into a second region.
 * Its schedule fires in half a day, so that nothing starts by itself.
 */
export function fleetDocument(
  fleet: string,
  accounts: readonly string[],
  changes: Partial<FleetDocument> = {},
): FleetDocument {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return {
    fleet,
    roles: {
      source: `arn:aws:iam::{account}:role/${sourceRole}`,
      vault: `arn:aws:iam::{account}:role/${vaultRole}`,
      lender: `arn:aws:iam::{account}:role/${lenderRole}`,
      restore: `arn:aws:iam::{account}:role/${restoreRole}`,
      externalId: { env: externalIdVariable },
    },
    accounts: accounts.map((id) => ({ id, regions: [defaultRegion] })),
    vaults: {
      secure: { account: vaultAccount, key: keyAlias },
      'secure-dr': { account: vaultAccount, region: secondRegion(defaultRegion), key: keyAlias },
    },
    shareableKey: keyAlias,
    select: selectOf(fleet, ['aurora-cluster', 'rds-instance']),
    tiers: {
      [tier]: {
        schedule: `0 ${hour} * * *`,
        rpo: '26h',
        route: ['secure', 'secure-dr'],
        retention: { daily: 14, minimum: 2 },
      },
    },
    polling: { shortest: '1s', longest: '1s' },
    ...changes,
  };
}
