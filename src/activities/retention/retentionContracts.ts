import { type DeletionReport, type MarkReport } from '../../core/retention/pruneRun';

/** What `pruneFleet` asks the fleet's own workers. */
export interface RevisionActivities {
  /** Of the fleet file that they have. */
  fleetRevision(fleet: string): Promise<string>;
}

/** What `pruneFleet` calls of workers that may mark and nothing else. */
export interface MarkActivities {
  /**
   * Plans anew, marks what retention lets go, where no brake holds it, and takes marks from what it keeps.
   *
   * @param revision of the fleet file: `Configuration` where the worker has another
   */
  markCopies(fleet: string, revision: string): Promise<MarkReport>;
}

/** What `pruneFleet` calls of workers that may delete what is marked and nothing else. */
export interface DeletionActivities {
  /**
   * Plans anew, and deletes what is marked, whose time has come, and what that plan lets go as well.
   *
   * @param revision of the fleet file: `Configuration` where the worker has another
   * @param goneAlready how many this run has deleted: a run deletes no more than the fleet file says
   */
  deleteMarked(fleet: string, revision: string, goneAlready: number): Promise<DeletionReport>;
}
