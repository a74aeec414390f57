import { type CopyRef } from '../catalogue/copy';
import { type SkippedTable } from '../catalogue/manifest';
import { type Json } from './step';

/** A copy that a step has made and proven. */
export interface VerifiedCopy extends CopyRef {
  readonly place: string;
  readonly keyArn: string | null;
  readonly sizeGiB: number;
  /** When the data is from (ISO 8601, UTC). */
  readonly dataTime: string;
  readonly verifiedAt: string;
  /** Of a copy in a bucket. */
  readonly objects?: number;
  readonly bytes?: number;
  /** Tables the data service left out of an export: the copy is there, but it is not whole. */
  readonly skippedTables?: readonly SkippedTable[];
}

/** What came of a step; small, since histories keep it. */
export interface StepResult {
  /** What it made and proved. */
  readonly copy?: VerifiedCopy;
  /** What later steps, or the report, want to know of it. */
  readonly facts?: Json;
  /** What is missing of what is there, in words for people. */
  readonly lacks?: readonly string[];
  /** What people should know, though nothing is missing. */
  readonly notes?: readonly string[];
}

/** What a step has begun: named by the service. A step that is done at once has its result too. */
export interface StepStarted {
  readonly handle: CopyRef;
  readonly result?: StepResult;
}
