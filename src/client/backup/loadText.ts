import { formatDuration } from '../../core/duration';
import { type LimitLoad, type TierLoad } from './fleetLoad';

/** What people are told of a limit that cannot carry the fleet, or hardly; null of any other. */
export function limitLoadText({ limit, account, region, capacity, ...load }: LimitLoad): string | null {
  if (load.verdict === 'carried') return null;
  const verdict = load.verdict === 'exceeded' ? 'cannot carry the fleet' : 'hardly carries the fleet';
  const needs = [
    `${capacity} at once are busy ${percent(load.busy)} of the time`,
    ...load.rounds.flatMap(({ tier, leastSeconds, roomSeconds, share }) =>
      share === null
        ? []
        : [
            `a round of tier ${tier} takes ${about(leastSeconds)} at the least, ${percent(share)} of the ${about(roomSeconds)} that its rpo leaves`,
          ],
    ),
  ];
  const fits =
    load.fits === null ? '' : `; of ${load.resources} such resources ${Math.min(load.fits, load.resources)} fit`;
  const places = load.enoughCapacity === null ? null : Math.ceil(load.enoughCapacity / capacity);
  const enough = [
    ...(load.enoughCapacity === null || load.enoughCapacity === capacity
      ? []
      : [`${load.enoughCapacity} at once, if AWS grants that`, `the same work in ${places} accounts or regions`]),
    ...load.rounds.map(
      ({ tier, enough: { intervalSeconds, rpoSeconds } }) =>
        `a round of tier ${tier} every ${about(intervalSeconds)} with an rpo of ${about(rpoSeconds)}`,
    ),
  ];
  return `quota: ${limit} in ${account}/${region} ${verdict}: ${needs.join('; ')}${fits}. Any one of these would carry it: ${enough.join('; ')}`;
}

/** The same of a tier whose RPO leaves too little time for its longest resource, which no limit changes. */
export function tierLoadText({ tier, verdict, ...load }: TierLoad): string | null {
  if (verdict === 'carried') return null;
  const { rpoSeconds, longestIntervalSeconds, longestPathSeconds } = load;
  const does = verdict === 'exceeded' ? 'cannot keep' : 'hardly keeps';
  return `rpo: tier ${tier} ${does} its rpo of ${about(rpoSeconds)}, whatever the quotas: ${about(longestIntervalSeconds)} lie between two rounds, and its longest resource takes ${about(longestPathSeconds)}`;
}

export const percent = (share: number) => `${Math.round(share * 100)} %`;

/** Nobody knows it to the second: whole minutes from two minutes on, whole hours from ten hours on. */
function about(seconds: number): string {
  const unit = seconds < 120 ? 1 : seconds < 36_000 ? 60 : 3600;
  return formatDuration(Math.max(0, Math.ceil(seconds / unit) * unit));
}
