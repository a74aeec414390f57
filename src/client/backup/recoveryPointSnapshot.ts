import { type ResourceRef } from '../../core/resource';
import { type LegState, type RecoveryPointState } from '../../core/backup/routeWalk';
import { type TransferSnapshot } from './transferSnapshot';

/** A resource as its path names it. */
export type NamedResource = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/** Where one leg of a recovery point stands. */
export interface LegSnapshot {
  readonly leg: string;
  readonly state: LegState;
  /** 0–100, while it runs: AWS's estimate, or of a transfer the bytes. */
  readonly percent?: number;
  /** Of a transfer that runs. */
  readonly transfer?: TransferSnapshot;
  /** The service limit it waits for. */
  readonly waitingFor?: string;
  /** Why it failed. */
  readonly message?: string;
}

/**
 * `queued`: not begun yet, another one of the resource is in flight · `unknown`: its lifecycle ended before it ·
 * the rest as core/backup/routeWalk.ts has them.
 */
export type SnapshotState = 'queued' | 'running' | 'waiting' | 'paused' | RecoveryPointState | 'unknown';

/** Where one recovery point stands at a moment. */
export interface RecoveryPointSnapshot {
  readonly resource: NamedResource;
  /** ISO 8601, UTC, to the second. */
  readonly scheduledTime: string;
  readonly state: SnapshotState;
  /** Share of the route's expected time that lies behind, 0–100. */
  readonly percent: number;
  readonly legs: readonly LegSnapshot[];
  /** Why it did not complete. */
  readonly reason?: string;
}

export function hasEnded({ state }: Pick<RecoveryPointSnapshot, 'state'>): boolean {
  return !['queued', 'running', 'waiting', 'paused'].includes(state);
}
