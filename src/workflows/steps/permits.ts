import { CancellationScope, condition, getExternalWorkflowHandle, log, proxyActivities } from '@temporalio/workflow';
import { type ServiceLimitStarter } from '../../activities/contracts';
import { type LimitRef } from '../../core/limits/limit';
import { messageInputs } from '../../core/messages/inputs';
import { serviceLimitWorkflowId } from '../../core/naming';
import { type PermitRequest } from '../../core/limits/permitQueue';
import { isOurCancellation } from '../failures';
import { onSignal } from '../onSignal';
import { permitGrantedSignal, permitQueuedSignal, releasePermitSignal, requestPermitSignal } from '../messages';

const { startServiceLimit } = proxyActivities<ServiceLimitStarter>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute' },
});

/**
 * A waiter asks again in case the semaphore was ended by someone and lost its queue: first after this time, then whenever it
 * has waited twice as long, since a round of a large fleet waits for most of a day.
 */
const askAgainMilliseconds = 15 * 60 * 1000;

/** The permits a workflow asks for and is given. One a workflow; create it before the first await. */
export class Permits {
  private readonly granted = new Set<string>();
  private readonly queued = new Set<string>();

  constructor() {
    onSignal(permitGrantedSignal, messageInputs.permitGranted, (requestId) => void this.granted.add(requestId));
    onSignal(permitQueuedSignal, messageInputs.permitQueued, (requestId) => void this.queued.add(requestId));
  }

  /**
   * Runs `body` with a permit, and gives the permit back once it has ended, however it ends: `body` must not end before its
   * operation has.
   *
   * @param onQueued called once when the permit is not to be had at once
   */
  async hold<T>(ref: LimitRef, request: PermitRequest, onQueued: () => void, body: () => Promise<T>): Promise<T> {
    const { requestId } = request;
    const semaphore = getExternalWorkflowHandle(serviceLimitWorkflowId(ref));
    const ask = async () => {
      try {
        await semaphore.signal(requestPermitSignal, request);
      } catch (error) {
        if (isOurCancellation(error)) throw error;
        await startServiceLimit(ref, request);
      }
    };
    try {
      await ask();
      let told = false;
      const since = Date.now();
      for (;;) {
        const news = await condition(
          () => this.granted.has(requestId) || (!told && this.queued.has(requestId)),
          Math.max(askAgainMilliseconds, Date.now() - since),
          { summary: `waits for a permit of ${ref.limit}` },
        );
        if (this.granted.has(requestId)) break;
        if (!news) await ask();
        else {
          told = true;
          onQueued();
        }
      }
      return await body();
    } finally {
      await CancellationScope.nonCancellable(async () => {
        try {
          await semaphore.signal(releasePermitSignal, requestId);
        } catch (error) {
          log.warn('the semaphore was gone when its permit was given back', { requestId, error: String(error) });
        }
      });
    }
  }
}
