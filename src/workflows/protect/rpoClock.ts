import { condition, log, patched, proxyActivities } from '@temporalio/workflow';
import { type ProtectionActivities } from '../../activities/catalogue/lastProtected';
import { type Lifecycle } from '../../core/backup/lifecycle';
import { noticeText, retiredText } from '../../core/backup/lifecycleText';
import { rpoEntry } from '../../core/ledger/alertEntries';
import { looking } from '../activityOptions';
import { describeFailure } from '../failures';
import { record, recorder } from '../ledger/record';
import { notify } from '../notify';

const { lastProtected } = proxyActivities<ProtectionActivities>(looking);

/** Tells people whenever the RPO is missed, and met again: a durable timer that does not depend on anything having run. */
export async function watchRpo(lifecycle: Lifecycle, told: () => void): Promise<void> {
  while (!lifecycle.state.retired) {
    const due = lifecycle.nextNoticeAt;
    const overtaken = () => lifecycle.state.retired || lifecycle.nextNoticeAt < due;
    await condition(overtaken, Math.max(1000, due - Date.now()), { summary: 'RPO watchdog' });
    const notice = lifecycle.beginNotice(Date.now());
    if (notice === null) continue;
    const telling = await notify(noticeText(notice, lifecycle.state), notice.heard);
    const isHandedOver = patched('alerts');
    if (isHandedOver && telling.problem === null) {
      const isOver = notice.event === 'rpo-met';
      // The daily repetition is no other alert.
      if (isOver || lifecycle.state.alertedAt === null)
        await record(rpoEntry(lifecycle.state, isOver ? 'resolved' : 'opened', recorder()));
    }
    lifecycle.told(notice, telling, Date.now(), !isHandedOver);
    told();
  }
}

/** Ends what is open of a resource that is protected no more: nothing else would. */
export async function closeAlerts(lifecycle: Lifecycle, watching: Promise<void>): Promise<void> {
  if (!patched('alerts')) return;
  // What is being told arrives first.
  await watching;
  await notify(retiredText(lifecycle.state));
}

/** Temporal's memory of an earlier lifecycle may have been lost; the clouds have not forgotten its copies. */
export async function recallCopies(lifecycle: Lifecycle): Promise<void> {
  const { resource, policy } = lifecycle.state;
  const scheduledTime = await lastProtected(resource, policy.tier).catch((error: unknown) => {
    log.warn('the RPO clock starts now: the clouds did not tell of earlier copies', {
      problem: describeFailure(error).message,
    });
    return null;
  });
  if (scheduledTime !== null) lifecycle.recall(scheduledTime, Date.now());
}
