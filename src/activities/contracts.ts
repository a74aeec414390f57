import { type Access } from '../core/catalogue/copy';
import {
  type DiscoveredPage,
  type PendingOutcome,
  type ResourceAnswer,
  type ResourceOutcome,
} from '../core/backup/fleetRound';
import { type FleetScope } from '../core/fleetScope';
import { type LimitRef } from '../core/limits/limit';
import { type Observation, type PermitHolder, type PermitRequest } from '../core/limits/permitQueue';
import { type Notification } from '../core/notification';
import { type ResourceRef } from '../core/resource';

/** What `serviceLimit` calls, on a task queue whose workers know the account. */
export interface ServiceLimitActivities {
  /** What is in flight under the limit, and which of the holders' workflows have ended. */
  observeLimit(ref: LimitRef, access: Access, permits: readonly PermitHolder[]): Promise<Observation>;
}

/** What a holder calls when the semaphore it needs does not run yet, or was ended by someone. */
export interface ServiceLimitStarter {
  /** Brings the semaphore of a limit to life and puts the request into its queue. */
  startServiceLimit(ref: LimitRef, request: PermitRequest): Promise<void>;
}

/** Tells people. */
export interface NotificationActivities {
  /**
   * A failure tells in its details who has heard it all the same (`heard`): topics by ARN, channels by name.
   *
   * @param heard who has heard it, and is not told again
   */
  notify(notification: Notification, heard: readonly string[]): Promise<void>;
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
