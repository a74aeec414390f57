import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  metricMeter,
  proxyActivities,
} from '@temporalio/workflow';
import { type ServiceLimitStarter } from '../../activities/contracts';
import { Asking } from '../../core/limits/asking';
import { type LimitRef } from '../../core/limits/limit';
import { permitWaitMetric } from '../../core/limits/permitWait';
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

/** The permits a workflow asks for and is given. One a workflow; create it before the first await. */
export class Permits {
  private readonly asking = new Map<string, Asking>();

  constructor() {
    onSignal(permitGrantedSignal, messageInputs.permitGranted, (requestId) => this.asking.get(requestId)?.granted());
    onSignal(permitQueuedSignal, messageInputs.permitQueued, (answer) =>
      this.asking.get(answer.requestId)?.queued(answer, Date.now()),
    );
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
      asking.asked(Date.now());
      try {
        await semaphore.signal(requestPermitSignal, request);
      } catch (error) {
        if (isOurCancellation(error)) throw error;
        await startServiceLimit(ref, request);
      }
    };
    const askedAt = Date.now();
    const asking = new Asking(askedAt);
    this.asking.set(requestId, asking);
    try {
      while (!asking.isGranted) {
        if (asking.isDue(Date.now())) await ask();
        await condition(() => asking.hasNews, asking.millisecondsLeft(Date.now()), {
          summary: `waits for a permit of ${ref.limit}`,
        });
        if (asking.hears()) onQueued();
      }
      metricMeter
        .createHistogram(permitWaitMetric.name, 'float', undefined, 'How long permits were waited for.')
        .record((Date.now() - askedAt) / 1000, { limit: ref.limit });
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
