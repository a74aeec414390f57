import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type ServiceLimitActivities } from '../activities/contracts';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { capacityFault, Semaphore, type ServiceLimitInput, type Word } from '../core/limits/semaphore';
import { messageInputs } from '../core/messages/inputs';
import { onSignal } from './onSignal';
import { inBackground } from './sideBySide';
import {
  limitReachedSignal,
  overrideCapacityUpdate,
  permitGrantedSignal,
  permitQueuedSignal,
  permitsQuery,
  releasePermitSignal,
  requestPermitSignal,
} from './messages';
import { VisibleProgress } from './visibleProgress';

/** How many workflows are told at once: a task must not compute for long. */
const toldAtOnce = 50;
/**
 * A waiter for our own permits is served when they are given back. Only permits whose holders were lost need a look. They are
 * not worth one at the pace at which work of others is looked for: this many times as long goes by.
 */
const unhurried = 10;

/**
 * The semaphore of one service limit in one account and region. It gives permits to recovery points and takes them back;
 * it looks at AWS to learn of foreign work, and at Temporal to reclaim the permits of workflows that were terminated, but
 * never before AWS shows that their operations have ended too.
 */
export async function serviceLimit({ ref, queue }: ServiceLimitInput): Promise<void> {
  const semaphore = new Semaphore(queue);
  const visible = new VisibleProgress();
  onSignal(requestPermitSignal, messageInputs.requestPermit, (request) => semaphore.requested(request, Date.now()));
  onSignal(releasePermitSignal, messageInputs.releasePermit, (requestId) => semaphore.released(requestId));
  setHandler(limitReachedSignal, () => semaphore.limitReached(Date.now()));
  setHandler(overrideCapacityUpdate, (capacity) => semaphore.overridden(capacity), { validator: refuse });
  setHandler(permitsQuery, () => semaphore.shown(Date.now()));
  inBackground(watch);
  inBackground(look);

  for (;;) {
    await condition(() => semaphore.isTurnDue(Date.now()));
    await inParallel(semaphore.grant(Date.now()), toldAtOnce, tell);
    visible.show('Running', semaphore.lines(Date.now()));
    if (semaphore.isRunOver || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof serviceLimit>({ version: 1, ref, queue: semaphore.carried(Date.now()) });
  }

  /** Looks at AWS and Temporal beside the granting, through the workers of whoever asked last. */
  async function look(): Promise<void> {
    for (;;) {
      await condition(() => semaphore.lookDue(Date.now()) !== null);
      const asker = semaphore.lookDue(Date.now());
      if (asker === null) continue;
      semaphore.looking(Date.now());
      const { observeLimit } = proxyActivities<ServiceLimitActivities>({
        taskQueue: asker.taskQueue,
        startToCloseTimeout: '30 seconds',
        scheduleToCloseTimeout: '1 minute',
        retry: { initialInterval: '2 seconds', maximumAttempts: 3 },
      });
      const observation = await observeLimit(ref, asker.access, semaphore.permits).catch((error: unknown) => {
        log.warn('could not see what is in flight', { ...ref, error: String(error) });
        return null;
      });
      for (const { requestId } of semaphore.looked(observation, Date.now()))
        log.warn('reclaimed the permit of a workflow that has ended', { requestId });
    }
  }

  /** While someone waits, what has ended unseen is looked for again and again; the timer stands, whatever messages come. */
  async function watch(): Promise<void> {
    for (;;) {
      await condition(() => semaphore.someoneWaits || semaphore.hasHolders);
      if (semaphore.someoneWaits) {
        const { observeMilliseconds } = semaphore;
        await condition(() => semaphore.hasForeign, unhurried * observeMilliseconds, {
          summary: 'looks for permits whose holders were lost',
        });
        if (semaphore.hasForeign)
          await sleep(observeMilliseconds, { summary: 'looks for work of others that has ended' });
        semaphore.isLookWanted = semaphore.hasWaiters;
      } else {
        const inTime = await condition(() => semaphore.someoneWaits, semaphore.idleMilliseconds);
        semaphore.isLookWanted = !inTime && semaphore.hasHolders;
      }
      await condition(() => !semaphore.isLookWanted);
    }
  }

  async function tell(word: Word): Promise<void> {
    const { requestId, askAgainSeconds, to } = word;
    const asker = getExternalWorkflowHandle(to.holderWorkflowId, to.holderRunId);
    await (
      word.says === 'queued'
        ? asker.signal(permitQueuedSignal, { requestId, askAgainSeconds })
        : asker.signal(permitGrantedSignal, requestId)
    ).catch(() => semaphore.undelivered(word));
  }
}

function refuse(capacity: number | null): void {
  const fault = capacityFault(capacity);
  if (fault !== null) throw ApplicationFailure.nonRetryable(fault, failureTypes.invalidInput);
}
