import { tsToMs } from '@temporalio/common/lib/time';
import { type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { type RecordedHistory } from '../scripts/historyFile';
import { type Failure, milliseconds } from './temporal/payloads';
import { nameOfCommand } from './temporal/service';
import { type Command, type Job, type WorkflowVms } from './temporal/workflowVm';

type Event = temporal.api.history.v1.IHistoryEvent;
const { EventType } = temporal.api.enums.v1;
const { History } = temporal.api.history.v1;
const idOf = (id: unknown): number => Number(id ?? 0);

/**
 * Feeds a history that the real server has recorded to the sandbox of the simulation, as the SDK's core would, and tells where the
 * workflow then asks for something else than it did: null where it does the same to the end.
 */
export async function replayHistory(
  vms: WorkflowVms,
  { workflowId, history }: RecordedHistory,
): Promise<string | null> {
  // What was read from JSON has numbers of other kinds than what comes from the server.
  const { events } = History.decode(History.encode(history).finish());
  const begun = events[0]?.workflowExecutionStartedEventAttributes;
  const startedAt = tsToMs(events[0]?.eventTime ?? undefined);
  const runId = begun?.originalExecutionRunId ?? '';
  const workflowType = begun?.workflowType?.name ?? '';
  const vm = await vms.create(
    {
      workflowId,
      runId,
      workflowType,
      taskQueue: begun?.taskQueue?.name ?? '',
      firstExecutionRunId: begun?.firstExecutionRunId ?? runId,
      originalExecutionRunId: runId,
      startTime: new Date(startedAt),
      runStartTime: new Date(startedAt),
    },
    [1, 2, 3, 4, 5, 6, 7, 8],
    startedAt,
  );
  const seqs = new Map<number, number>();
  const forgotten = new Set<number>();
  const flags = new Set<number>();
  let jobs: Job[] = [];
  let asked: Command[] = [];
  let task: Event | undefined;
  try {
    for (const [i, event] of events.entries()) {
      const { eventType, workflowTaskCompletedEventAttributes: completed } = event;
      if (eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED) task = event;
      else if (completed) {
        const left = asked[0];
        if (left !== undefined)
          return `before event ${idOf(event.eventId)}: it asks for ${nameOfCommand(left)}, which was not asked for`;
        for (const flag of completed.sdkMetadata?.langUsedFlags ?? []) flags.add(flag);
        let due = [...jobs, ...updatesAfter(events, i), ...patchesAfter(events, i)];
        jobs = [];
        while (due.length > 0) {
          const started = task?.workflowTaskStartedEventAttributes;
          const { successful, failed } = await vm.activate({
            runId,
            timestamp: task?.eventTime ?? null,
            isReplaying: true,
            historyLength: idOf(task?.eventId),
            historySizeBytes: started?.historySizeBytes ?? null,
            continueAsNewSuggested: started?.suggestContinueAsNew ?? false,
            availableInternalFlags: [...flags],
            jobs: due.sort((a, b) => rank(a) - rank(b)),
          });
          if (failed) return `event ${idOf(event.eventId)}: the task fails: ${failed.failure?.message ?? ''}`;
          const commands = successful?.commands ?? [];
          asked = withoutUndone([...asked, ...commands]);
          due = answeredAtOnce(commands, events, seqs, forgotten);
        }
      } else if (isOfCommand(event)) {
        const command = asked.shift();
        const [wanted, found] = [textOfEvent(event), command === undefined ? 'nothing' : textOfCommand(command)];
        // The server does not tell which seed of random numbers the core has made of a run's id.
        if (wanted !== found && !(workflowType === 'drillTier' && wanted.split(' ')[0] === found.split(' ')[0]))
          return `event ${idOf(event.eventId)}: it asks for ${found}, and asked for ${wanted}`;
        const seq = seqOf(command);
        if (seq !== null) seqs.set(idOf(event.eventId), seq);
      } else {
        const job = jobOf(event, seqs, workflowId);
        if (job !== null && !(job.resolveActivity && forgotten.has(job.resolveActivity.seq ?? -1))) jobs.push(job);
      }
    }
    return null;
  } finally {
    await vm.dispose();
  }
}

/** What the core answers itself: a cancel that is not waited for. */
function answeredAtOnce(
  commands: readonly Command[],
  events: readonly Event[],
  seqs: ReadonlyMap<number, number>,
  forgotten: Set<number>,
): Job[] {
  return commands.flatMap(({ requestCancelActivity }): Job[] => {
    if (!requestCancelActivity) return [];
    const seq = requestCancelActivity.seq ?? 0;
    const waits = [...seqs].some(([id, its]) => its === seq && waited.has(nameOfActivity(events, id)));
    if (waits || forgotten.has(seq)) return [];
    forgotten.add(seq);
    const cause = { message: 'Activity cancelled', canceledFailureInfo: {} };
    const failure: Failure = { message: 'Activity cancelled', cause, activityFailureInfo: activityInfo };
    return [{ resolveActivity: { seq, result: { cancelled: { failure } } } }];
  });
}

/** Histories do not tell how a cancel of an activity is taken: those of these are waited for (src/workflows/activityOptions.ts). */
const waited = new Set([
  'startStep', 'transferShard', 'verifyShard', 'planTransfer', 'finishTransfer', 'cleanUpTransfer', 'planPostgresRestore',
  'makeRestoredTables', 'loadExportTables', 'completeRestoredTables', 'compareRestoredTables', 'tellReceiver',
]); // prettier-ignore

const nameOfActivity = (events: readonly Event[], id: number): string =>
  events.find(({ eventId }) => idOf(eventId) === id)?.activityTaskScheduledEventAttributes?.activityType?.name ?? '';

/** Updates come as messages: history tells of them once they are accepted. */
function updatesAfter(events: readonly Event[], completed: number): Job[] {
  const jobs: Job[] = [];
  for (const { eventType, workflowExecutionUpdateAcceptedEventAttributes: update } of events.slice(completed + 1)) {
    if (eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) break;
    const { acceptedRequest, protocolInstanceId } = update ?? {};
    if (!acceptedRequest) continue;
    const input = (acceptedRequest.input?.args?.payloads ?? []) as Payload[];
    const name = acceptedRequest.input?.name ?? '';
    const id = acceptedRequest.meta?.updateId ?? '';
    jobs.push({
      doUpdate: { id, protocolInstanceId: protocolInstanceId ?? '', name, input, headers: {}, runValidator: false },
    });
  }
  return jobs;
}

/** The core looks ahead for the markers of the task. */
function patchesAfter(events: readonly Event[], completed: number): Job[] {
  const jobs: Job[] = [];
  for (const { eventType, markerRecordedEventAttributes: marker } of events.slice(completed + 1)) {
    if (eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) break;
    if (marker?.markerName !== 'core_patch') continue;
    const data = marker.details?.['patch-data']?.payloads?.[0]?.data ?? new Uint8Array();
    const { id } = JSON.parse(new TextDecoder().decode(data)) as { readonly id: string };
    jobs.push({ notifyHasPatch: { patchId: id } });
  }
  return jobs;
}

const isOfCommand = (event: Event): boolean => textOfEvent(event) !== '';

function textOfEvent(event: Event): string {
  const {
    timerStartedEventAttributes: timer,
    timerCanceledEventAttributes: timerCancelled,
    activityTaskScheduledEventAttributes: activity,
    startChildWorkflowExecutionInitiatedEventAttributes: child,
    signalExternalWorkflowExecutionInitiatedEventAttributes: signal,
  } = event;
  if (timer) return `startTimer ${timer.timerId ?? ''} ${milliseconds(timer.startToFireTimeout) ?? 0}`;
  if (timerCancelled) return `cancelTimer ${timerCancelled.timerId ?? ''}`;
  if (activity) return `scheduleActivity ${activity.activityType?.name ?? ''} ${activity.activityId ?? ''}`;
  if (child) return `startChildWorkflowExecution ${child.workflowType?.name ?? ''} ${child.workflowId ?? ''}`;
  if (signal)
    return `signalExternalWorkflowExecution ${signal.signalName ?? ''} ${signal.workflowExecution?.workflowId ?? ''}`;
  // The core's own, beside the marker of a patch.
  const attributes = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
  if ('TemporalChangeVersion' in attributes) return '';
  return plain[event.eventType ?? 0] ?? '';
}

const plain: Readonly<Record<number, string>> = {
  [EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED]: 'requestCancelActivity',
  [EventType.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED]: 'cancelChildWorkflowExecution',
  [EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES]: 'upsertWorkflowSearchAttributes',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED]: 'updateResponse accepted',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED]: 'updateResponse completed',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED]: 'completeWorkflowExecution',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED]: 'failWorkflowExecution',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED]: 'cancelWorkflowExecution',
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW]: 'continueAsNewWorkflowExecution',
};

