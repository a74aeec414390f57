import { type PrunedCopy } from '../ledger/entry';
import { type Notification } from '../notification';
import { type ResourceRef } from '../resource';

/** Input of the workflow `pruneFleet`. */
export interface PruneFleetInput {
  readonly version: 1;
  readonly fleet: string;
  /** The plan that a person has seen and wants carried out, brakes or not; null: the brakes hold. */
  readonly plan: string | null;
}

/** What marking came to. Lists for people are cut short. */
export interface MarkReport {
  readonly plan: string;
  /** Copies that retention lets go, marked or not. */
  readonly doomed: number;
  /** Marked just now. */
  readonly marked: number;
  /** Marked no more, since they stay. */
  readonly unmarked: number;
  /** Let go, and not marked, since a person must say so. */
  readonly braked: number;
  readonly brakes: readonly string[];
  /** Let go in buckets, which Farcopy does not delete. */
  readonly inBuckets: number;
  /** What could not be read, or not be marked. */
  readonly problems: readonly string[];
  /** Whether the fleet keeps a ledger. */
  readonly ledger: boolean;
}

export interface DeletedCopy extends PrunedCopy {
  readonly resource: ResourceRef;
}

/** What a batch of deletions came to. */
export interface DeletionReport {
  readonly plan: string;
  readonly deleted: readonly DeletedCopy[];
  /** Whether there is more that may go now. */
  readonly more: boolean;
  /** As many are gone as a run may delete. */
  readonly isRunOver: boolean;
  /** Why marked copies stay, and how many for each reason. */
  readonly waiting: Readonly<Record<string, number>>;
  /** What could not be read, or not be deleted. */
  readonly problems: readonly string[];
}

/** How a run of `pruneFleet` ended. */
export interface PruneReport {
  /** Null where it did not come off: nothing was deleted then. */
  readonly marking: MarkReport | null;
  readonly deleted: number;
  readonly waiting: Readonly<Record<string, number>>;
  /** The most of a run are gone, and more may go. */
  readonly more: boolean;
  readonly problems: readonly string[];
}

/** As many are deleted by one activity: each plans anew. */
export const deletedAtOnce = 200;
/** As many are deleted by one run, unless the fleet file says otherwise. */
export const copiesPerRun = 500;

const shownLines = 20;

/** The first of a list, for people. */
export function firstLines(lines: readonly string[]): readonly string[] {
  return lines.length <= shownLines ? lines : [...lines.slice(0, shownLines), `and ${lines.length - shownLines} more`];
}

/** What people are told of a run; null where nothing has happened and nothing is wrong. */
export function pruneNotification(
  fleet: string,
  { marking, deleted, waiting, problems }: PruneReport,
): Notification | null {
  const { doomed = 0, marked = 0, unmarked = 0, braked = 0, brakes = [], plan = '' } = marking ?? {};
  if (marked + unmarked + deleted + braked + problems.length === 0) return null;
  const parts = [
    `${deleted} copies deleted`,
    `${marked} marked`,
    ...(unmarked === 0 ? [] : [`${unmarked} marked no more`]),
    ...(braked === 0 ? [] : [`${braked} wait for a person`]),
    ...(problems.length === 0 ? [] : [`${problems.length} problems`]),
  ];
  return {
    fleet,
    event: 'prune-ended',
    subject: `[${fleet}] prune: ${parts.join(', ')}`,
    message: [
      ...(marking === null ? [] : [`Plan ${plan} of retention lets ${doomed} copies go.`]),
      ...(marked === 0 ? [] : ['What is marked goes in 72 hours at the earliest: look at `farcopy prune --plan`.']),
      ...(braked === 0
        ? []
        : [
            `Look at what waits for a person by \`farcopy prune --plan\`; \`farcopy prune --apply ${plan}\` lets it go.`,
          ]),
      ...brakes.map((brake) => `brake: ${brake}`),
      ...waitingLines(waiting),
      ...problems.map((problem) => `problem: ${problem}`),
    ].join('\n'),
  };
}

/** Why marked copies stay for now, the most frequent reason first. */
export function waitingLines(waiting: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(waiting)
    .sort(([a, less], [b, more]) => more - less || (a < b ? -1 : 1))
    .map(([why, count]) => `${count} marked copies stay for now: ${why}`);
}
