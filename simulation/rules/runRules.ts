import { type Payload } from '@temporalio/common';
import { bucketLayout } from '../../src/core/catalogue/bucket';
import { copyTags } from '../../src/core/catalogue/copy';
import { type CreateRecoveryPointInput } from '../../src/core/backup/recoveryPointPlan';
import { type CreateRecoveryPointResult } from '../../src/core/backup/recoveryPointResult';
import { type PermitQueueState } from '../../src/core/limits/permitQueue';
import { messageNames, workflowNames } from '../../src/core/messageNames';
import { recoveryPointId } from '../../src/core/naming';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { coldPrefix } from '../retention/recordedPoints';
import { valuesOf } from '../temporal/payloads';
import { type Run } from '../temporal/run';
import { type World } from '../world';
import { isOurs } from './callRules';

/** A signal has arrived by then, unless no worker runs. */
const permitGraceMilliseconds = 20 * 60_000;
/** A round that reports by then what it does not know has been left waiting. */
const longestRoundHours = 47;
/** Workflows that live for ever. */
export const standing: readonly string[] = [
  workflowNames.alerts,
  workflowNames.protectResource,
  workflowNames.serviceLimit,
];

/** What holds whenever a workflow ends; and whether all have. */
export function runRules({ service, clouds, witness, workers, happenings, scenario, time, begunAt }: World) {
  const { snapshots } = clouds.cloud.state;
  const of = (recoveryPoint: string): FakeSnapshot[] =>
    snapshots.byPlace.values().filter((one) => isOurs(one) && one.tags[copyTags.recoveryPoint] === recoveryPoint);
  const isWhole = (copy: FakeSnapshot) =>
    snapshots.statusOf(copy) === 'available' && copy.tags[copyTags.verified] !== undefined;

  service.onClosed((run) => {
    if (run.options.taskQueue === 'farcopy-another') return;
    // Three slow copies in a row take longer, and nothing is wrong.
    const isSlow = scenario.operations.slowShare > 0;
    if (run.type === workflowNames.fleetBackup && !isSlow && time.now - run.startedAt > longestRoundHours * 3600_000)
      witness.violation('starved', `${run.workflowId} gave up on what it had asked for: it took two days`);
    if (run.type === workflowNames.createRecoveryPoint) time.after(permitGraceMilliseconds, () => permitsAreBack(run));
    if (run.type !== workflowNames.createRecoveryPoint) return;
    const { identity, policy } = inputOf<CreateRecoveryPointInput>(run);
    const recoveryPoint = recoveryPointId(identity.resource, identity.scheduledTime);
    const copies = of(recoveryPoint);
    const places = ['source', ...policy.route.map(({ name }) => name)];
    const recordKey = `${coldPrefix}${bucketLayout.record(identity.resource, identity.scheduledTime)}`;
    const isRecorded = clouds.cloud.state.buckets.get('sim-cold')?.objects.has(recordKey) ?? false;
    const holds = (place: string) =>
      place === 'cold' ? isRecorded : copies.some((one) => one.tags[copyTags.place] === place && isWhole(one));
    if (run.status === 'COMPLETED') {
      const { state, copies: told } = resultOf(run.result);
      if (state === 'completed')
        for (const place of places)
          if (!holds(place))
            witness.violation('completed', `${recoveryPoint} is told as completed, and ${place} has no proven copy`);
      for (const { id, arn, place } of told)
        if (place !== 'cold' && places.includes(place) && !copies.some((one) => one.arn === arn && isWhole(one)))
          witness.violation(
            'completed',
            `${recoveryPoint} tells of a proven copy ${id}, which is not there or not proven`,
          );
    } else if (run.status === 'FAILED' && isFirstRun(service.runs, run)) {
      const safe = policy.route.find(({ name }) => holds(name));
      if (safe !== undefined)
        witness.violation(
          'failed-though-safe',
          `${recoveryPoint} is told as failed (${run.failure?.message ?? ''}), and ${safe.name} has a proven copy`,
        );
    }
  });

  /** Whoever has ended holds no permit; one that was terminated has to be looked for first. */
  async function permitsAreBack(run: Run): Promise<void> {
    const { runId, workflowId, status } = run;
    if (status === 'TERMINATED' || workers.process === null) return;
    for (const limit of service.runs) {
      if (!limit.isOpen || limit.type !== workflowNames.serviceLimit || limit.told.size > 0 || limit.failedTasks > 0)
        continue;
      // No time goes by before this has ended, so a query that has to wait would wait for ever.
      if (service.isAtWork(limit)) {
        time.after(1000, () => permitsAreBack(run));
        return;
      }
      const answer = await service.query(limit, messageNames.permits, []);
      const { holders } = valuesOf(answer === null ? [] : [answer])[0] as PermitQueueState;
      if (holders.some(({ holderRunId }) => holderRunId === runId))
        witness.violation('permit-leaked', `${limit.workflowId}: ${workflowId} has ended, and holds a permit`);
    }
  }

  const planned = Math.max(0, ...scenario.rounds.map(({ at }) => at), ...(scenario.prune?.runs ?? []));
  return {
    /** Nothing is under way that will end. */
    isQuiet: () =>
      workers.process !== null &&
      happenings.areOver &&
      time.now > begunAt + planned * 1000 + 3600_000 &&
      service.runs.every(
        (run) => !run.isOpen || standing.includes(run.type) || run.options.taskQueue === 'farcopy-another',
      ),
  };
}

export const inputOf = <T>(run: Run): T => valuesOf(run.options.args)[0] as T;

export const resultOf = (result: Payload | null): CreateRecoveryPointResult =>
  valuesOf(result === null ? [] : [result])[0] as CreateRecoveryPointResult;

const isFirstRun = (runs: readonly Run[], run: Run) =>
  runs.every((one) => one === run || one.workflowId !== run.workflowId);
