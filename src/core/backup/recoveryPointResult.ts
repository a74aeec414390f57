import { discontinuities } from './continuity';
import { type VisibleState } from '../searchAttributes';
import { type GraphOutcome, type StepFailure, type StepGraph, type ToldStep } from '../steps/stepGraph';
import { type VerifiedCopy } from '../steps/stepResult';
import { toldText } from '../steps/stepText';

/**
 * `partially-failed`: some copy is safe; another is lacking, or something that belongs to it. `unchanged`: the resource is at
 * rest, and its last copies are still current.
 */
export type RecoveryPointState = GraphOutcome | 'unchanged' | 'cancelled';

/** Whether the resource's copies are current: the last ones of a resource at rest still are. */
export const hasCurrentCopies = (state: string): boolean => state === 'completed' || state === 'unchanged';

/** How a recovery point ended. */
export interface CreateRecoveryPointResult {
  readonly state: RecoveryPointState;
  readonly copies: readonly VerifiedCopy[];
  readonly failures: readonly (StepFailure & { readonly step: string })[];
  /** Remarks for people, whether it is complete or not. */
  readonly notes: readonly ToldStep[];
  /** By step: seconds from its start to its proof. */
  readonly stepSeconds: Readonly<Record<string, number>>;
}

/** How one ended whose steps have all ended. */
export function recoveryPointResult(
  plan: Parameters<typeof discontinuities>[0],
  { outcome, copies, failures, notes }: StepGraph,
  stepSeconds: Readonly<Record<string, number>>,
): CreateRecoveryPointResult {
  return { state: outcome, copies, failures, notes: [...discontinuities(plan, copies), ...notes], stepSeconds };
}

/** Nothing is copied of what is at rest; why the last copy is still current, people are told. */
export function unchangedResult(reason: string): CreateRecoveryPointResult {
  return { state: 'unchanged', copies: [], failures: [], notes: [{ step: 'plan', message: reason }], stepSeconds: {} };
}

/** Why it is not complete, and what is to be known of one that is; empty where there is nothing to tell. */
export function reasonOf({ failures, notes }: Pick<CreateRecoveryPointResult, 'failures' | 'notes'>): string {
  return toldText([...failures, ...notes]);
}

export const visibleRecoveryPoint: Readonly<Record<RecoveryPointState, VisibleState>> = {
  completed: 'Completed',
  unchanged: 'Completed',
  'partially-failed': 'PartiallyFailed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
