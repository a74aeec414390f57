import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { type LifecycleState, type RecoveryPointRequest, type RequestAnswer } from '../core/lifecycle';
import { type PermitQueueState, type PermitRequest } from '../core/permitQueue';
import { type RouteWalk } from '../core/routeWalk';

/** To `protectResource` and, forwarded, to the recovery point in flight: no leg starts until `resume`. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** To `protectResource`: a recovery point of this moment, also when paused. */
export const forceSignal = defineSignal('force');
/** To `protectResource`: ends once what is in flight has ended. */
export const retireSignal = defineSignal('retire');
export const requestRecoveryPointUpdate = defineUpdate<RequestAnswer, [RecoveryPointRequest]>('requestRecoveryPoint');
export const lifecycleQuery = defineQuery<LifecycleState>('lifecycle');

/** Progress of one recovery point; the percentage of a leg in flight is in the heartbeat of its pending activity. */
export interface RecoveryPointProgress {
  readonly scheduledTime: string;
  readonly paused: boolean;
  /** Share of the route's expected time that lies behind, 0–100. */
  readonly percent: number;
  readonly legs: RouteWalk['report'];
}
export const progressQuery = defineQuery<RecoveryPointProgress>('progress');

/** To `serviceLimit`. */
export const requestPermitSignal = defineSignal<[PermitRequest]>('requestPermit');
export const releasePermitSignal = defineSignal<[string]>('releasePermit');
/** AWS refused an operation although its permit was granted: someone else's work is in flight. */
export const limitReachedSignal = defineSignal('limitReached');
export const overrideCapacityUpdate = defineUpdate<void, [number | null]>('overrideCapacity');
export const permitsQuery = defineQuery<PermitQueueState & { capacity: number }>('permits');

/** From `serviceLimit` to whoever asked. */
export const permitGrantedSignal = defineSignal<[string]>('permitGranted');
export const permitQueuedSignal = defineSignal<[string]>('permitQueued');
