import { fleetAccess } from '../activities/fleetAccess';
import { fleetScopes } from '../activities/fleetScopes';
import { type AwsAccess } from '../clouds/aws/awsAccess';
import { type Fleet } from '../config';
import { type Scope } from '../core/copy';
import { type ResourceKind } from '../core/resource';
import { vaultRegion } from '../core/route';
import { providers } from '../providers/registry';
import { type ResourceProvider } from '../providers/resourceProvider';

/** The clouds of a fleet, as its roles open them. To be closed by whoever opened them. */
export interface FleetClouds {
  readonly access: AwsAccess;
  readonly providers: Readonly<Record<ResourceKind, ResourceProvider>>;
  /** Kinds that the fleet file selects at all. */
  readonly kinds: readonly ResourceKind[];
  /** Every account and region whose resources are protected; an organisation is asked once. */
  scopes(): Promise<readonly Scope[]>;
  close(): void;
}

/**
 * Opens the clouds; nothing is called yet.
 *
 * @throws MissingVariableError when the external id's environment variable is not set.
 */
export function openClouds(fleet: Fleet): FleetClouds {
  const access = fleetAccess(fleet);
  let scopes: Promise<readonly Scope[]> | undefined;
  return {
    access,
    providers: providers(access),
    kinds: [...new Set(fleet.select.map(({ kind }) => kind))],
    scopes: () => (scopes ??= sourceScopes(fleet, access)),
    close: () => access.close(),
  };
}

/**
 * Every account and region where the fleet's vaults may hold copies: also the regions of the resources, where copies on
 * their way to another region land.
 */
export function vaultScopes(fleet: Fleet, sources: readonly Scope[]): Scope[] {
  const regions = [...new Set(sources.map(({ region }) => region))];
  const places = new Map<string, Scope>();
  for (const vault of fleet.vaults)
    for (const region of regions)
      for (const place of [region, ...knownRegion(() => vaultRegion(vault, region))])
        places.set(`${vault.account}/${place}`, { account: vault.account, region: place, access: 'vault' });
  return [...places.values()];
}

/** A vault without a region for some resources is the plan's to report. */
function knownRegion(find: () => string): string[] {
  try {
    return [find()];
  } catch {
    return [];
  }
}

async function sourceScopes(fleet: Fleet, access: AwsAccess): Promise<readonly Scope[]> {
  const scopes = await fleetScopes(fleet, access);
  return scopes.map((scope) => ({ ...scope, access: 'source' }));
}
