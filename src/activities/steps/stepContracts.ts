import { type CopyRef, type RecoveryPointIdentity } from '../../core/catalogue/copy';
import { type Polling } from '../../core/backup/policy';
import { type Step } from '../../core/steps/step';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../../core/steps/stepResult';

export interface StepRequest {
  readonly identity: RecoveryPointIdentity;
  readonly step: Step;
  /** Which of the step's choices is tried; null where it has none. */
  readonly choice: number | null;
  /** The copy it reads. */
  readonly source: VerifiedCopy | null;
  /** What the steps came to that it stands behind, by their ids. */
  readonly results: Readonly<Record<string, StepResult>>;
  /** Tags of the restore that the step is part of; null in a backup. */
  readonly ownership: Readonly<Record<string, string>> | null;
}

export interface AwaitStepRequest extends StepRequest {
  readonly handle: CopyRef;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Before it nothing is asked; epoch milliseconds. Absent from what workflows of an earlier build ask. */
  readonly firstLookAt?: number;
  readonly expectedSeconds: number;
  readonly polling: Polling;
}

export interface UndoStepRequest extends StepRequest {
  /** Null where no answer of the start has come. */
  readonly handle: CopyRef | null;
  readonly polling: Polling;
  /** Someone has given the step up: what is whole and was never proven goes too, since nobody comes back for it. */
  readonly cancelled?: boolean;
  /** When the step first began in this execution, epoch milliseconds. Absent from what workflows of an earlier build ask. */
  readonly startedAt?: number | undefined;
}

/** Details of the `NotReady` failure of a step that is waited for. */
export interface StepProgress {
  /** Id of the step. */
  readonly step: string;
  /** AWS's estimate, 0–100, else ours. */
  readonly percent: number;
}

/** What walks a plan calls. Every one may be tried again at any time. */
export interface StepActivities {
  /** Begins the step, or adopts what an earlier try has begun. */
  startStep(request: StepRequest): Promise<StepStarted>;
  /** Fails with `NotReady` until the operation has ended, the retry policy being the poller; then proves what it made. */
  awaitStep(request: AwaitStepRequest): Promise<StepResult>;
  /** Takes back what the step has made; fails with `NotReady` until it is gone. What others have made is left alone. */
  undoStep(request: UndoStepRequest): Promise<void>;
}
