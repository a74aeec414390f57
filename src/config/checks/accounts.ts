import { quoted } from '../reading/quoted';
import { check } from './check';

/** Every account and region is listed once: what is discovered twice would be backed up twice. */
export const accountsAreUnique = check(['accounts'], ({ accounts }, report) => {
  if (!Array.isArray(accounts)) {
    reportRepeated(accounts.organization.regions, (i, region) =>
      report.error(['accounts', 'organization', 'regions', i], `region ${quoted(region)} is listed twice`),
    );
    return;
  }
  reportRepeated(
    accounts.map(({ id }) => id),
    (i, id, first) => report.error(['accounts', i, 'id'], `account ${quoted(id)} is already accounts[${first}]`),
  );
  accounts.forEach(({ regions }, i) =>
    reportRepeated(regions, (j, region) =>
      report.error(['accounts', i, 'regions', j], `region ${quoted(region)} is listed twice`),
    ),
  );
});

/** A vault must outlive the loss of every account whose resources it keeps. */
export const vaultsAreNoSourceAccounts = check(['accounts', 'vaults'], ({ accounts, vaults }, report) => {
  const sources = new Set(Array.isArray(accounts) ? accounts.map(({ id }) => id) : [accounts.organization.account]);
  for (const [name, vault] of Object.entries(vaults)) {
    if (!('account' in vault)) continue;
    const { account } = vault;
    if (!sources.has(account)) continue;
    const hint = 'a vault must survive the loss of those accounts: give it one that holds nothing but copies';
    report.error(['vaults', name, 'account'], `${quoted(account)} is also one of \`accounts\``, hint);
  }
});

function reportRepeated(
  values: readonly string[],
  report: (index: number, value: string, first: number) => void,
): void {
  const firsts = new Map<string, number>();
  values.forEach((value, i) => {
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, i);
    else report(i, value, first);
  });
}
