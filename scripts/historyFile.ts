import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type temporal } from '@temporalio/proto';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';

export type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One run of a workflow, as the replay corpus keeps it. */
export interface RecordedHistory {
  /** Histories do not carry it, and workflows use it. */
  readonly workflowId: string;
  readonly history: History;
}

/** Longer ones repeat themselves, and every check-out carries them. */
const mostEvents = 1000;

/** The corpus, in the order of its names. */
export function readHistories(folder: string): (RecordedHistory & { readonly name: string })[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { workflowId, history } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
      return { name: file.replace(/\.json$/, ''), workflowId: String(workflowId), history: historyFromJSON(history) };
    });
}

/**
 * Adds a history to the corpus unless one of the same shape is there, without what tells of the machine it was recorded on:
 * identities and stack traces, which replay does not look at.
 *
 * @returns the name of the new file, or null where its shape was known or it is too long
 */
export function keepHistory(folder: string, { workflowId, history }: RecordedHistory): string | null {
  if ((history.events ?? []).length > mostEvents) return null;
  mkdirSync(folder, { recursive: true });
  const shapes = knownShapes(folder);
  const shape = shapeOf(history);
  if (shapes.has(shape)) return null;
  shapes.add(shape);
  const kind = `${workflowType(history)}-${endOf(history)}`;
  const numbers = readdirSync(folder).flatMap((file) =>
    file.startsWith(`${kind}-`) ? [Number(/-(\d+)\.json$/.exec(file)?.[1] ?? 0)] : [],
  );
  const name = `${kind}-${String(1 + Math.max(0, ...numbers)).padStart(2, '0')}`;
  const text = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history), withoutMachine) as unknown });
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
  return name;
}

const shapesOf = new Map<string, Set<string>>();

/** The shapes of a corpus, read once: one process at a time adds to it. */
function knownShapes(folder: string): Set<string> {
  const known = shapesOf.get(folder) ?? new Set(readHistories(folder).map(({ history }) => shapeOf(history)));
  shapesOf.set(folder, known);
  return known;
}

function withoutMachine(this: unknown, key: string, value: unknown): unknown {
  if (key === 'stackTrace') return undefined;
  return key === 'identity' ? 'worker' : value;
}

/** Two histories of one shape exercise the same branches: the same kinds of events, whatever their number and order. */
function shapeOf(history: History): string {
  const kinds = (history.events ?? []).map((event) => `${event.eventType} ${nameIn(event)}`);
  return [workflowType(history), ...new Set(kinds)].sort().join('\n');
}

function nameIn(event: HistoryEvent): string {
  return (
    event.activityTaskScheduledEventAttributes?.activityType?.name ??
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    event.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName ??
    event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo?.type ??
    ''
  );
}

function workflowType({ events }: History): string {
  return events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';
}

function endOf({ events }: History): string {
  const last = events?.at(-1);
  if (last?.workflowExecutionCompletedEventAttributes) return 'completed';
  if (last?.workflowExecutionFailedEventAttributes) return 'failed';
  if (last?.workflowExecutionCanceledEventAttributes) return 'cancelled';
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return 'continued';
  if (last?.workflowExecutionTerminatedEventAttributes) return 'terminated';
  return 'running';
}
