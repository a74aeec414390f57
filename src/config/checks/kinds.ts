import { type KindDescription, type Kinds } from '../../core/kind';
import { kindsReaching } from '../kindsReaching';
import { quoted } from '../reading/quoted';
import { type Check, check } from './check';
import { isAccountVault, regionOf, regionsOf, vaultNamed } from './routes';

/** Every kind that rules bring into a tier can travel its route. */
export function routesSuitTheirKinds(kinds: Kinds): Check {
  return check(
    ['accounts', 'vaults', 'select', 'tiers', 'singleStepCopy'],
    ({ accounts, vaults, select, tiers, singleStepCopy }, report) => {
      for (const [tier, { route }] of Object.entries(tiers)) {
        const reaching = kindsReaching(tier, select).map((name) => kinds.get(name));
        route.forEach((name, i) => {
          const before = route.slice(0, i);
          const [fault] = reaching.flatMap(
            (kind) =>
              accountFault(kind, name) ?? bucketFault(kind, name, before) ?? stepFault(kind, name, before) ?? [],
          );
          if (fault !== undefined) report.error(['tiers', tier, 'route', i], fault.message, fault.hint);
        });
      }

      function accountFault({ name: kind, capabilities }: KindDescription, name: string) {
        if (!isAccountVault(vaultNamed(vaults, name)) || capabilities.copies === 'shared') return undefined;
        return {
          message: `vault ${quoted(name)} is an account, and copies of kind ${quoted(kind)} cannot be made there`,
          hint: 'take it out of the route, or bring that kind into a tier without it',
        };
      }

      function bucketFault({ name: kind, capabilities }: KindDescription, name: string, before: readonly string[]) {
        const vault = vaultNamed(vaults, name);
        if (vault === undefined || !('bucket' in vault) || before.includes(name)) return undefined;
        if (capabilities.exportsFrom === null)
          return {
            message: `vault ${quoted(name)} is a bucket, and copies of kind ${quoted(kind)} cannot be exported to one`,
            hint: 'take it out of the route, or bring that kind into a tier without it',
          };
        if (capabilities.exportsFrom === 'source' || accountVaults(before).length > 0) return undefined;
        return {
          message: `vault ${quoted(name)} is a bucket, and there is no vault before it that it could be filled from`,
          hint: `copies of kind ${quoted(kind)} are exported from a vault: put a vault with an account before it`,
        };
      }

      function stepFault({ name: kind, capabilities }: KindDescription, name: string, before: readonly string[]) {
        const vault = vaultNamed(vaults, name);
        if (!singleStepCopy || capabilities.crossesBoth || !isAccountVault(vault)) return undefined;
        const { account } = vault;
        if (accountVaults(before).some((other) => other.account === account)) return undefined;
        const far = regionsOf(accounts).find((region) => (regionOf(vault, region) ?? region) !== region);
        if (far === undefined) return undefined;
        return {
          message: `vault ${quoted(name)} is in another account and region than resources in ${far}, and kind ${quoted(kind)} cannot be copied there in one call`,
          hint: `unset singleStepCopy, or put a vault of account ${account} in ${far} before it`,
        };
      }

      function accountVaults(names: readonly string[]) {
        return names.map((name) => vaultNamed(vaults, name)).filter(isAccountVault);
      }
    },
  );
}
