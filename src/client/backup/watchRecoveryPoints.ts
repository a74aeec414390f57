import { setTimeout as delay } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { recoveryPointId } from '../../core/naming';
import { inParallel } from '../../core/inParallel';
import { hasEnded, type NamedResource, type RecoveryPointSnapshot } from './recoveryPointSnapshot';
import { takeSnapshot } from './takeSnapshot';

/** A recovery point to watch. */
export interface WatchedRecoveryPoint {
  readonly resource: NamedResource;
  /** ISO 8601. */
  readonly scheduledTime: string;
}

export interface WatchOptions {
  /** How often all are looked at, in seconds. Default 2. */
  readonly pollSeconds?: number;
  /** Ends the watch, not the recovery points. */
  readonly signal?: AbortSignal;
}

/** How many are looked at at once. */
const width = 16;
/** After so many looks what has changed is given: nobody waits for the last one of a large fleet. */
const looksBeforeTelling = 160;

/**
 * Watches recovery points until all have ended: gives a snapshot of each at first, and again whenever it has changed. The
 * last snapshot of each tells how it ended.
 *
 * @throws what the signal was aborted with.
 */
export async function* watchRecoveryPoints(
  client: Client,
  watched: readonly WatchedRecoveryPoint[],
  { pollSeconds = 2, signal }: WatchOptions = {},
): AsyncGenerator<RecoveryPointSnapshot> {
  const last = new Map<string, RecoveryPointSnapshot>();
  const keyOf = ({ resource, scheduledTime }: WatchedRecoveryPoint) => recoveryPointId(resource, scheduledTime);
  for (let open = [...watched]; open.length > 0;) {
    for (let from = 0; from < open.length; from += looksBeforeTelling) {
      signal?.throwIfAborted();
      const snapshots = await inParallel(open.slice(from, from + looksBeforeTelling), width, (point) =>
        takeSnapshot(client, point.resource, point.scheduledTime, last.get(keyOf(point))),
      );
      for (const snapshot of snapshots) {
        const key = keyOf(snapshot);
        const changed = JSON.stringify(last.get(key)) !== JSON.stringify(snapshot);
        last.set(key, snapshot);
        if (changed) yield snapshot;
      }
    }
    open = open.filter((point) => {
      const snapshot = last.get(keyOf(point));
      return snapshot === undefined || !hasEnded(snapshot);
    });
    if (open.length > 0) await delay(pollSeconds * 1000, undefined, signal === undefined ? {} : { signal });
  }
}
