import { type PlannedRoute } from '../../activities/backup/plannedRoutes';
import { type Scope } from '../../core/catalogue/copy';

/** A key that copies of the fleet end under. */
export interface NeededKey {
  readonly scope: Scope;
  /** Alias, id or ARN, as the fleet file has it. */
  readonly key: string;
  /** The places whose copies it encrypts. */
  readonly places: readonly string[];
}

/** The keys that routes use. */
export function neededKeys(routes: readonly PlannedRoute[]): readonly NeededKey[] {
  const keys = new Map<string, NeededKey>();
  for (const { steps } of routes)
    for (const { id: step, input, scope, place: filled } of steps) {
      const { key } = input;
      if (typeof key !== 'string') continue;
      const place = filled ?? step;
      const id = `${scope.access} ${scope.account} ${scope.region} ${key}`;
      const places = keys.get(id)?.places ?? [];
      keys.set(id, { scope, key, places: places.includes(place) ? places : [...places, place] });
    }
  return [...keys.values()];
}
