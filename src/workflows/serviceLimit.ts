import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type ServiceLimitActivities } from '../activities/contracts';
import { failureTypes } from '../core/failure';
import { type LimitRef } from '../core/limits/limit';
import { type Holder, PermitQueue, type PermitQueueState, type PermitRequest } from '../core/limits/permitQueue';
import {
  limitReachedSignal,
  overrideCapacityUpdate,
  permitGrantedSignal,
  permitQueuedSignal,
  permitsQuery,
  releasePermitSignal,
  requestPermitSignal,
} from './messages';

export interface ServiceLimitInput {
  readonly version: 1;
  readonly ref: LimitRef;
  readonly queue: PermitQueueState;
}

/** A run ends and the next goes on after this many messages: a run takes 10,000 signals at most, and short histories replay fast. */
const messagesPerRun = 400;
/**
 * Who waits for our own permits is served when they are given back; only permits whose holders were lost need a look, and are
 * not worth one at the pace at which work of others is looked for: this many times as long goes by.
 */
const unhurried = 10;
/** While permits are out and nobody waits, there is no hurry to find those whose holders were lost. */
const idleObserveSeconds = 7200;
/** Work of others seen longer ago than this is looked at again before permits are given. */
const observationValidMilliseconds = 60_000;

/**
 * The semaphore of one service limit in one account and region. It gives permits to recovery points and takes them back;
 * it looks at AWS to learn of foreign work, and at Temporal to reclaim the permits of workflows that were terminated, but
 * never before AWS shows that their operations have ended too.
 */
export async function serviceLimit(input: ServiceLimitInput): Promise<void> {
  const { ref } = input;
  const queue = new PermitQueue(input.queue);
  let messages = 0;
  let news = true;
  /** AWS has refused an operation: look before the next grant. */
  let refused = false;
  /** The watch asks for a look. */
  let lookNow = false;
  /** Someone was left without a permit when all that were free had been given: who gets one at once starts no timer. */
  let someoneWaits = queue.hasWaiters;
  const repeat: Holder[] = [];
  const untold: PermitRequest[] = [];
  let lastRequest: PermitRequest | undefined = input.queue.waiters[0] ?? input.queue.holders[0];

  const received = () => {
    messages += 1;
    news = true;
  };
  setHandler(requestPermitSignal, (request) => {
    received();
    lastRequest = request;
    const isKnown = queue.isWaiting(request.requestId);
    const held = queue.enqueue(request, Date.now());
    if (held !== null) repeat.push(held);
    else if (!isKnown) untold.push(request);
  });
  setHandler(releasePermitSignal, (requestId) => {
    received();
    queue.release(requestId);
  });
  setHandler(limitReachedSignal, () => {
    received();
    refused = true;
  });
  setHandler(
    overrideCapacityUpdate,
    (capacity) => {
      received();
      queue.overrideCapacity(capacity);
    },
    {
      validator: (capacity) => {
        if (capacity !== null && !(Number.isInteger(capacity) && capacity >= 0 && capacity <= 10_000))
          throw ApplicationFailure.nonRetryable(
            'a capacity is a whole number from 0 to 10000, or null for the configured one',
            failureTypes.invalidInput,
          );
      },
    },
  );
  setHandler(permitsQuery, () => ({ ...queue.state, capacity: queue.capacity }));

  /** Looks at AWS and Temporal through the workers of whoever asked last; a look that fails changes nothing. */
  const observe = async (request: PermitRequest) => {
    const { observeLimit } = proxyActivities<ServiceLimitActivities>({
      taskQueue: request.taskQueue,
      startToCloseTimeout: '30 seconds',
      scheduleToCloseTimeout: '1 minute',
      retry: { initialInterval: '2 seconds', maximumAttempts: 3 },
    });
    const { holders, waiters } = queue.state;
    const permits = [...holders, ...waiters].map(({ requestId, holderWorkflowId, holderRunId }) => ({
      requestId,
      holderWorkflowId,
      holderRunId,
    }));
    try {
      const reclaimed = queue.observe(await observeLimit(ref, request.access, permits), Date.now());
      for (const permit of reclaimed)
        log.warn('reclaimed the permit of a workflow that has ended', { requestId: permit.requestId });
    } catch (error) {
      log.warn('could not see what is in flight', { ...ref, error: String(error) });
    }
    refused = false;
  };

  /** While someone waits, what has ended unseen is looked for again and again; the timer stands, whatever messages come. */
  const watch = async () => {
    for (;;) {
      await condition(() => someoneWaits || queue.hasHolders);
      if (someoneWaits) {
        const observeMilliseconds = (lastRequest?.observeSeconds ?? idleObserveSeconds) * 1000;
        await condition(() => queue.hasForeign, unhurried * observeMilliseconds, {
          summary: 'looks for permits whose holders were lost',
        });
        if (queue.hasForeign) await sleep(observeMilliseconds, { summary: 'looks for work of others that has ended' });
        lookNow = queue.hasWaiters;
      } else {
        const inTime = await condition(() => someoneWaits, idleObserveSeconds * 1000);
        lookNow = !inTime && queue.hasHolders;
      }
      await condition(() => !lookNow);
    }
  };
  void watch().catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });

  /** A holder that is gone before its grant arrives has started nothing. */
  const grant = async (holder: Holder, isRepeat: boolean) => {
    try {
      await getExternalWorkflowHandle(holder.holderWorkflowId, holder.holderRunId).signal(
        permitGrantedSignal,
        holder.requestId,
      );
    } catch {
      if (!isRepeat) queue.release(holder.requestId);
      news = true;
    }
  };

  for (;;) {
    const { observedAt } = queue.state;
    const stale = observedAt === null || Date.now() - observedAt >= observationValidMilliseconds;
    if (lastRequest !== undefined && (lookNow || (queue.hasWaiters && (refused || stale)))) await observe(lastRequest);
    lookNow = false;

    news = false;
    const granted = queue.grantNext(Date.now());
    someoneWaits = queue.hasWaiters;
    await Promise.all([
      ...granted.map((holder) => grant(holder, false)),
      ...repeat.splice(0).map((holder) => grant(holder, true)),
      ...untold
        .splice(0)
        .filter((request) => queue.isWaiting(request.requestId))
        .map((request) =>
          getExternalWorkflowHandle(request.holderWorkflowId, request.holderRunId)
            .signal(permitQueuedSignal, request.requestId)
            .catch(() => undefined),
        ),
    ]);
    const state = queue.state;
    setCurrentDetails(
      [
        `**${state.holders.length} of ${queue.capacity}** permits given, ${state.foreign} operations of others, ${state.waiters.length} waiting`,
        ...state.holders.map((h) => `- in flight: ${h.resource.account}/${h.resource.region}/${h.resource.id}`),
        ...queue
          .order(Date.now())
          .slice(0, 20)
          .map((w) => `- waiting: ${w.resource.account}/${w.resource.region}/${w.resource.id}`),
      ].join('\n'),
    );

    if (!news && (messages >= messagesPerRun || workflowInfo().continueAsNewSuggested))
      await continueAsNew<typeof serviceLimit>({ version: 1, ref, queue: queue.state });
    await condition(() => news || lookNow);
  }
}
