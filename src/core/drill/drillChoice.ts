import { type DrillPolicy } from './drill';

interface Candidate {
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly dataTime: string;
}

/**
 * The recovery point to drill: the latest, or any of them, each as likely as any other however many copies it has. Null where
 * there is none.
 *
 * @param draw decides a random choice: [0, 1). The same candidates and draw give the same.
 */
export function chooseRecoveryPoint(
  candidates: readonly Candidate[],
  point: DrillPolicy['point'],
  draw: number,
): string | null {
  const times = new Map(candidates.map(({ recoveryPoint, dataTime }) => [recoveryPoint, Date.parse(dataTime)]));
  const latestFirst = [...times].sort(([a, at], [b, bt]) => bt - at || (a < b ? -1 : 1));
  const chosen = latestFirst[point === 'latest' ? 0 : Math.floor(draw * latestFirst.length)];
  return chosen?.[0] ?? null;
}
