/** Who and what every sandbox has, whatever is seeded into it. */

/** The account that Farcopy's own process belongs to, and the user it runs as. */
export const principal = { account: '222222222222', userName: 'farcopy' } as const;
export const principalArn = `arn:aws:iam::${principal.account}:user/${principal.userName}`;

/** The secure account that keeps the copies. */
export const vaultAccount = '111111111111';

/** Where a resource is unless its seed says otherwise. */
export const defaultRegion = 'eu-west-1';

/** One key of this name in every account and region. */
export const keyAlias = 'alias/farcopy';

export const sourceRole = 'farcopy-source';
export const vaultRole = 'farcopy-vault';
/** In every account, for people and for the demo's proof; Farcopy itself never uses it. */
export const visitorRole = 'sandbox-visitor';

/** What the roles of Farcopy demand; the fleet file takes it from this variable. */
export const externalIdVariable = 'FARCOPY_EXTERNAL_ID';
export const externalId = 'farcopy-sandbox';

/** The region that holds the second copy of what is in `region`. */
export function secondRegion(region: string): string {
  return region === 'eu-central-1' ? 'eu-west-1' : 'eu-central-1';
}

export function roleArn(account: string, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}
