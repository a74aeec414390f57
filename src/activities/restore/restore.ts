import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { nextPollSeconds } from '../../core/backup/estimate';
import { failureTypes } from '../../core/failure';
import { type RestorePlan } from '../../core/restore/restorePlan';
import { type RestoredDatabase, type RestoredInstance } from '../../kinds/restoreOperations';
import { type LegProgress } from '../contracts';
import { type AwaitRestoredStep, type PlacementOutcome, type RestoreActivities } from './restoreContracts';
import { planRestore, type RestorePlanningDependencies } from './restorePlanning';
import { serverTime } from '../serverTime';

/** What has just been started may not be seen everywhere in AWS yet. */
const unseenMilliseconds = 5 * 60_000;

/** The activities behind `restoreRecoveryPoint`. */
export function restoreActivities(dependencies: RestorePlanningDependencies): RestoreActivities {
  const restoreOf = ({ resource }: RestorePlan) => dependencies.providers.of(resource.kind).restore;

  return {
    planRestore: (request, ownership) => planRestore(dependencies, request, ownership, aborted()),

    async createParameterGroups(plan, ownership) {
      for (const { group, of } of plan.parameterGroups)
        await restoreOf(plan).createParameterGroup(group, of, plan.target, ownership, aborted());
    },

    async startRestore({ plan, ownership, source, placement }) {
      const { target, id, settings } = plan;
      return placed(() => restoreOf(plan).start({ target, id, source, settings, placement, ownership }, aborted()));
    },

    async addInstance({ plan, ownership, instance, placement }) {
      const { target, id } = plan;
      const { engine } = await restoreOf(plan).progress(id, target, aborted());
      return placed(() =>
        restoreOf(plan).addInstance({ target, cluster: { id, engine }, instance, placement, ownership }, aborted()),
      );
    },

    async awaitRestored(step) {
      const { plan, instance } = step;
      const database = await look(() => restoreOf(plan).progress(plan.id, plan.target, aborted()), step);
      const found = instance === null ? database : database.instances.find(({ id }) => id === instance);
      if (found === undefined) throw notReady(instance ?? plan.id, 'not to be seen yet', step);
      switch (found.status) {
        case 'available':
          return { outcome: 'placed' };
        case 'no-capacity':
          return { outcome: 'no-room', reason: `${found.arn}: ${found.rawStatus}` };
        case 'failed':
          throw applicationFailure(failureTypes.operationFailed, `${found.arn}: AWS reports it as ${found.rawStatus}`);
        case 'deleting':
          throw applicationFailure(failureTypes.operationFailed, `${found.arn}: someone is deleting it`);
        case 'in-progress':
          throw notReady(found.id, found.rawStatus, step);
      }
    },

    async removeInstance(plan, instance, ownership) {
      await restoreOf(plan).removeInstance(instance, plan.target, ownership, aborted());
    },

    async finishRestore(plan) {
      return restoreOf(plan).finish(plan.id, plan.target, plan.settings, aborted());
    },

    async describeRestored(plan) {
      return restoreOf(plan).progress(plan.id, plan.target, aborted());
    },

    async removeRestored(plan, ownership) {
      // What the restore itself protects is its own to remove; what it does not, a person has protected since.
      const protection = plan.settings.deletionProtection ? 'ours' : 'theirs';
      const left = await restoreOf(plan).remove(plan.id, plan.target, ownership, protection, aborted());
      if (left !== null)
        throw applicationFailure(failureTypes.notReady, left, { retryAfterSeconds: plan.polling.shortestSeconds });
      for (const { group, of } of plan.parameterGroups)
        await restoreOf(plan).removeParameterGroup(group.name, of, plan.target, ownership, aborted());
    },
  };
}

/** What AWS says where it has no room for a class in a zone; the codes are those of the API model. */
const noRoom = /Insufficient\w*Capacity|sufficient capacity|insufficient capacity/i;
/** A class that a zone, an engine or a version does not have: another one may do. */
const unfit = /does not support creating|not supported|isn.t supported|not available in|specify .*(class|zone)/i;

async function placed(work: () => Promise<RestoredDatabase | RestoredInstance>): Promise<PlacementOutcome> {
  try {
    await work();
    return { outcome: 'placed' };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const code = (error.details?.[0] as { code?: string } | undefined)?.code ?? '';
    const said = `${code} ${error.message}`;
    if (noRoom.test(said)) return { outcome: 'no-room', reason: error.message };
    if (error.type === failureTypes.invalidInput && unfit.test(said))
      return { outcome: 'unfit', reason: error.message };
    throw error;
  }
}

/** A look that fails says nothing of the restore, which goes on in AWS: only what AWS says of the database itself ends it. */
async function look<T>(work: () => Promise<T>, { startedAt, plan }: AwaitRestoredStep): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    if (error.type === failureTypes.notFound && serverTime() - startedAt > unseenMilliseconds) throw error;
    throw applicationFailure(failureTypes.transient, error.message, {
      cause: error,
      details: error.details?.[0],
      retryAfterSeconds: plan.polling.shortestSeconds,
    });
  }
}

/** AWS tells no percentage of a restore; 0 has the next look go by what is expected. */
function notReady(
  id: string,
  status: string,
  { plan, instance, startedAt, expectedSeconds }: AwaitRestoredStep,
): Error {
  const elapsedSeconds = (serverTime() - startedAt) / 1000;
  const percent = Math.min(99, Math.round((100 * elapsedSeconds) / Math.max(1, expectedSeconds)));
  const progress: LegProgress = { leg: instance === null ? 'database' : `instance:${instance}`, percent };
  return applicationFailure(failureTypes.notReady, `${id}: ${status}`, {
    details: progress,
    retryAfterSeconds: nextPollSeconds(elapsedSeconds, 0, expectedSeconds, plan.polling),
  });
}

function aborted(): AbortSignal {
  return Context.current().cancellationSignal;
}
