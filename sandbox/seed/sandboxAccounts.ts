/** Who and what every sandbox has, whatever is seeded into it. */

/** The account that Farcopy's own process belongs to, and the user it runs as. */
export const principal = { account: '222222222222', userName: 'farcopy' } as const;
export const principalArn = `arn:aws:iam::${principal.account}:user/${principal.userName}`;

/** The secure account that keeps the copies. */
export const vaultAccount = '111111111111';

/** Where drills restore to: apart from what is protected and from what keeps the copies. */
export const scratchAccount = principal.account;
/** Its network, and the subnet group for databases in it. */
export const scratchNetwork = 'farcopy-scratch';

/** Where a resource is unless its seed says otherwise. */
export const defaultRegion = 'eu-west-1';

/** One key of this name in every account and region. */
export const keyAlias = 'alias/farcopy';

/** The project of Google Cloud that buckets belong to. */
export const gcsProject = 'farcopy-sandbox';

export const sourceRole = 'farcopy-source';
export const vaultRole = 'farcopy-vault';
/** In the vault account; RDS takes it on to write exports. */
export const exportRole = 'farcopy-export';
/** In the vault account: lends copies to restores. */
export const lenderRole = 'farcopy-lender';
/** In every account: restores, looks at what was restored, and removes it. */
export const restoreRole = 'farcopy-restore';
/** In the vault account: reads the ledger, and adds to it. */
export const stateRole = 'farcopy-state';
/** In every account: marks copies that retention lets go. */
export const markerRole = 'farcopy-marker';
/** In every account: deletes marked copies. */
export const prunerRole = 'farcopy-pruner';
/** In every account, for people and for the demo's proof; Farcopy itself never uses it. */
export const visitorRole = 'sandbox-visitor';

/** A database that carries this tag is of the tier that its value names. */
export const criticalityTag = 'criticality';
/** The tier of databases whose copies also go to the other cloud. */
export const criticalTier = 'critical';

/**
 * The secret with the user and the password of a database's owner, in the database's own account and region and where drills
 * restore to; `{id}` gives the form of the fleet file.
 */
export function databaseSecret(id: string): string {
  return `farcopy/${id}`;
}

/** What the roles of Farcopy demand; the fleet file takes it from this variable. */
export const externalIdVariable = 'FARCOPY_EXTERNAL_ID';
export const externalId = 'sandbox-external-id';

/** The region that holds the second copy of what is in `region`. */
export function secondRegion(region: string): string {
  return region === 'eu-central-1' ? 'eu-west-1' : 'eu-central-1';
}

/** Where copies go in the other cloud. */
export function backupBucket(fleet: string): string {
  return `${fleet}-backups`;
}

/** Where RDS exports what is in a region; `{region}` as region gives the form of the fleet file. */
export function exportBucket(fleet: string, region: string): string {
  return `${fleet}-exports-${region}`;
}

/** Where copies go in the vault account's own S3, in fleets that have such a vault. */
export function archiveBucket(fleet: string): string {
  return `${fleet}-archive`;
}

/** Where a fleet keeps its ledger, in the vault account's S3. */
export function stateBucket(fleet: string): string {
  return `${fleet}-state`;
}

export function roleArn(account: string, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}

/** The regions that drills restore to: of what is in the default region, and of its second copy. */
export const scratchRegions = [defaultRegion, secondRegion(defaultRegion)] as const;
