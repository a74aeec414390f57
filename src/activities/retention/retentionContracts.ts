import { type DeletionReport, type MarkReport } from '../../core/retention/pruneRun';

/** What `pruneFleet` calls of workers that may mark and nothing else. */
export interface MarkActivities {
  /**
   * Plans anew, marks what retention lets go, and takes marks from what it keeps.
   *
   * @param plan the one that a person has seen: `InvalidInput` where it has changed since, and its brakes do not count; null: brakes hold
   */
  markCopies(fleet: string, plan: string | null): Promise<MarkReport>;
}

/** What `pruneFleet` calls of workers that may delete what is marked and nothing else. */
export interface DeletionActivities {
  /**
   * Plans anew, and deletes what is marked, whose time has come, and what that plan lets go as well.
   *
   * @param goneAlready how many this run has deleted: a run deletes no more than the fleet file says
   */
  deleteMarked(fleet: string, goneAlready: number): Promise<DeletionReport>;
}
