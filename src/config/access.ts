import { type Access } from '../core/catalogue/copy';
import { type Account, type Fleet } from './fleet';
import { matchesGlob } from './select/glob';
import { type Environment, valueOf } from './variables';

/** The ARN of the role that opens an account. */
export function roleArn(fleet: Fleet, access: Access, account: string): string {
  if (access === 'state') {
    const { home } = fleet.state ?? {};
    if (home?.account !== account) throw new RangeError(`fleet ${fleet.name} keeps no state in account ${account}`);
    return home.role;
  }
  const { source, vault, restore, lender = restore ?? vault, marker, pruner } = fleet.roles;
  const isVaults = fleet.vaults.some((one) => one.account === account);
  const template = { source, vault, lender, restore: restore ?? (isVaults ? vault : source), marker, pruner }[access];
  if (template === undefined) throw new RangeError(`the fleet file of ${fleet.name} has no roles.${access}`);
  return template.replaceAll('{account}', account);
}

/**
 * The external id to assume roles with, undefined where the fleet has none.
 *
 * @throws VariableError
 */
export function externalId(fleet: Fleet, environment: Environment): string | undefined {
  const { externalId: given } = fleet.roles;
  if (given === null || typeof given === 'string') return given ?? undefined;
  return valueOf({ at: 'roles.externalId', ...given, holds: 'the external id that the roles demand' }, environment);
}

/**
 * The accounts whose resources are protected. Where the file names an organisation, they are those of `discovered` (its
 * active accounts) that the file includes and does not exclude; vault accounts never are.
 */
export function accountsOf(fleet: Fleet, discovered: readonly Pick<Account, 'id' | 'name'>[] = []): readonly Account[] {
  const { accounts } = fleet;
  if (accounts.type === 'listed') return accounts.accounts;
  const vaultAccounts = new Set(fleet.vaults.map(({ account }) => account));
  const isNamed = (globs: readonly string[], { id, name }: Pick<Account, 'id' | 'name'>) =>
    globs.some((glob) => matchesGlob(glob, id) || matchesGlob(glob, name));
  return discovered
    .filter((account) => !vaultAccounts.has(account.id))
    .filter((account) => isNamed(accounts.include, account) && !isNamed(accounts.exclude, account))
    .map(({ id, name }) => ({ id, name, regions: accounts.regions }));
}
