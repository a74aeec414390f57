import { sourcePlace } from '../../core/catalogue/copy';
import { isEmptyPolicy } from '../../core/retention/keepByRules';
import { type Retention } from '../../core/backup/policy';
import { quoted } from '../reading/quoted';
import { suggestion } from '../reading/suggestion';
import { check } from './check';
import { vaultNamed } from './routes';

/** Rules for a place that no copy of the tier comes to would be read by nobody. */
export const retentionNamesPlaces = check(['tiers'], ({ tiers }, report) => {
  for (const [tier, { route, retention }] of Object.entries(tiers))
    for (const place of Object.keys(retention.places ?? {})) {
      const known = [sourcePlace, ...route];
      if (known.includes(place)) continue;
      report.error(
        ['tiers', tier, 'retention', 'places', place],
        `${quoted(place)} is not on the route of this tier`,
        suggestion(place, known),
      );
    }
});

/** Whoever empties a policy by mistake must not lose all but one copy of everything. */
export const retentionKeepsMoreThanOne = check(['tiers', 'vaults'], ({ tiers, vaults }, report) => {
  for (const [tier, { retention }] of Object.entries(tiers)) {
    const { places = {}, ...all } = retention;
    const told = (path: readonly string[], policy: Retention) => {
      if (!isEmptyPolicy(policy)) return;
      report.warn(
        ['tiers', tier, 'retention', ...path],
        'keeps nothing but the newest copy, so `farcopy prune` refuses it',
        'write `daily: 1` if that is what you want',
      );
    };
    told([], all);
    for (const [place, policy] of Object.entries(places))
      if (vaultNamed(vaults, place) !== undefined) told(['places', place], policy);
  }
});

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

/** How many days back a policy reaches where something is copied every day; 0 where it only counts copies. */
const reachDays = ({ hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0, keepDays = 0 }: Retention): number =>
  Math.max(Math.ceil(hourly / 24), daily, weekly * 7, monthly * 31, yearly * 366, keepDays);
