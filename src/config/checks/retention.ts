import { sourcePlace } from '../../core/catalogue/copy';
import { isEmptyPolicy } from '../../core/retention/keepByRules';
import { type Retention } from '../../core/backup/policy';
import { reachDays } from '../../core/retention/reachDays';
import { type Path } from '../reading/located';
import { quoted } from '../reading/quoted';
import { type Report } from '../reading/report';
import { suggestion } from '../reading/suggestion';
import { check } from './check';
import { vaultNamed } from './routes';

/** A vault may have left the route, and still hold what it had. */
export const retentionNamesPlaces = check(['tiers', 'vaults'], ({ tiers, vaults }, report) => {
  const known = [sourcePlace, ...Object.keys(vaults)];
  for (const [tier, { retention }] of Object.entries(tiers))
    for (const place of Object.keys(retention.places ?? {})) {
      if (known.includes(place)) continue;
      report.error(
        ['tiers', tier, 'retention', 'places', place],
        `unknown place ${quoted(place)}`,
        suggestion(place, known),
      );
    }
});

/** Whoever empties a policy by mistake must not lose all but one copy of everything. */
export const retentionKeepsMoreThanOne = check(['tiers', 'vaults'], ({ tiers, vaults }, report) => {
  for (const [tier, { retention }] of Object.entries(tiers)) {
    const { places = {}, ...all } = retention;
    warnOfEmpty(['tiers', tier, 'retention'], all, report);
    for (const [place, policy] of Object.entries(places))
      if (vaultNamed(vaults, place) !== undefined)
        warnOfEmpty(['tiers', tier, 'retention', 'places', place], policy, report);
  }
});

/** Without the section it does not run. */
export const retiredKeepsMoreThanOne = check(['retired'], ({ retired }, report) => {
  if (retired !== undefined) warnOfEmpty(['retired', 'retention'], retired.retention, report);
});

function warnOfEmpty(path: Path, policy: Retention, report: Report): void {
  if (!isEmptyPolicy(policy)) return;
  report.warn(
    path,
    'keeps nothing but the newest copy, so `farcopy prune` refuses it',
    'write `daily: 1` if that is what you want',
  );
}

/** What is locked cannot go when its time has come. */
export const locksEndWithRetention = check(['tiers', 'vaults'], ({ tiers, vaults }, report) => {
  for (const [tier, { route, retention }] of Object.entries(tiers))
    for (const stop of route) {
      const vault = vaultNamed(vaults, stop);
      if (vault === undefined || !('bucket' in vault) || vault.lock === undefined) continue;
      const days = reachDays(retention.places?.[stop] ?? retention);
      if (days === 0 || vault.lock.days <= days) continue;
      report.warn(
        ['vaults', stop, 'lock'],
        `locks for ${vault.lock.days} days what tier ${quoted(tier)} keeps for about ${days}`,
        'copies stay, and cost, until their lock ends: shorten it, or keep more',
      );
    }
});
