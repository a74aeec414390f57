import { type RecoveryPointIdentity } from '../catalogue/copy';
import { type LearnedSeconds } from '../steps/estimate';
import { type Step } from '../steps/step';
import { type StepReport } from '../steps/stepGraph';
import { type Walk } from '../steps/walk';
import { type PreviousCopy } from './continuity';
import { type ProtectionPolicy } from './policy';

/** Input of the workflow `createRecoveryPoint`. */
export interface CreateRecoveryPointInput {
  readonly version: 1;
  readonly identity: RecoveryPointIdentity;
  readonly policy: ProtectionPolicy;
  readonly learned: LearnedSeconds;
  readonly paused: boolean;
}

/**
 * The answer to its query `progress`. The percentage of a step in flight is in the last failure of its pending activity.
 */
export interface RecoveryPointProgress {
  readonly scheduledTime: string;
  readonly paused: boolean;
  /** Share of the plan's expected time that lies behind, 0–100. */
  readonly percent: number;
  /** When it will have ended, if it takes what earlier ones took (ISO 8601, UTC); null: nobody knows; absent: an older worker. */
  readonly expectedEnd?: string | null;
  readonly steps: readonly StepReport[];
}

/** The steps of a recovery point of a resource. */
export interface BackupPlan {
  readonly steps: readonly Step[];
  readonly sizeGiB: number;
  /** Why nothing can be copied of it and need not be: it is at rest, and its last copies are current. Null: it is not. */
  readonly resting: string | null;
  /** What its service calls the resource now; absent where it has no such name. */
  readonly incarnation?: string;
  /** The last copy of it in a vault before this recovery point; absent where none is known. */
  readonly previous?: PreviousCopy;
}

export function backupWalk({ policy, learned, ...input }: CreateRecoveryPointInput, plan: BackupPlan): Walk {
  const { steps, sizeGiB, incarnation } = plan;
  const identity = { ...input.identity, ...(incarnation === undefined ? {} : { incarnation }) };
  const { polling, priority } = policy;
  return { identity, steps, sizeGiB, source: null, learned, polling, priority, ownership: null, failsTogether: false };
}
