import { type FleetFile } from '../schema/fleetFile';
import { type Path } from '../reading/located';
import { quoted } from '../reading/quoted';
import { suggestion } from '../reading/suggestion';
import { check } from './check';

/** Every stop of a route is a vault, in a place of its own for each region that has resources. */
export const routesLeadSomewhereNew = check(
  ['accounts', 'vaults', 'tiers', 'singleStepCopy'],
  ({ accounts, vaults, tiers, singleStepCopy }, report) => {
    const regions = regionsOf(accounts);
    for (const [tier, { route }] of Object.entries(tiers)) {
      const told = new Set<number>();
      for (const region of regions) checkRoute(['tiers', tier, 'route'], route, region, told);
    }

    function checkRoute(path: Path, route: readonly string[], sourceRegion: string, told: Set<number>): void {
      const places = new Map<string, string>();
      const accountsReached = new Set<string>();
      route.forEach((name, i) => {
        const vault = vaultNamed(vaults, name);
        if (vault !== undefined && 'bucket' in vault)
          return checkBucket([...path, i], name, route.slice(0, i), sourceRegion, told);
        const region = vault && regionOf(vault, sourceRegion);
        if (vault === undefined || region === undefined || told.has(i)) return;
        const fault = placeFault(name, vault, region, sourceRegion, places, accountsReached);
        places.set(`${vault.account} ${region}`, name);
        accountsReached.add(vault.account);
        if (fault === undefined) return;
        told.add(i);
        report.error([...path, i], fault.message, fault.hint);
      });
    }

    function checkBucket(
      path: Path,
      name: string,
      before: readonly string[],
      sourceRegion: string,
      told: Set<number>,
    ): void {
      const index = before.length;
      if (told.has(index)) return;
      const [exported] = before.map((other) => vaultNamed(vaults, other)).filter((vault) => isAccountVault(vault));
      const bucket = vaultNamed(vaults, name);
      const isBeside =
        exported !== undefined &&
        bucket !== undefined &&
        'bucket' in bucket &&
        'account' in bucket &&
        bucket.account === exported.account &&
        bucket.region === regionOf(exported, sourceRegion);
      const fault = before.includes(name)
        ? { message: `vault ${quoted(name)} is already on this route`, hint: 'take one out' }
        : isBeside
          ? {
              message: `vault ${quoted(name)} is a bucket in the very account and region it is filled from`,
              hint: 'a second copy there protects from nothing: use one in another account or region',
            }
          : undefined;
      if (fault === undefined) return;
      told.add(index);
      report.error(path, fault.message, fault.hint);
    }

    function placeFault(
      name: string,
      vault: AccountVault,
      region: string,
      sourceRegion: string,
      places: ReadonlyMap<string, string>,
      accountsReached: ReadonlySet<string>,
    ): { message: string; hint: string } | undefined {
      const same = places.get(`${vault.account} ${region}`);
      const forResources = typeof vault.region === 'string' ? '' : ` for resources in ${sourceRegion}`;
      if (same !== undefined) {
        const message =
          same === name
            ? `vault ${quoted(name)} is already on this route`
            : `vault ${quoted(name)} is in the same region as ${quoted(same)}${forResources}`;
        return {
          message,
          hint: `both are account ${vault.account} in ${region}: a second copy there protects from nothing`,
        };
      }
      // Such a copy lands in the resource's region first, where this key does not exist (docs/architecture.md#route).
      const lands = region !== sourceRegion && !accountsReached.has(vault.account) && !singleStepCopy;
      if (!lands || vault.key.startsWith('alias/')) return undefined;
      return {
        message: `the copy to vault ${quoted(name)} lands in ${sourceRegion} before it goes on to ${region}, and its key exists in ${region} only`,
        hint: `name the key by alias, put a vault of account ${vault.account} in ${sourceRegion} before it, or set singleStepCopy`,
      };
    }
  },
);

export const routesNameVaults = check(['vaults', 'tiers'], ({ vaults, tiers }, report) => {
  for (const [tier, { route }] of Object.entries(tiers)) {
    route.forEach((name, i) => {
      if (vaultNamed(vaults, name) !== undefined) return;
      report.error(['tiers', tier, 'route', i], `unknown vault ${quoted(name)}`, suggestion(name, Object.keys(vaults)));
    });
  }
});

/** A vault whose region depends on the resource's has one for each. */
export const vaultsCoverRegions = check(['accounts', 'vaults', 'tiers'], ({ accounts, vaults, tiers }, report) => {
  const used = new Set(Object.values(tiers).flatMap(({ route }) => route));
  const regions = regionsOf(accounts);
  for (const [name, vault] of Object.entries(vaults)) {
    if (!used.has(name) || 'bucket' in vault) continue;
    for (const region of regions) {
      if (regionOf(vault, region) !== undefined) continue;
      report.error(['vaults', name, 'region'], `has no region for resources in ${region}`, `add \`${region}: …\``);
    }
  }
});

export const vaultsAreUsed = check(['vaults', 'tiers'], ({ vaults, tiers }, report) => {
  const used = new Set(Object.values(tiers).flatMap(({ route }) => route));
  for (const name of Object.keys(vaults)) {
    if (!used.has(name)) report.warn(['vaults', name], `vault ${quoted(name)} is on no route`);
  }
});

/** Every region that has resources. */
export function regionsOf(accounts: FleetFile['accounts']): readonly string[] {
  const all = Array.isArray(accounts) ? accounts.flatMap(({ regions }) => regions) : accounts.organization.regions;
  return [...new Set(all)];
}

type Vault = FleetFile['vaults'][string];
type AccountVault = Exclude<Vault, { bucket: string }>;

export const isAccountVault = (vault: Vault | undefined): vault is AccountVault =>
  vault !== undefined && !('bucket' in vault);

export function vaultNamed(vaults: FleetFile['vaults'], name: string): Vault | undefined {
  return Object.hasOwn(vaults, name) ? vaults[name] : undefined;
}

/** The region of a vault for resources of another. */
export function regionOf({ region }: Pick<AccountVault, 'region'>, sourceRegion: string): string | undefined {
  if (region === undefined || typeof region === 'string') return region ?? sourceRegion;
  return Object.hasOwn(region, sourceRegion) ? region[sourceRegion] : undefined;
}
