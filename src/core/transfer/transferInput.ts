import { type StepInput } from '../steps/step';

/** Input of the step `transfer`. */
export interface TransferInput {
  /** URL of the bucket that it reads, and of the one it fills. */
  readonly from: string;
  readonly to: string;
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
  readonly bytesPerSecond: number | null;
  readonly verify: 'manifest' | 'sample' | 'full';
}

/** As a plan carries it; planSnapshotRoute of src/kinds/steps writes it. */
export function transferInput(input: StepInput): TransferInput {
  return input as unknown as TransferInput;
}
