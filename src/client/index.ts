export { applyFleet, type ApplyOptions, type FleetDifference, fleetDifference } from './fleet/applyFleet';
export { requestRecoveryPoint } from '../activities/backup/requestRecoveryPoint';
export { checkClouds, checkTemporal, type Finding, type FindingState } from './fleet/checkFleet';
export { connectTemporal, type TemporalConnection } from './connectTemporal';
export { type DiscoveredResource, discoverFleet, type Discovery } from '../activities/catalogue/discoverFleet';
export { type DeletableThing } from './fleet/deletion/deletable';
export { findDeletable } from './fleet/deletion/findDeletable';
export { type FleetClouds, openClouds } from '../activities/catalogue/fleetClouds';
export { type FleetSchedule } from './fleet/fleetSchedule';
export { type ScheduleSettings } from './schedule/scheduleSettings';
export { InvalidRequestError } from './invalidRequestError';
export { latestRounds, lifecycleStatuses, type LifecycleStatus, type RoundStatus } from './backup/lifecycleStatus';
export {
  type Catalogue,
  type CatalogueProblem,
  listCopies,
  type ListCopiesOptions,
  type ListedCopy,
} from '../activities/catalogue/listCopies';
export { type ListedLifecycle, listLifecycles } from './backup/listLifecycles';
export { type FleetPlan, planFleet, type PlannedResource } from './backup/planFleet';
export { type ProgressOutput, renderProgress } from './backup/progress';
export {
  hasEnded,
  type NamedResource,
  type RecoveryPointSnapshot,
  type StepSnapshot,
} from './backup/recoveryPointSnapshot';
export { type TransferSnapshot } from './backup/transferSnapshot';
export { type ScheduleChange } from './fleet/scheduleDifference';
export { listServiceLimits, overrideCapacities, type ServiceLimitStatus } from './limits/serviceLimits';
export { type LifecycleSignal, signalLifecycles } from './backup/signalLifecycles';
export { temporalConfig } from './temporalConfig';
export { UnreachableError } from './unreachableError';
export { watchRecoveryPoints, type WatchOptions } from './backup/watchRecoveryPoints';
