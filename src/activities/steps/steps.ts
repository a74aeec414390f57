import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { messageNames } from '../../core/messageNames';
import { serviceLimitWorkflowId } from '../../core/naming';
import { shareOf } from '../../core/restore/lentShares';
import { nextPollSeconds } from '../../core/steps/estimate';
import { type Step, type StepInput } from '../../core/steps/step';
import { type ConnectedKinds, type Operation, type StepCall, type Unfinished } from '../../kinds/kind';
import { beating } from '../beating';
import { serverTime } from '../serverTime';
import { type shareInUse } from '../sweep/shareInUse';
import { endIfStalled } from './stalled';
import { type AwaitStepRequest, type StepActivities, type StepProgress, type StepRequest } from './stepContracts';

export interface StepDependencies {
  readonly kinds: ConnectedKinds;
  /** Types of steps that are the same for all kinds. */
  readonly general: Readonly<Record<string, Operation>>;
  /** Whether other restores under way need what one gives back. */
  readonly shareInUse: typeof shareInUse;
}

/** What has just been started may not be seen everywhere in AWS yet. */
const unseenMilliseconds = 5 * 60_000;
/** Clocks of two moments agree no better. */
const shortestPauseSeconds = 1;

/**
 * What performs a step.
 *
 * @throws ApplicationFailure `InvalidInput` where nothing does.
 */
export function operationOfStep(
  { kinds, general }: StepDependencies,
  { identity, step }: Pick<StepRequest, 'identity' | 'step'>,
): Operation {
  const { kind } = identity.resource;
  const own = (operations: Readonly<Record<string, Operation>>) =>
    Object.hasOwn(operations, step.type) ? operations[step.type] : undefined;
  const operation = own(general) ?? own(kinds.of(kind).steps);
  if (operation !== undefined) return operation;
  throw applicationFailure(failureTypes.invalidInput, `${step.id}: ${kind} has no operation ${step.type}`);
}

/** What a step is told, with the choice that is tried. */
export function inputOfStep({ step, choice }: Pick<StepRequest, 'step' | 'choice'>): StepInput {
  return { ...step.input, ...(choice === null ? undefined : step.choices[choice]?.input) };
}

/** The activities that walk plans: the rules that hold for every operation of every kind. */
export function stepActivities(dependencies: StepDependencies): StepActivities {
  const operationOf = (request: StepRequest) => operationOfStep(dependencies, request);

  /** What is lent for one restore is lent for all that read it: the last of them gives it back. */
  const isLentToOthers = async ({ identity, step, source, ownership }: StepRequest): Promise<boolean> => {
    const share = ownership === null || source === null ? null : shareOf(step, source);
    if (share === null) return false;
    const { readers, silent } = await dependencies.shareInUse(identity.fleet, share);
    if (readers.length > 0) {
      Context.current().log.info('another restore reads what this one was lent', { readers });
      return true;
    }
    if (silent.length > 0)
      throw applicationFailure(
        failureTypes.notReady,
        `restores that give no answer may read what this one was lent: ${silent.join(', ')}`,
      );
    return false;
  };

  return {
    async startStep(request) {
      const { step } = request;
      const start = () => operationOf(request).start(callOf(request));
      try {
        return await (step.startSeconds > 60 ? beating(start) : start());
      } catch (error) {
        if (isFailure(error, failureTypes.limitReached)) await tellServiceLimit(step);
        throw error;
      }
    },

    async awaitStep(request) {
      const operation = operationOf(request);
      if (operation.look === undefined)
        throw applicationFailure(
          failureTypes.invalidInput,
          `${request.step.id} is done at once: there is nothing to wait for`,
        );
      endIfEarly(request);
      const found = await lookAt(async () => (await operation.look?.(callOf(request), request.handle)) ?? {}, request);
      if (!('rawStatus' in found)) return found;
      endIfStalled(found, request.expectedSeconds);
      throw notReady(found, request);
    },

    async undoStep(request) {
      try {
        if (await isLentToOthers(request)) return;
        await operationOf(request).undo?.(
          { ...callOf(request), begunAt: request.startedAt },
          request.handle,
          request.cancelled,
        );
      } catch (error) {
        if (!isFailure(error, failureTypes.notReady)) throw error;
        const retryAfterSeconds = request.polling.shortestSeconds;
        throw applicationFailure(failureTypes.notReady, error.message, { retryAfterSeconds });
      }
    },
  };
}

function callOf(request: StepRequest): StepCall {
  const { identity, step, source, results, ownership } = request;
  const { attempt, scheduledTimestampMs } = Context.current().info;
  return {
    identity,
    step,
    input: inputOfStep(request),
    source,
    results,
    ownership,
    now: serverTime(),
    since: scheduledTimestampMs,
    attempt,
    signal: Context.current().cancellationSignal,
  };
}

/**
 * A look that fails says nothing of the operation, which goes on in AWS whatever happens to our permissions or the network:
 * only what AWS says of the thing itself ends the waiting, and the step's deadline does.
 */
async function lookAt<T>(work: () => Promise<T>, request: AwaitStepRequest): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || saysOfTheThingItself(error)) throw error;
    if (error.type === failureTypes.notFound && serverTime() - request.startedAt > unseenMilliseconds) throw error;
    throw applicationFailure(failureTypes.transient, error.message, {
      cause: error,
      details: error.details?.[0],
      retryAfterSeconds: request.polling.shortestSeconds,
    });
  }
}

const saysOfTheThingItself = ({ type }: ApplicationFailure) =>
  type === failureTypes.verificationFailed ||
  type === failureTypes.operationFailed ||
  type === failureTypes.noCapacity ||
  type === failureTypes.notReady;

/** Its details tell watchers the percentage: a heartbeat beside every failed try would cost as much again. */
function notReady(found: Unfinished, { step, startedAt, expectedSeconds, polling }: AwaitStepRequest): Error {
  const elapsedSeconds = (serverTime() - startedAt) / 1000;
  const { percent } = found;
  const guess = Math.min(99, Math.round((100 * elapsedSeconds) / Math.max(1, expectedSeconds)));
  const progress: StepProgress = { step: step.id, percent: percent ?? guess };
  const told = percent === null ? '' : `, ${percent} %`;
  return applicationFailure(failureTypes.notReady, `${found.id}: ${found.rawStatus}${told}`, {
    details: progress,
    retryAfterSeconds: nextPollSeconds(elapsedSeconds, percent ?? 0, expectedSeconds, polling),
  });
}

/**
 * The pause before the first look is one of the poller's: the workflow has set no timer for it. Nothing is known of the operation yet,
 * and so no percentage is told.
 */
function endIfEarly({ step, firstLookAt, expectedSeconds }: AwaitStepRequest): void {
  const retryAfterSeconds = ((firstLookAt ?? 0) - serverTime()) / 1000;
  if (retryAfterSeconds < shortestPauseSeconds) return;
  const told = `${step.id}: is expected to take ${Math.round(expectedSeconds)} s`;
  throw applicationFailure(failureTypes.notReady, told, { retryAfterSeconds });
}

/** The semaphore learns at once that others' work is in flight; the operation itself is tried again under its permit. */
async function tellServiceLimit({ limit }: Step): Promise<void> {
  if (limit === null) return;
  const { client, log } = Context.current();
  try {
    await client.workflow.getHandle(serviceLimitWorkflowId(limit)).signal(messageNames.limitReached);
  } catch (error) {
    log.warn('could not tell the service limit of a refusal', { ...limit, error });
  }
}

function isFailure(error: unknown, type: string): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === type;
}
