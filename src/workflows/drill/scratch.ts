import { ChildWorkflowCancellationType, executeChild, ParentClosePolicy, proxyActivities } from '@temporalio/workflow';
import { ApplicationFailure, ChildWorkflowFailure, TerminatedFailure } from '@temporalio/common';
import { type DrillActivities, type DrillDatabase } from '../../activities/drill/drillContracts';
import { type DrillPoint } from '../../core/drill/drillPoint';
import { type RestoreActivities } from '../../activities/restore/restoreContracts';
import { drillOptions, type DrillTarget } from '../../core/drill/drill';
import { type RestoreDrillInput } from '../../core/drill/drillRequest';
import { drillIdentifier, scratchDatabaseName, type ScratchOwner } from '../../core/drill/drillScratch';
import { failureTypes } from '../../core/failure';
import { restoreWorkflowId } from '../../core/naming';
import { restoreTags, tagValue } from '../../core/restore/restoreOwnership';
import { type RestoreReport } from '../../core/restore/restoreReport';
import { type RestoreRequest } from '../../core/restore/restoreRequest';
import { searchAttributes } from '../../core/searchAttributes';
import { looking, quick, waited } from '../activityOptions';
import { restoreRecoveryPoint } from '../restoreRecoveryPoint';
import { restoreToPostgres } from '../restoreToPostgres';
import { undoPlan } from '../steps/undoPlan';

const { dropScratchDatabase } = proxyActivities<DrillActivities>(quick);
const { createScratchDatabase } = proxyActivities<DrillActivities>({
  ...quick,
  ...waited,
  startToCloseTimeout: '5 minutes',
});
const { planRestore } = proxyActivities<RestoreActivities>(looking);

/** Where a drill restores to, and what goes when it is over. */
export interface Scratch {
  /** In words: `account/region/identifier`, or a URL. */
  readonly to: string;
  readonly restore: () => Promise<RestoredScratch>;
  readonly tearDown: () => Promise<void>;
}

export interface RestoredScratch {
  /** Null where there is nothing to connect to. */
  readonly database: DrillDatabase | null;
  readonly report: RestoreReport | null;
  readonly notes: readonly string[];
}

type InAccount = Extract<DrillTarget, { type: 'aws' }>;
type OnServer = Extract<DrillTarget, { type: 'postgres' }>;

/** Plans a restore into a scratch account. */
export async function scratchInAccount(
  { fleet, connect, drill }: RestoreDrillInput,
  point: DrillPoint,
  target: InAccount,
  owner: ScratchOwner,
  unique: string,
): Promise<Scratch> {
  const { resource } = point;
  const { account, region } = target;
  const id = drillIdentifier(resource.id, unique);
  const request: RestoreRequest = {
    resource: resource.arn,
    point: point.recoveryPoint,
    from: point.place,
    to: `${account}/${region}`,
    as: id,
    options: drillOptions(target),
    drill: owner,
  };
  const child = restoreWorkflowId({ kind: resource.kind, account, region, id });
  const ownership = { [restoreTags.restore]: tagValue(child) };
  const plan = await planRestore(request, ownership);
  const to = `${account}/${region}/${id}`;
  let begun = false;
  let wasTerminated = false;
  return {
    to,
    async restore() {
      begun = true;
      const restored = await executeChild(restoreRecoveryPoint, {
        ...restoring(child, fleet),
        args: [request],
        staticSummary: `${resource.id} · ${point.scheduledTime} → ${to}`,
      }).catch((error: unknown) => {
        wasTerminated = error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure;
        throw error;
      });
      const { sql, answersSql, arn, differences } = restored;
      if (connect === null || !answersSql) return { database: null, report: null, notes: differences };
      if (sql === null)
        throw ApplicationFailure.nonRetryable(`${arn}: it names no endpoint`, failureTypes.operationFailed);
      const endpoint = { ...sql, database: drill.database ?? sql.database ?? 'postgres' };
      return {
        database: { type: 'aws', id, endpoint, access: connect, resource, account, region },
        report: null,
        notes: differences,
      };
    },
    async tearDown() {
      // A restore that was terminated could not give back what it was lent.
      if (begun) await undoPlan(plan, ownership, wasTerminated ? 'all' : 'made');
    },
  };
}

/** A restore into a scratch database of a server. */
export function scratchOnServer(
  { fleet, drill }: RestoreDrillInput,
  point: DrillPoint,
  server: OnServer,
  owner: ScratchOwner,
  unique: string,
): Scratch {
  const { copy, place, resource, scheduledTime } = point;
  if (copy.type !== 'bucket')
    throw ApplicationFailure.nonRetryable(
      `a copy in ${place} cannot be restored to a server of PostgreSQL`,
      failureTypes.invalidInput,
    );
  const { bucket, dataPrefix } = copy;
  const { secret } = server;
  const database = { url: server.url, secret, name: scratchDatabaseName(unique), owner };
  let begun = false;
  return {
    to: new URL(database.name, server.url).toString(),
    async restore() {
      begun = true;
      const url = await createScratchDatabase(database);
      const report = await executeChild(restoreToPostgres, {
        ...restoring(`restore-to-postgres/${database.name}`, fleet),
        args: [
          {
            version: 1,
            from: { bucket, dataPrefix, ...(drill.database === null ? {} : { database: drill.database }) },
            to: { url, ...(secret === null ? {} : { secret }) },
          },
        ],
        staticSummary: `${resource.id} · ${scheduledTime} → ${database.name}`,
      });
      const notes = [...report.notCarried, ...report.refused.map(({ what, reason }) => `${what}: ${reason}`)];
      return { database: { type: 'postgres', url, secret }, report, notes };
    },
    async tearDown() {
      if (begun) await dropScratchDatabase(database);
    },
  };
}

/** A drill that is terminated cancels its restore, which then removes what it has made. */
function restoring(workflowId: string, fleet: string) {
  return {
    workflowId,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
  };
}