function textOfCommand(command: Command): string {
  const { startTimer, cancelTimer, scheduleActivity, startChildWorkflowExecution: child, updateResponse } = command;
  const { signalExternalWorkflowExecution: signal } = command;
  const name = nameOfCommand(command);
  if (startTimer) return `${name} ${startTimer.seq ?? 0} ${milliseconds(startTimer.startToFireTimeout) ?? 0}`;
  if (cancelTimer) return `${name} ${cancelTimer.seq ?? 0}`;
  if (scheduleActivity) return `${name} ${scheduleActivity.activityType ?? ''} ${scheduleActivity.activityId ?? ''}`;
  if (child) return `${name} ${child.workflowType ?? ''} ${child.workflowId ?? ''}`;
  if (signal)
    return `${name} ${signal.signalName ?? ''} ${signal.childWorkflowId || (signal.workflowExecution?.workflowId ?? '')}`;
  if (updateResponse)
    return `${name} ${updateResponse.accepted ? 'accepted' : updateResponse.rejected ? 'rejected' : 'completed'}`;
  return name;
}

const seqOf = ({
  startTimer,
  scheduleActivity,
  startChildWorkflowExecution,
  signalExternalWorkflowExecution,
}: Command = {}) =>
  (startTimer ?? scheduleActivity ?? startChildWorkflowExecution ?? signalExternalWorkflowExecution)?.seq ?? null;

