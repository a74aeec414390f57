import { type SeedRequest } from './emulatorControl';
import {
  defaultRegion,
  externalId,
  keyAlias,
  principal,
  principalArn,
  restoreRole,
  scratchAccount,
  scratchNetwork,
  scratchRegions,
  secondRegion,
  sourceRole,
  vaultAccount,
  vaultRole,
  visitorRole,
} from './sandboxAccounts';
import { type Seed } from './seed';

/** Everything the emulator needs for a seed: Farcopy's user, the roles it assumes, keys, the databases. */
export function seedRequest(seed: Seed): SeedRequest {
  const everywhere = [...seed.accounts, vaultAccount, scratchAccount];
  return {
    principal,
    roles: [
      ...seed.accounts.map((account) => farcopyRole(account, sourceRole)),
      farcopyRole(vaultAccount, vaultRole),
      ...everywhere.map((account) => farcopyRole(account, restoreRole)),
      ...everywhere.map((account) => ({ account, name: visitorRole, trustedPrincipals: [principalArn] })),
    ],
    keys: [
      ...seed.accounts.flatMap((account) =>
        regionsOf(seed, account).map((region) => ({ account, region, alias: keyAlias, grantAccounts: [vaultAccount] })),
      ),
      ...vaultRegions(seed).map((region) => ({
        account: vaultAccount,
        region,
        alias: keyAlias,
        grantAccounts: [scratchAccount],
      })),
      ...scratchRegions.map((region) => ({ account: scratchAccount, region, alias: keyAlias, grantAccounts: [] })),
    ],
    networks: scratchRegions.map((region) => ({ account: scratchAccount, region, name: scratchNetwork })),
    resources: seed.resources.map(({ sizeGb, data: _, ...resource }) => ({ ...resource, sizeGiB: sizeGb })),
    ...(seed.denials === undefined ? {} : { denials: seed.denials }),
    organization: { accounts: seed.accounts.map((id) => ({ id, name: `account ${id}` })) },
  };
}

/** The regions in which an account has something, sorted; the default region if it has nothing. */
export function regionsOf(seed: Seed, account: string): string[] {
  const regions = new Set(seed.resources.filter((r) => r.account === account).map((r) => r.region));
  return regions.size === 0 ? [defaultRegion] : [...regions].sort();
}

/** The regions in which the vault account keeps copies. */
export function vaultRegions(seed: Seed): string[] {
  const regions = [defaultRegion, ...seed.resources.map((r) => r.region)];
  return [...new Set(regions.flatMap((region) => [region, secondRegion(region)]))].sort();
}

function farcopyRole(account: string, name: string) {
  return { account, name, trustedPrincipals: [principalArn], externalId };
}
