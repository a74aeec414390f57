import { Context } from '@temporalio/activity';
import { type Fleet } from '../../config';
import { beating } from '../beating';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { serverTime } from '../serverTime';
import { cloudClock } from './cloudTime';
import { markDoomed } from './markDoomed';
import { planRetention } from './planRetention';
import { requireRevision } from './requireRevision';
import { type MarkActivities } from './retentionContracts';

/**
 * Marks what retention lets go.
 *
 * @param open the clouds, as the role that marks opens them
 */
export function markActivities(fleet: Fleet, open: () => FleetClouds): MarkActivities {
  return {
    markCopies: (_, revision) =>
      beating(async () => {
        requireRevision(fleet, revision, 'mark');
        const { cancellationSignal: signal } = Context.current();
        const clouds = open();
        try {
          const clock = cloudClock(fleet, clouds, serverTime, signal);
          const judged = await planRetention(fleet, clouds, await clock(), signal);
          const report = await markDoomed(judged, clouds, { approval: null, clock, signal });
          return { ...report, ledger: fleet.state !== null };
        } finally {
          clouds.close();
        }
      }),
  };
}
