import { type Fleet } from '../../config';
import { type RetentionRole } from '../../core/catalogue/copy';
import { Authority } from '../authority/authority';
import { type Field, fields } from '../authority/fields';
import { guarded } from '../authority/guard';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { withGraceForConfiguration } from '../graceForConfiguration';
import { type ActivityObserver, observed } from '../observed';
import { serverTime } from '../serverTime';
import { deletionActivities } from './deleteMarked';
import { markActivities } from './markCopies';
import { type DeletionActivities, type MarkActivities } from './retentionContracts';

/**
 * Everything that a worker does outside workflow code that marks, or that deletes what is marked: with one role, and no other.
 *
 * @param open the clouds, as the role opens them: anew for each run, since an organisation may have other accounts by then
 * @param observers see each activity begin and end
 */
export function retentionActivities(
  fleet: Fleet,
  role: RetentionRole,
  open: () => FleetClouds,
  observers: readonly ActivityObserver[] = [],
): MarkActivities | DeletionActivities {
  // Nothing of what they are told is held but the fleet's name.
  const authority = new Authority({
    fleet,
    scopes: () => Promise.resolve([]),
    inputOf: () => ({ names: {}, input: {} }),
    now: serverTime,
  });
  const around = <A extends object>(activities: A, own: Readonly<Record<keyof A, readonly Field[]>>): A => {
    const safe = guarded(withGraceForConfiguration(activities), own, authority, fleet.name);
    return observers.length === 0 ? safe : observed(safe, new Map(), observers);
  };
  return role === 'marker'
    ? around(markActivities(fleet, open), fields)
    : around(deletionActivities(fleet, open), fields);
}
