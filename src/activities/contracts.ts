import { type Access, type CopyRef, type RecoveryPointIdentity } from '../core/catalogue/copy';
import { type RequestAnswer } from '../core/backup/lifecycle';
import { type LimitRef } from '../core/limits/limit';
import { type Holder, type Observation, type PermitRequest } from '../core/limits/permitQueue';
import { type ProtectionPolicy } from '../core/backup/policy';
import { type ResourceRef } from '../core/resource';
import { type Leg } from '../core/backup/route';
import { type RecoveryPointState, type VerifiedCopy } from '../core/backup/routeWalk';

export { type RecoveryPointIdentity };

export interface RoutePlan {
  readonly legs: readonly Leg[];
  readonly sizeGiB: number;
}

export interface StartLegRequest {
  readonly identity: RecoveryPointIdentity;
  readonly leg: Leg;
  /** What a copy reads; null for a snapshot. */
  readonly source: VerifiedCopy | null;
  /** Tags of the restore that a copy is made for on the way: without it, nobody needs the copy. */
  readonly ownership?: Readonly<Record<string, string>> | undefined;
}

export interface AwaitLegRequest extends StartLegRequest {
  readonly copy: CopyRef;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly expectedSeconds: number;
  readonly polling: ProtectionPolicy['polling'];
}

/** Details of the `NotReady` failure of a leg that is waited for. */
export interface LegProgress {
  /** Id of the leg. */
  readonly leg: string;
  /** AWS's estimate, 0–100. */
  readonly percent: number;
}

/** What `createRecoveryPoint` calls. Every one may be tried again at any time. */
export interface RecoveryPointActivities {
  /** Looks at the resource and plans its legs. */
  planRecoveryPoint(identity: RecoveryPointIdentity, policy: ProtectionPolicy): Promise<RoutePlan>;
  /** Starts a snapshot or copy, or adopts what an earlier try has started. */
  startLeg(request: StartLegRequest): Promise<CopyRef>;
  /**
   * Fails with `NotReady` until the operation has ended, the retry policy being the poller; then proves the copy, records
   * the proof in its tags, and returns it.
   */
  awaitLeg(request: AwaitLegRequest): Promise<VerifiedCopy>;
  /** Removes what an unfinished operation has made. */
  cancelLeg(request: StartLegRequest): Promise<void>;
  shareCopy(leg: Leg, copy: CopyRef): Promise<void>;
  unshareCopy(leg: Leg, copy: CopyRef): Promise<void>;
  /** Deletes an intermediate copy: refuses whatever is not tagged as temporary. */
  deleteTemporaryCopy(identity: RecoveryPointIdentity, leg: Leg): Promise<void>;
}

export type PermitHolder = Pick<Holder, 'requestId' | 'holderWorkflowId' | 'holderRunId'>;

/** What `serviceLimit` calls, on a task queue whose workers know the account. */
export interface ServiceLimitActivities {
  /** What is in flight under the limit, and which of the permits' workflows have ended. */
  observeLimit(ref: LimitRef, access: Access, permits: readonly PermitHolder[]): Promise<Observation>;
}

/** What a holder calls when the semaphore it needs does not run yet, or was ended by someone. */
export interface ServiceLimitStarter {
  /** Brings the semaphore of a limit to life and puts the request into its queue. */
  startServiceLimit(ref: LimitRef, request: PermitRequest): Promise<void>;
}

/** Tells people. */
export interface NotificationActivities {
  notify(notification: Notification): Promise<void>;
}

export interface Notification {
  readonly fleet: string;
  readonly event: 'rpo-missed' | 'fleet-backup-ended' | 'drill-ended';
  readonly subject: string;
  readonly message: string;
}

/** One account and region of a fleet. */
export interface FleetScope {
  readonly account: string;
  readonly region: string;
}

export interface DiscoveredPage {
  readonly resources: readonly ResourceRef[];
  /** Resources that match a selection but no tier, and the like: counted as failed. */
  readonly problems: readonly { readonly resource: ResourceRef; readonly message: string }[];
  /** The last id of this page where there are more, to ask for the next. */
  readonly next: string | null;
}

export interface ResourceAnswer extends RequestAnswer {
  readonly resource: ResourceRef;
  /** Set where the request could not be made at all. */
  readonly error: string | null;
}

export interface PendingOutcome {
  readonly resource: ResourceRef;
  readonly scheduledTime: string;
}

/** `unknown`: its lifecycle ended before it. */
export interface ResourceOutcome extends PendingOutcome {
  readonly state: RecoveryPointState | 'unknown';
  readonly reason: string | null;
}

/** What `fleetBackup` calls. */
export interface FleetActivities {
  listScopes(fleet: string): Promise<FleetScope[]>;
  /** The resources of a tier in one account and region, in the order of their ids, behind `after`. */
  discoverResources(fleet: string, tier: string, scope: FleetScope, after: string | null): Promise<DiscoveredPage>;
  requestRecoveryPoints(
    fleet: string,
    tier: string,
    resources: readonly ResourceRef[],
    scheduledTime: string,
  ): Promise<ResourceAnswer[]>;
  /** Fails with `NotReady` until all have ended. */
  collectOutcomes(pending: readonly PendingOutcome[], pollSeconds: number): Promise<ResourceOutcome[]>;
}
