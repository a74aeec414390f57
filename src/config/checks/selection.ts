import { quoted } from '../reading/quoted';
import { suggestion } from '../reading/suggestion';
import { check } from './check';

export const rulesNameTiers = check(['select', 'tiers'], ({ select, tiers }, report) => {
  const known = Object.keys(tiers);
  select.forEach(({ tier }, i) => {
    const name = typeof tier === 'string' ? tier : tier.default;
    if (name === undefined || Object.hasOwn(tiers, name)) return;
    const path = ['select', i, 'tier', ...(typeof tier === 'string' ? [] : ['default'])];
    report.error(path, `unknown tier ${quoted(name)}`, suggestion(name, known));
  });
});

export const tiersAreUsed = check(['select', 'tiers'], ({ select, tiers }, report) => {
  // A tag may name any tier.
  if (select.some(({ tier }) => typeof tier !== 'string')) return;
  for (const name of Object.keys(tiers)) {
    if (!select.some(({ tier }) => tier === name)) {
      report.warn(['tiers', name], `tier ${quoted(name)} is chosen by no rule of \`select\``);
    }
  }
});
