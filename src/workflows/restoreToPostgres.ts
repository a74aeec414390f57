import { defineQuery, log, proxyActivities, setHandler } from '@temporalio/workflow';
import { type LoadExportActivities } from '../activities/restore/loadExportContracts';
import { inParallel } from '../core/inParallel';
import { messageNames } from '../core/messageNames';
import {
  postgresRestoreBegun,
  postgresRestoreLine,
  type RestoreToPostgresInput,
  type RestoreToPostgresProgress,
} from '../core/restore/postgresRestore';
import { type RestoreReport } from '../core/restore/restoreReport';
import { waited } from './activityOptions';
import { VisibleProgress } from './visibleProgress';
import { markdown } from '../core/markdown';

export const restoreToPostgresProgressQuery = defineQuery<RestoreToPostgresProgress>(
  messageNames.postgresRestoreProgress,
);

/** A target that is down comes back, a bucket that throttles too; what a person must change ends the restore at once. */
const retry = { initialInterval: '2 seconds', maximumInterval: '1 minute' } as const;
const { forgetPostgresRestore } = proxyActivities<LoadExportActivities>({
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '6 hours',
  retry,
});
/** As long as it takes, while it beats: an index on a terabyte takes hours. */
const { planPostgresRestore, makeRestoredTables, loadExportTables, completeRestoredTables, compareRestoredTables } =
  proxyActivities<LoadExportActivities>({
    ...waited,
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '1 minute',
    retry,
  });

/** Activities that load at once: each takes the request's `parallel` connections. */
const unitsAtOnce = 3;

/**
 * Restores the export of a recovery point into an empty PostgreSQL: plans, makes the tables, loads them side by side, adds keys
 * and indexes, compares. Cancelled or failed, it leaves what it has loaded, and started anew it goes on there.
 *
 * @throws ApplicationFailure of what an activity found that no retry mends.
 */
export async function restoreToPostgres(input: RestoreToPostgresInput): Promise<RestoreReport> {
  const { version: _, ...request } = input;
  const startedAt = Date.now();
  const visible = new VisibleProgress();
  let progress = postgresRestoreBegun;
  const show = (changes: Partial<RestoreToPostgresProgress>) => {
    progress = { ...progress, ...changes };
    visible.show('Running', [postgresRestoreLine(progress)]);
  };
  setHandler(restoreToPostgresProgressQuery, () => progress);

  show({});
  const plan = await planPostgresRestore(request);
  show({ step: 'tables', tables: plan.tables, ofBytes: plan.bytes });
  await makeRestoredTables(request);
  show({ step: 'rows' });
  await inParallel(plan.units, unitsAtOnce, async (unit) => {
    await loadExportTables.executeWithOptions({ summary: markdown`${unit.label}` }, [request, unit]);
    show({ bytes: progress.bytes + unit.bytes });
  });
  show({ step: 'keys-and-indexes' });
  await completeRestoredTables(request);
  show({ step: 'compare' });
  const compared = await compareRestoredTables(request);
  const report: RestoreReport = { ...compared, rtoSeconds: (Date.now() - startedAt) / 1000 };
  await forgetPostgresRestore(request);
  show({ step: 'done' });
  if (!report.equal) log.error('what is restored differs', { differences: report.differences });
  return report;
}
