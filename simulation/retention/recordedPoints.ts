import { recordOfKey } from '../../src/core/catalogue/bucket';
import { type SimulatedClouds } from '../clouds/simulatedClouds';

/** What goes before keys in the bucket of the vault `cold`. */
export const coldPrefix = 'copies/';

/** The same for as long as nothing else is asked, of what lies there now. */
export function recordedOnce(clouds: SimulatedClouds): (vault: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (vault) => {
    let points = known.get(vault);
    if (points === undefined) known.set(vault, (points = recordedPoints(clouds, vault)));
    return points;
  };
}

/** Ids of the recovery points that have a record in a vault. */
export function recordedPoints({ cloud }: SimulatedClouds, vault: string): ReadonlySet<string> {
  const keys = vault === 'cold' ? (cloud.state.buckets.get('sim-cold')?.keys(coldPrefix) ?? []) : [];
  return new Set(
    keys.flatMap((key) => {
      const { path, time } = recordOfKey(key.slice(coldPrefix.length)) ?? {};
      if (path === undefined || time === undefined) return [];
      const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/.exec(time) ?? [];
      return [`${path}/${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`];
    }),
  );
}
