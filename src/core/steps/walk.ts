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
