import { type DatabaseAccess } from '../../core/catalogue/databaseAccess';
import { type DrillPolicy } from '../../core/drill/drill';
import { type DrillPoint, type DrillReading } from '../../core/drill/drillPoint';
import { type DrillCheckResult } from '../../core/drill/drillResult';
import { type ScratchOwner } from '../../core/drill/drillScratch';
import { type ResourceRef } from '../../core/resource';
import { type DatabaseEndpoint } from '../../postgres/databaseConnections';

export interface ChooseDrillPointRequest {
  /** Identifier, path `kind/account/region/id` (or the end of it), or ARN. */
  readonly resource: string;
  readonly tier: string;
  readonly drill: Pick<DrillPolicy, 'point' | 'from' | 'to'>;
  /** The latest whose data is not from after this time (ISO 8601). */
  readonly at: string | null;
  /** This one: its id, or its scheduled time. */
  readonly point: string | null;
  /** Decides a random choice, so that a second try chooses the same: [0, 1). */
  readonly draw: number;
}

/** The objects of some neighbouring shards of a manifest: [from, to). */
export interface VerificationUnit {
  readonly from: number;
  readonly to: number;
}

/** Details of the heartbeat of `verifyDrillObjects`. */
export interface VerificationProgress {
  /** The first shard that is not proven yet. */
  readonly shard: number;
  readonly objects: number;
  readonly bytes: number;
}

/** The restored database, and how it is reached. Small and without secrets: it is kept in histories. */
export type DrillDatabase =
  | {
      readonly type: 'aws';
      /** Absent of a drill that an earlier build has begun: then it is as the drill calls it. */
      readonly id?: string;
      /** As the restore told it. Which of its databases is meant counts; host, port and user are asked for anew. */
      readonly endpoint: DatabaseEndpoint;
      readonly access: DatabaseAccess;
      /** The protected one. */
      readonly resource: ResourceRef;
      readonly account: string;
      readonly region: string;
    }
  | { readonly type: 'postgres'; readonly url: string; readonly secret: string | null };

/** A scratch database to be, on the server of a drill. */
export interface ScratchDatabase {
  /** Of the database that it is made from. */
  readonly url: string;
  /** ARN; null where the worker's environment has the password. */
  readonly secret: string | null;
  readonly name: string;
  readonly owner: ScratchOwner;
}

/** Details of the heartbeat of `readDrillTables`: a try that follows goes on behind it. */
export interface ReadingProgress extends DrillReading {
  /** Positions of the database and the table that are next, in the order of their names. */
  readonly next: { readonly database: number; readonly table: number };
  /** Tries of that table that have begun. */
  readonly tries: number;
}

/** What `restoreDrill` calls. Every one may be tried again at any time. */
export interface DrillActivities {
  /** Chooses among the healthy copies. `NotFound` where there is none. */
  chooseDrillPoint(request: ChooseDrillPointRequest): Promise<DrillPoint>;
  /** Looks at a snapshot once more: `VerificationFailed` where it is not what its tags say. */
  verifyDrillSnapshot(point: DrillPoint): Promise<void>;
  /** Cuts the manifest of a copy in a bucket into pieces of about equal size. `VerificationFailed` where it is damaged. */
  planDrillVerification(point: DrillPoint): Promise<readonly VerificationUnit[]>;
  /** Reads every byte back, on the workers of transfers. `VerificationFailed` names the first object that differs. */
  verifyDrillObjects(point: DrillPoint, unit: VerificationUnit): Promise<void>;
  /** The URL of the new, empty database. */
  createScratchDatabase(scratch: ScratchDatabase): Promise<string>;
  /** Done where there is none. One that someone else has made is left alone. */
  dropScratchDatabase(scratch: ScratchDatabase): Promise<void>;
  /** The first query. Its retry policy is the poller. */
  awaitDrillDatabase(database: DrillDatabase): Promise<void>;
  /** Reads all columns of all rows of all tables, one by one. */
  readDrillTables(database: DrillDatabase): Promise<DrillReading>;
  runDrillChecks(
    database: DrillDatabase,
    resource: ResourceRef,
    checks: DrillPolicy['checks'],
    dataTime: string,
  ): Promise<readonly DrillCheckResult[]>;
  /** Records on a snapshot that it was restored: the highest proof there is. */
  recordDrillPassed(point: DrillPoint): Promise<void>;
}
