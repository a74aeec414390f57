import { type RecoveryPointState } from '../../core/backup/recoveryPointResult';
import { type ResourceRef } from '../../core/resource';
import { type StepReport } from '../../core/steps/stepGraph';
import { type PendingStep } from './pendingSteps';
import { type StepTrouble } from './stepTrouble';
import { type TransferSnapshot } from './transferSnapshot';

/** A resource as its path names it. */
export type NamedResource = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/** Where one step of a recovery point stands. */
export interface StepSnapshot extends StepReport {
  /** 0–100, while it runs: the service's estimate, or of a transfer the bytes. */
  readonly percent?: number;
  /** Of a transfer that runs. */
  readonly transfer?: TransferSnapshot;
  /** Of a step that is tried again: what the last try met. */
  readonly trouble?: StepTrouble;
}

/**
 * `queued`: not begun yet, another one of the resource is in flight · `unknown`: its lifecycle ended before it ·
 * the rest as core/backup/recoveryPointResult.ts has them.
 */
export type SnapshotState = 'queued' | 'running' | 'waiting' | 'paused' | RecoveryPointState | 'unknown';

/** Where one recovery point stands at a moment. */
export interface RecoveryPointSnapshot {
  readonly resource: NamedResource;
  /** ISO 8601, UTC, to the second. */
  readonly scheduledTime: string;
  readonly state: SnapshotState;
  /** Share of the plan's expected time that lies behind, 0–100. */
  readonly percent: number;
  /** When it will have ended, if it takes what earlier ones took (ISO 8601, UTC); absent: nobody knows, or it has ended. */
  readonly expectedEnd?: string;
  readonly steps: readonly StepSnapshot[];
  /** Why it did not complete. */
  readonly reason?: string;
}

export function hasEnded({ state }: Pick<RecoveryPointSnapshot, 'state'>): boolean {
  return !['queued', 'running', 'waiting', 'paused'].includes(state);
}

/** Adds to the steps that are under way what is known of their activities. */
export function withPending(
  steps: readonly (StepReport | StepSnapshot)[],
  pending: ReadonlyMap<string, PendingStep>,
): StepSnapshot[] {
  return steps.map((step) => {
    const { percent, trouble } = pending.get(step.step) ?? {};
    const { state, since = null } = step;
    if (state !== 'running' && state !== 'starting') return step;
    return {
      ...step,
      ...(percent === undefined || state !== 'running' ? {} : { percent }),
      // Temporal forgets when the first try was.
      ...(trouble === undefined ? {} : { trouble: { ...trouble, since: state === 'starting' ? since : null } }),
    };
  });
}
