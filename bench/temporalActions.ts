import { temporal } from '@temporalio/proto';
import { type Run } from '../simulation/temporal/run';
import { type Command } from '../simulation/temporal/workflowVm';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What a stretch of a workflow's history cost. */
export interface HistoryCost {
  readonly events: number;
  /** Actions by their name on the vendor's page. */
  readonly actions: ReadonlyMap<string, number>;
}

const { EventType } = temporal.api.enums.v1;

/**
 * The actions a history's event stands for, as Temporal's own page "Temporal Cloud Actions"
 * (https://docs.temporal.io/cloud/actions) maps them. A signal between workflows counts once, where it arrives; a child counts
 * twice, where it is started; retries of an activity are in the attempt of its last start. Heartbeats, queries and a
 * schedule's own two actions leave no event.
 */
function actionsOf(event: HistoryEvent): [name: string, count: number] | null {
  switch (event.eventType) {
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: {
      const { parentWorkflowExecution, continuedExecutionRunId } = event.workflowExecutionStartedEventAttributes ?? {};
      if (continuedExecutionRunId) return ['continue as new', 1];
      return parentWorkflowExecution ? null : ['start workflow', 1];
    }
    case EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
      return ['start child workflow', 2];
    case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
      return ['upsert search attributes', 1];
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
      return ['update workflow options', 1];
    case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
      return ['schedule activity', 1];
    case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
      return ['retry activity', (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1];
    case EventType.EVENT_TYPE_MARKER_RECORDED:
      return ['record marker', 1];
    case EventType.EVENT_TYPE_TIMER_STARTED:
      return ['start timer', 1];
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
      return ['signal workflow', 1];
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
      return ['accept update', 1];
    default:
      return null;
  }
}

/** Adds up what events cost. */
export function costOf(events: Iterable<HistoryEvent>): HistoryCost {
  let count = 0;
  const actions = new Map<string, number>();
  for (const event of events) {
    count += 1;
    const [name, added] = actionsOf(event) ?? ['', 0];
    if (added > 0) actions.set(name, (actions.get(name) ?? 0) + added);
  }
  return { events: count, actions };
}

/** What a run in the simulation cost; the same as {@link costOf} of its history, which nobody writes there. */
export function costOfRun(run: Run): HistoryCost {
  const actions = new Map<string, number>();
  const add = (name: string, count: number) => {
    if (count > 0) actions.set(name, (actions.get(name) ?? 0) + count);
  };
  if (run.continuedFrom !== null) add('continue as new', 1);
  else if (run.options.parent === undefined) add('start workflow', 1);
  for (const { commands } of run.worked) for (const command of commands) add(...actionsOfCommand(command));
  add('retry activity', run.retries);
  add('signal workflow', run.signals);
  add('accept update', run.updatesTaken);
  return { events: run.events, actions };
}

function actionsOfCommand(command: Command): [name: string, count: number] {
  if (command.startChildWorkflowExecution) return ['start child workflow', 2];
  if (command.upsertWorkflowSearchAttributes) return ['upsert search attributes', 1];
  if (command.scheduleActivity) return ['schedule activity', 1];
  if (command.startTimer) return ['start timer', 1];
  return ['', 0];
}
