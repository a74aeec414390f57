import {
  criticalityTag,
  criticalTier,
  databaseSecret,
  defaultRegion,
  secondRegion,
} from '../sandbox/seed/sandboxAccounts';
import { cluster, type Database, instance } from '../test/support/database';
import { otherCloud } from '../test/support/drilledFleet';
import { type FleetDocument, fleetDocument, tier } from '../test/support/fleetDocument';

export const fleetName = 'soak';
export const accounts = ['999999999999', '888888888888'] as const;
export const otherCloudVault = 'other-cloud';
/** Real seconds of a second of the clouds. */
export const timeScale = 1 / 60;

const regions = [defaultRegion, secondRegion(defaultRegion)];
/** Of which the copies also go to the other cloud: a PostgreSQL server each, however many resources there are. */
const withTables = 2;
const rows = 200;

/** So many databases over both accounts and regions: Aurora clusters, each fifth an RDS instance, two with tables. */
export function databasesOf(count: number): Database[] {
  return Array.from({ length: count }, (_, i) => {
    const account = accounts[i % accounts.length] ?? '';
    const region = regions[Math.floor(i / accounts.length) % regions.length] ?? '';
    if (i < withTables)
      return cluster(fleetName, account, `shop-${i + 1}`, {
        tags: { fleet: fleetName, [criticalityTag]: criticalTier },
        data: { database: 'shop', rows },
      });
    const make = i % 5 === 4 ? instance : cluster;
    // Under the default key there is a copy in between, which must go again.
    return make(fleetName, account, `database-${i + 1}`, { region, encryption: i % 10 === 3 ? 'default' : 'cmk' });
  });
}

/**
 * How many minutes lie between two rounds. The fleet file's minutes are hours of the clouds. What bounds a round is the limit of five
 * copies into a region at once: half of the databases, at eleven seconds each.
 */
export const minutesBetweenRounds = (resources: number): number => Math.max(1, Math.ceil(resources / 25));

/** The fleet file: rounds every few "hours", of both tiers. */
export function soakedFleet(resources: number): FleetDocument {
  const document = fleetDocument(fleetName, accounts);
  const ordinary = document.tiers[tier];
  if (ordinary === undefined) throw new Error(`there is no tier ${tier}`);
  const every = minutesBetweenRounds(resources);
  const paced = { ...ordinary, schedule: `*/${every} * * * *`, rpo: `${5 * every}m` };
  return {
    ...document,
    accounts: accounts.map((id) => ({ id, regions })),
    vaults: {
      ...document.vaults,
      'secure-dr': {
        ...document.vaults['secure-dr'],
        region: Object.fromEntries(regions.map((region) => [region, secondRegion(region)])),
      } as FleetDocument['vaults'][string],
      [otherCloudVault]: otherCloud(fleetName),
    },
    select: ['aurora-cluster', 'rds-instance'].map((kind) => ({
      kind,
      tags: { fleet: fleetName },
      tier: { tag: criticalityTag, default: tier },
    })),
    tiers: {
      [criticalTier]: {
        ...paced,
        route: [...paced.route, otherCloudVault],
        connect: { authentication: { secret: databaseSecret('{id}') }, tls: 'disable' },
      },
      [tier]: paced,
    },
    polling: { shortest: '1s', longest: '5s' },
  };
}
