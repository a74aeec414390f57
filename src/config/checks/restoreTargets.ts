import { quoted } from '../reading/quoted';
import { check } from './check';

/** What is listed twice could be said once, and differently in each. */
export const restoreTargetsAreUnique = check(['restore'], ({ restore: { targets } }, report) => {
  const firsts = new Map<string, number>();
  targets.forEach((target, i) => {
    const path = ['restore', 'targets', i];
    const [key, name] =
      'postgres' in target ? (['postgres', target.postgres] as const) : (['account', target.account] as const);
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, i);
    else report.error([...path, key], `${quoted(name)} is already restore.targets[${first}]`);
    if ('postgres' in target) return;
    const regions = target.regions ?? [];
    regions.forEach((region, j) => {
      if (regions.indexOf(region) < j)
        report.error([...path, 'regions', j], `region ${quoted(region)} is listed twice`);
    });
  });
});
