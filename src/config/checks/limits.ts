import { check } from './check';

/** Of two capacities for one place, one would be ignored. */
export const limitsAreUnique = check(['limits'], ({ limits }, report) => {
  const firsts = new Map<string, number>();
  limits.forEach(({ limit, account, region }, i) => {
    const key = [limit, account ?? '*', region ?? '*'].join(' ');
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, i);
    else report.error(['limits', i], `the same limit in the same place as limits[${first}]`);
  });
});

export const limitsConcernTheFleet = check(['limits', 'accounts', 'vaults'], ({ limits, accounts, vaults }, report) => {
  if (!Array.isArray(accounts)) return;
  const known = new Set([
    ...accounts.map(({ id }) => id),
    ...Object.values(vaults).flatMap((vault) => ('bucket' in vault ? [] : [vault.account])),
  ]);
  limits.forEach(({ account }, i) => {
    if (account !== undefined && !known.has(account)) {
      report.warn(['limits', i, 'account'], `account ${account} is none of this fleet`);
    }
  });
});
