import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { type AlertActivities } from '../../activities/notify/alertContracts';
import { type AlertsInput, type AlertSettings, type Delivery, type LostDelivery } from '../../core/alerts/alert';
import { Alerts } from '../../core/alerts/alerts';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { lostEntry } from '../../core/ledger/alertEntries';
import { alertsWorkflowId } from '../../core/naming';
import { shortened } from '../../core/plainText';
import { messageInputs } from '../../core/messages/inputs';
import { quick, waited } from '../activityOptions';
import { describeFailure, orTell } from '../failures';
import { record, recorder } from '../ledger/record';
import { alertsQuery, tellSignal } from '../messages';
import { onSignal } from '../onSignal';
import { inBackground } from '../sideBySide';
import { VisibleProgress } from '../visibleProgress';

/** Signals and deliveries. A run takes at most 10,000 signals. */
const turnsPerRun = 500;
/** What a worker has said of its fleet file counts for so long. */
const freshFor = 60_000;
/** A fleet file that cannot be asked for is asked for again. */
const withoutSettings = 60_000;
/** What a receiver takes that is there. */
const endsWithin = 10_000;
/** Of a message that was carried to its last minute. */
const shortestTime = 60_000;
/** Of what the Temporal UI shows of an activity. */
const summaryCharacters = 200;

// A run whose time has come waits for no longer.
const { alertSettings } = proxyActivities<AlertActivities>({ ...quick, scheduleToCloseTimeout: '1 minute' });
const { tellReceiver } = proxyActivities<AlertActivities>({
  ...waited,
  startToCloseTimeout: '50 seconds',
  retry: { initialInterval: '5 seconds', maximumInterval: '10 minutes' },
});

/**
 * Tells people of a fleet's troubles, for as long as there is a fleet: one execution knows what is open, and who has heard of it. Each
 * message to each receiver is an activity of its own, tried for a week. Nothing waits for it.
 */
export async function alerts({ fleet, state }: AlertsInput): Promise<void> {
  // Under another fleet's id, nobody would hear of that one.
  if (workflowInfo().workflowId !== alertsWorkflowId(fleet))
    throw applicationFailure(failureTypes.invalidInput, `${workflowInfo().workflowId} is not of fleet ${fleet}`);
  const known = new Alerts(fleet, state, () => uuid4().replaceAll('-', ''));
  const visible = new VisibleProgress();
  const running = new CancellationScope();
  let settings: AlertSettings | null = null;
  let settingsAt = -Infinity;
  let underWay = 0;
  let turns = 0;
  onSignal(tellSignal, messageInputs.tell, (notice) => {
    turns += 1;
    known.received(notice, Date.now());
  });
  setHandler(alertsQuery, (from: unknown) => known.shown(typeof from === 'number' && from > 0 ? Math.floor(from) : 0));

  const isRunOver = () => turns >= turnsPerRun || workflowInfo().continueAsNewSuggested;
  for (const delivery of known.unfinished) begin(delivery);
  while (!isRunOver()) {
    visible.show('Running', known.lines);
    const due = known.nextAt;
    const isOvertaken = () => isRunOver() || known.nextAt < due;
    if (due === Infinity) await condition(isOvertaken);
    else if (due > Date.now())
      await condition(isOvertaken, due - Date.now(), { summary: 'gathers what is to be told' });
    if (isRunOver() || known.nextAt > Date.now()) continue;
    if (Date.now() - settingsAt >= freshFor) {
      settings = await orTell(
        () => alertSettings(fleet),
        (problem) => log.warn('the fleet file cannot be asked who is to hear of it', { problem }),
      );
      settingsAt = settings === null ? -Infinity : Date.now();
    }
    if (settings === null) known.postpone(Date.now() + withoutSettings);
    else for (const delivery of known.flush(settings, Date.now())) begin(delivery);
  }
  // Most of it ends by itself. Of the rest, what is between two tries ends at once, and what is on its way is waited for: the next run goes
  // on with both.
  await condition(() => underWay === 0, endsWithin, { summary: 'the run is over: waits for what is under way' });
  running.cancel();
  await condition(() => underWay === 0 && allHandlersFinished());
  await continueAsNew<typeof alerts>({ version: 1, fleet, state: known.carried(Date.now()) });

  function begin(delivery: Delivery): void {
    underWay += 1;
    inBackground(async () => {
      const isTurn = await running.run(() => tell(delivery));
      underWay -= 1;
      if (isTurn) turns += 1;
    });
  }

  /** Returns false where it is only put off: a run that begins anew tries all of those at once. */
  async function tell(delivery: Delivery): Promise<boolean> {
    const { id, receiver, message, until } = delivery;
    const scheduleToCloseTimeout = Math.max(shortestTime, until - Date.now());
    let lost: LostDelivery | null;
    try {
      const outcome = await tellReceiver.executeWithOptions(
        {
          activityId: id,
          summary: `${receiver}: ${shortened(message.subject, summaryCharacters)}`,
          scheduleToCloseTimeout,
        },
        [fleet, receiver, message],
      );
      if (outcome === 'told') {
        known.told(delivery, Date.now());
        return true;
      }
      lost = known.putOff(delivery, outcome === 'gone' ? null : outcome.refused, Date.now());
      if (lost === null) return false;
    } catch (error) {
      if (running.consideredCancelled && !isOver(error)) return true;
      lost = known.failed(delivery, describeFailure(error).message, Date.now());
    }
    if (lost === null) return true;
    log.error('a message to people is given up', { ...lost });
    if (settings?.ledger === true) await record(lostEntry(fleet, message.event, lost, recorder()));
    return true;
  }
}

/** Whether no further try is to come: it was tried for as long as it may, or nobody could ever be told it. */
function isOver(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.nonRetryable === true;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE';
}
