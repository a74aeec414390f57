import { type PrunedCopy } from '../ledger/entry';
import { type Notification } from '../notification';
import { type ResourceRef } from '../resource';

/** Input of the workflow `pruneFleet`. */
export interface PruneFleetInput {
  readonly version: 1;
  readonly fleet: string;
  /** Of the fleet file that whoever asks has; null: whichever the fleet's workers have. */
  readonly revision: string | null;
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
  /** When what was marked just now goes at the earliest: ISO 8601, UTC. */
  readonly firstGoes: string;
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
export const copiesPerRun = 2000;

const shownLines = 20;

/** The first of a list, for people. */
export function firstLines(lines: readonly string[]): readonly string[] {
  return lines.length <= shownLines ? lines : [...lines.slice(0, shownLines), `and ${lines.length - shownLines} more`];
}

/** What people are told once a run has marked, before anything is deleted; null where there is nothing to say. */
export function markNotification(fleet: string, report: MarkReport): Notification | null {
  const { plan, doomed, marked, unmarked, braked, brakes, firstGoes } = report;
  if (marked + unmarked + braked === 0) return null;
  const parts = [
    ...(marked === 0 ? [] : [`${marked} copies marked`]),
    ...(unmarked === 0 ? [] : [`${unmarked} marked no more`]),
    ...(braked === 0 ? [] : [`${braked} wait for a person`]),
  ];
  return {
    fleet,
    event: 'prune-marked',
    // Nobody is woken for what waits.
    state: 'resolved',
    subject: `[${fleet}] prune: ${parts.join(', ')}`,
    message: [
      `Retention lets ${doomed} copies go (plan ${plan}): \`farcopy prune --plan\` shows them.`,
      ...(marked === 0 ? [] : [`What was marked now goes at ${firstGoes} at the earliest. \`farcopy hold\` keeps it.`]),
      ...(braked === 0 ? [] : [`Look at what waits for a person; \`farcopy prune --apply\` lets it go.`]),
      ...brakes.map((brake) => `brake: ${brake}`),
    ].join('\n'),
  };
}

/** What people are told of the end of a run; quietly where nothing was deleted and nothing is wrong, null where nothing was looked at. */
export function pruneNotification(
  fleet: string,
  { marking, deleted, waiting, more, problems }: PruneReport,
): Notification | null {
  const isQuiet = deleted + problems.length === 0;
  if (isQuiet && marking === null) return null;
  const parts = [`${deleted} copies deleted`, ...(problems.length === 0 ? [] : [`${problems.length} problems`])];
  return {
    fleet,
    event: 'prune-ended',
    key: 'prune',
    ...(isQuiet ? { quietly: true } : {}),
    state: problems.length === 0 ? 'resolved' : 'open',
    subject: `[${fleet}] prune: ${parts.join(', ')}`,
    message: [
      ...(more ? ['More may go, and goes in the next run: raise `prune.copiesPerRun` if that is so every day.'] : []),
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
