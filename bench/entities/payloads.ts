import { type temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;

/** Bytes of the largest payload that stands in a history, wherever it stands. */
export function largestPayload({ events }: History): number {
  return Math.max(0, ...(events ?? []).map(largestIn));
}

function largestIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Math.max(0, ...Object.values(value).map(largestIn));
}
