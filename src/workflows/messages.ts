import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { type LifecycleState, type RecoveryPointRequest, type RequestAnswer } from '../core/backup/lifecycle';
import { type RecoveryPointProgress } from '../core/backup/recoveryPointPlan';
import { type AlertNotice, type ShownAlerts } from '../core/alerts/alert';
import { type AsToldByCaller } from '../core/ledger/entry';
import { messageNames } from '../core/messageNames';
import { type PermitRequest } from '../core/limits/permitQueue';
import { type QueuedAnswer, type ShownPermits } from '../core/limits/semaphore';

/** To `protectResource` and, forwarded, to the recovery point in flight: no step starts until `resume`. */
export const pauseSignal = defineSignal<[told?: AsToldByCaller]>(messageNames.pause);
export const resumeSignal = defineSignal<[told?: AsToldByCaller]>(messageNames.resume);
/** To `protectResource`: a recovery point of this moment, also when paused. */
export const forceSignal = defineSignal<[told?: AsToldByCaller]>(messageNames.force);
/** To `protectResource`: ends once what is in flight has ended. */
export const retireSignal = defineSignal<[told?: AsToldByCaller]>(messageNames.retire);
export const requestRecoveryPointUpdate = defineUpdate<RequestAnswer, [RecoveryPointRequest]>(
  messageNames.requestRecoveryPoint,
);
export const lifecycleQuery = defineQuery<LifecycleState>(messageNames.lifecycle);

export const progressQuery = defineQuery<RecoveryPointProgress>(messageNames.progress);

/** To `serviceLimit`. */
export const requestPermitSignal = defineSignal<[PermitRequest]>(messageNames.requestPermit);
export const releasePermitSignal = defineSignal<[string]>(messageNames.releasePermit);
/** AWS refused an operation although its permit was granted: someone else's work is in flight. */
export const limitReachedSignal = defineSignal(messageNames.limitReached);
export const overrideCapacityUpdate = defineUpdate<void, [number | null]>(messageNames.overrideCapacity);
export const permitsQuery = defineQuery<ShownPermits>(messageNames.permits);

/** From `serviceLimit` to whoever asked. */
export const permitGrantedSignal = defineSignal<[string]>(messageNames.permitGranted);
export const permitQueuedSignal = defineSignal<[QueuedAnswer]>(messageNames.permitQueued);

/** To `alerts`: something that people are to hear of. */
export const tellSignal = defineSignal<[AlertNotice]>(messageNames.tell);
/** How many of what is open are left out, since they came before. */
export const alertsQuery = defineQuery<ShownAlerts, [from?: number]>(messageNames.alerts);