/** A timer that is called off in the task that starts it never reaches the server; a marker is told before its task. */
function withoutUndone(commands: readonly Command[]): Command[] {
  const undone = new Set(
    commands
      .flatMap(({ cancelTimer }) => (cancelTimer ? [cancelTimer.seq ?? 0] : []))
      .filter((seq) => commands.some(({ startTimer }) => startTimer && (startTimer.seq ?? 0) === seq)),
  );
  return commands.filter(
    ({ startTimer, cancelTimer, setPatchMarker }) =>
      !setPatchMarker && !undone.has((startTimer ?? cancelTimer)?.seq ?? -1),
  );
}

const rank = ({ initializeWorkflow, notifyHasPatch, signalWorkflow, doUpdate }: Job): number =>
  initializeWorkflow ? 0 : notifyHasPatch ? 1 : signalWorkflow || doUpdate ? 2 : 3;

function jobOf(event: Event, seqs: ReadonlyMap<number, number>, workflowId: string): Job | null {
  const seq = (id: unknown): number => seqs.get(idOf(id)) ?? -1;
  const { workflowExecutionStartedEventAttributes: begun, timerFiredEventAttributes: fired } = event;
  if (begun)
    return {
      initializeWorkflow: {
        workflowType: begun.workflowType?.name ?? '',
        workflowId,
        arguments: begun.input?.payloads ?? [],
        headers: {},
        attempt: 1,
        firstExecutionRunId: begun.firstExecutionRunId ?? '',
        startTime: event.eventTime ?? null,
        searchAttributes: begun.searchAttributes ?? null,
        memo: begun.memo ?? null,
      },
    };
  if (fired) return { fireTimer: { seq: seq(fired.startedEventId) } };
  const { workflowExecutionSignaledEventAttributes: signal, workflowExecutionCancelRequestedEventAttributes: cancel } =
    event;
  if (signal)
    return {
      signalWorkflow: { signalName: signal.signalName ?? '', input: signal.input?.payloads ?? [], headers: {} },
    };
  if (cancel) return { cancelWorkflow: { reason: cancel.cause ?? '' } };
  return jobOfActivity(event, seq) ?? jobOfChild(event, seq) ?? jobOfSignal(event, seq);
}

