import { type Polling } from '../backup/policy';
import { type RecoveryPointIdentity } from '../catalogue/copy';
import { expectedSeconds, type LearnedSeconds } from './estimate';
import { type Step } from './step';
import { type StepGraph } from './stepGraph';
import { type VerifiedCopy } from './stepResult';

/** A plan to be walked, and what its steps need to know of the whole that they are part of. */
export interface Walk {
  readonly identity: RecoveryPointIdentity;
  readonly steps: readonly Step[];
  readonly sizeGiB: number;
  /** The copy that the first steps read; null where they take the data themselves. */
  readonly source: VerifiedCopy | null;
  readonly learned: LearnedSeconds;
  readonly polling: Polling;
  /** As a request for a permit has it. */
  readonly priority: number;
  /** Tags of a restore. */
  readonly ownership: Readonly<Record<string, string>> | null;
  /** True: a step that fails ends the others; false: it fails what depends on it and nothing else. */
  readonly failsTogether: boolean;
}

/** How long a step of a walk may be expected to take, in seconds. */
export function expectedOf({ sizeGiB, learned }: Pick<Walk, 'sizeGiB' | 'learned'>, step: Step): number {
  return expectedSeconds(step, sizeGiB, learned);
}

/** The share of the plan's expected time that lies behind, 0–100. */
export function percentDone(walk: Pick<Walk, 'sizeGiB' | 'learned'>, graph: StepGraph): number {
  const seconds = (steps: readonly Step[]) => steps.reduce((sum, step) => sum + Math.max(1, expectedOf(walk, step)), 0);
  const all = seconds(graph.steps);
  return all === 0 ? 0 : Math.round((100 * seconds(graph.steps.filter(({ id }) => graph.isDone(id)))) / all);
}

/**
 * When a walk will have come to its end, if each step that is left takes what earlier ones took.
 *
 * @param paused no step begins
 * @param now epoch milliseconds: what has not begun begins then at the soonest
 * @returns epoch milliseconds, in the past where a step takes longer than before; null: nobody knows, since a step waits or has never
 * been seen to end, nothing has begun, or all has ended
 */
export function expectedEnd(
  { learned }: Pick<Walk, 'learned'>,
  graph: StepGraph,
  paused: boolean,
  now: number,
): number | null {
  const ends = new Map<string, number | null>();
  const lastOf = (ids: readonly string[]) =>
    ids.reduce<number | null>((last, id) => {
      const end = endOf(id);
      return last === null || end === null ? null : Math.max(last, end);
    }, 0);
  const endOf = (id: string): number | null => {
    const end = ends.has(id) ? (ends.get(id) ?? null) : reckoned(graph.step(id));
    ends.set(id, end);
    return end;
  };
  const reckoned = (step: Step): number | null => {
    const { id } = step;
    if (graph.hasEnded(id)) return graph.endedAt(id) ?? 0;
    if (graph.mustSkip(step)) return 0;
    const usual = learned[id];
    if (usual === undefined || graph.state(id) === 'waiting') return null;
    const begins = graph.state(id) === 'pending' ? beginOf(step) : graph.startedAt(id);
    return begins ? begins + 1000 * usual : null;
  };
  const beginOf = (step: Step): number | null => {
    const ready = paused ? null : lastOf([...step.after, ...step.behind]);
    return ready ? Math.max(ready, now) : null;
  };
  const left = graph.steps.filter(({ id }) => !graph.hasEnded(id));
  return lastOf(left.map(({ id }) => id)) || null;
}
