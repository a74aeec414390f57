import { regionsOf } from './seedRequest';
import {
  backupBucket,
  criticalityTag,
  criticalTier,
  exportBucket,
  exportRole,
  externalIdVariable,
  keyAlias,
  roleArn,
  secondRegion,
  sourceRole,
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
 */
export function fleetText(fleet: string, seed: Seed, startedAt: Date): string {
  const regions = [...new Set(seed.accounts.flatMap((account) => regionsOf(seed, account)))].sort();
  const secondRegions = regions.map((region) => `${region}: ${secondRegion(region)}`).join(', ');
  const hour = (startedAt.getUTCHours() + 12) % 24;
  return `# The fleet that is seeded into this sandbox. Written by \`farcopy sandbox\`: seeding writes it anew.
fleet: ${fleet}
roles:
  source: arn:aws:iam::{account}:role/${sourceRole}
  vault: arn:aws:iam::{account}:role/${vaultRole}
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
  ${sandboxTier}:
    schedule: "0 ${hour} * * *"
    rpo: 26h
    route: [secure, secure-dr]
    retention: {daily: 14, minimum: 2}
# Operations take seconds here, not the better part of an hour.
polling: {shortest: 1s, longest: 2s}
`;
}