/** Nothing of ours looks at it. */
const activityInfo = { activityType: { name: 'some' }, activityId: 'some', identity: '' };
const childInfo = {
  namespace: 'default',
  workflowType: { name: 'some' },
  workflowExecution: { workflowId: 'some', runId: 'some' },
};

type SeqOf = (id: unknown) => number;

function jobOfActivity(event: Event, seq: SeqOf): Job | null {
  const {
    activityTaskCompletedEventAttributes: completed,
    activityTaskFailedEventAttributes: failed,
    activityTaskTimedOutEventAttributes: timedOut,
    activityTaskCanceledEventAttributes: cancelled,
  } = event;
  const wrapped = (cause: Failure | null | undefined): Failure => ({
    message: '',
    cause: cause ?? null,
    activityFailureInfo: activityInfo,
  });
  if (completed)
    return {
      resolveActivity: {
        seq: seq(completed.scheduledEventId),
        result: { completed: { result: completed.result?.payloads?.[0] ?? null } },
      },
    };
  if (failed ?? timedOut) {
    const { scheduledEventId, failure } = failed ?? timedOut ?? {};
    return { resolveActivity: { seq: seq(scheduledEventId), result: { failed: { failure: wrapped(failure) } } } };
  }
  if (cancelled)
    return {
      resolveActivity: {
        seq: seq(cancelled.scheduledEventId),
        result: { cancelled: { failure: wrapped({ message: 'cancelled', canceledFailureInfo: {} }) } },
      },
    };
  return null;
}

function jobOfChild(event: Event, seq: SeqOf): Job | null {
  const {
    childWorkflowExecutionStartedEventAttributes: started,
    startChildWorkflowExecutionFailedEventAttributes: notStarted,
    childWorkflowExecutionCompletedEventAttributes: completed,
    childWorkflowExecutionFailedEventAttributes: failed,
    childWorkflowExecutionCanceledEventAttributes: cancelled,
    childWorkflowExecutionTerminatedEventAttributes: terminated,
  } = event;
  const wrapped = (cause: Failure | null | undefined): Failure => ({
    message: '',
    cause: cause ?? null,
    childWorkflowExecutionFailureInfo: childInfo,
  });
  if (started)
    return {
      resolveChildWorkflowExecutionStart: {
        seq: seq(started.initiatedEventId),
        succeeded: { runId: started.workflowExecution?.runId ?? '' },
      },
    };
  if (notStarted)
    return {
      resolveChildWorkflowExecutionStart: {
        seq: seq(notStarted.initiatedEventId),
        failed: {
          workflowId: notStarted.workflowId ?? '',
          workflowType: notStarted.workflowType?.name ?? '',
          cause: 1,
        },
      },
    };
  const ended = completed ?? failed ?? cancelled ?? terminated;
  if (!ended) return null;
  const result = completed
    ? { completed: { result: completed.result?.payloads?.[0] ?? null } }
    : cancelled
      ? { cancelled: { failure: wrapped({ message: 'cancelled', canceledFailureInfo: {} }) } }
      : { failed: { failure: wrapped(failed?.failure ?? { message: 'terminated', terminatedFailureInfo: {} }) } };
  return { resolveChildWorkflowExecution: { seq: seq(ended.initiatedEventId), result } };
}

function jobOfSignal(event: Event, seq: SeqOf): Job | null {
  const {
    externalWorkflowExecutionSignaledEventAttributes: signaled,
    signalExternalWorkflowExecutionFailedEventAttributes: failed,
  } = event;
  const ended = signaled ?? failed;
  if (!ended) return null;
  const failure = failed ? { failure: { message: 'not found', applicationFailureInfo: {} } } : {};
  return { resolveSignalExternalWorkflow: { seq: seq(ended.initiatedEventId), ...failure } };
}
