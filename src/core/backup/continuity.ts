import { type ToldStep } from '../steps/stepGraph';
import { type VerifiedCopy } from '../steps/stepResult';

/** A copy from before, to compare a new one with. */
export interface PreviousCopy {
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** What the service called the resource that it is of; null where it does not tell. */
  readonly incarnation: string | null;
  readonly sizeGiB: number;
}

/** Storage breathes; a database that has lost a fifth of it has lost data. */
const shrunk = 0.8;

/**
 * What people should know before older copies go: that a resource is another one than before, or has lost much of its data. A
 * complete copy of an empty database is complete.
 */
export function discontinuities(
  { incarnation, previous }: { readonly incarnation?: string; readonly previous?: PreviousCopy },
  copies: readonly Pick<VerifiedCopy, 'sizeGiB'>[],
): ToldStep[] {
  if (previous === undefined) return [];
  const { scheduledTime } = previous;
  const told: string[] = [];
  if (incarnation !== undefined && previous.incarnation !== null && previous.incarnation !== incarnation)
    told.push(
      `it is another one than at ${scheduledTime} (${incarnation}, then ${previous.incarnation}): deleted and made again, or swapped; copies from before are of the other one`,
    );
  const [first] = copies;
  if (first !== undefined && first.sizeGiB < shrunk * previous.sizeGiB)
    told.push(`it has shrunk: ${first.sizeGiB} GiB, and ${previous.sizeGiB} GiB at ${scheduledTime}`);
  return told.map((message) => ({ step: 'plan', message }));
}
