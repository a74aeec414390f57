import { type ScratchServer } from './plantScratchServer';
import { regionsOf } from './seedRequest';
import {
  backupBucket,
  criticalityTag,
  criticalTier,
  databaseSecret,
  defaultRegion,
  exportBucket,
  exportRole,
  externalIdVariable,
  keyAlias,
  lenderRole,
  markerRole,
  prunerRole,
  restoreRole,
  roleArn,
  scratchAccount,
  scratchNetwork,
  secondRegion,
  sourceRole,
  stateBucket,
  stateRole,
  vaultAccount,
  vaultRole,
} from './sandboxAccounts';
import { type Seed, type SeedResource } from './seed';

/** The tier of what no tag makes critical. */
export const sandboxTier = 'standard';

/** The tier that the fleet file has for a resource. */
export function tierOf({ tags }: Pick<SeedResource, 'tags'>): string {
  return tags[criticalityTag] === criticalTier ? criticalTier : sandboxTier;
}

/**
 * The fleet file for what is seeded.
 *
 * Its schedule fires twelve hours after the sandbox was started, so that nothing starts by itself while it is tried out.
 *
 * @param scratchServer What drills of copies in the other cloud are loaded into; null: there are no such drills.
 */
export function fleetText(
  fleet: string,
  seed: Seed,
  startedAt: Date,
  scratchServer: ScratchServer | null = null,
): string {
  const regions = [...new Set(seed.accounts.flatMap((account) => regionsOf(seed, account)))].sort();
  const secondRegions = regions.map((region) => `${region}: ${secondRegion(region)}`).join(', ');
  const orders = seed.resources.flatMap(({ data }) => (data === undefined ? [] : [data.rows]));
  const checks = orders.length === 0 ? withoutReading : checksOf(Math.min(...orders));
  const hour = (startedAt.getUTCHours() + 12) % 24;
  return `# The fleet that is seeded into this sandbox. Written by \`farcopy sandbox\`: seeding writes it anew.
fleet: ${fleet}
roles:
  source: arn:aws:iam::{account}:role/${sourceRole}
  vault: arn:aws:iam::{account}:role/${vaultRole}
  restore: arn:aws:iam::{account}:role/${restoreRole}
  lender: arn:aws:iam::{account}:role/${lenderRole}
  marker: arn:aws:iam::{account}:role/${markerRole}
  pruner: arn:aws:iam::{account}:role/${prunerRole}
  externalId: {env: ${externalIdVariable}}
accounts:
${seed.accounts.map((account) => `  - {id: "${account}", regions: [${regionsOf(seed, account).join(', ')}]}\n`).join('')}vaults:
  # The secure account: a copy in the resource's own region, and one in a second region, each under a key of its own.
  secure: {account: "${vaultAccount}", key: ${keyAlias}}
  secure-dr: {account: "${vaultAccount}", region: {${secondRegions}}, key: ${keyAlias}}
  # Another cloud: RDS exports the copy in the secure account to S3, and from there it goes to Google Cloud Storage.
  other-cloud:
    bucket: gs://${backupBucket(fleet)}
    export:
      bucket: s3://${exportBucket(fleet, '{region}')}
      role: ${roleArn(vaultAccount, exportRole)}
      key: ${keyAlias}
# What has ended is kept there: \`farcopy history\`, \`audit\` and \`compliance\` read it.
state:
  bucket: s3://${stateBucket(fleet)}
  role: ${roleArn(vaultAccount, stateRole)}
  region: ${defaultRegion}
  lock: {mode: governance, days: 400}
shareableKey: ${keyAlias}
select:
  - {kind: aurora-cluster, tags: {backup: "true"}, tier: {tag: ${criticalityTag}, default: ${sandboxTier}}}
  - {kind: rds-instance, tags: {backup: "true"}, tier: {tag: ${criticalityTag}, default: ${sandboxTier}}}
tiers:
  # What carries the tag \`${criticalityTag}: ${criticalTier}\`, as databases with data do.
  ${criticalTier}:
    schedule: "0 ${hour} * * *"
    rpo: 26h
    route: [secure, secure-dr, other-cloud]
    retention: {daily: 14, minimum: 2}
    verify: full
${orders.length === 0 ? '' : connection}    drills:
      # No schedule: they run when someone asks for them.
      second-region:
        from: secure-dr
        to: {account: "${scratchAccount}", region: ${secondRegion(defaultRegion)}, subnetGroup: ${scratchNetwork}}
        rto: 1h
${checks}${scratchServer === null ? '' : otherCloudDrill(scratchServer, checks)}  ${sandboxTier}:
    schedule: "0 ${hour} * * *"
    rpo: 26h
    route: [secure, secure-dr]
    retention: {daily: 14, minimum: 2}
# Restores may lead there too, beside the account of the database itself.
restore: {targets: [{account: "${scratchAccount}"}]}
# Operations take seconds here, not the better part of an hour.
polling: {shortest: 1s, longest: 2s}
`;
}

function otherCloudDrill({ url, secret }: ScratchServer, checks: string): string {
  return `      other-cloud:
        from: other-cloud
        to: {postgres: "${url}", secret: "${secret}"}
        rto: 1h
${checks}`;
}

/** Of a database without data nobody has the password, since nothing is there to log in to. */
const connection = `    connect: {authentication: {secret: "${databaseSecret('{id}')}"}, tls: disable}
`;

const withoutReading = `        read: none
`;

/** What holds in every database that was seeded with data, of which the smallest has so many orders; see `sandbox/seed/database`. */
function checksOf(orders: number): string {
  return `        checks:
          - {table: shop.orders, rows: ${orders}}
          - {table: shop.customers, rows: 1000}
          - {freshness: select max(updated_at) from shop.orders, within: 26h}
`;
}
