export { applyFleet, type ApplyOptions, type FleetDifference, fleetDifference } from './applyFleet';
export { requestRecoveryPoint } from '../activities/requestRecoveryPoint';
export { checkClouds, checkTemporal, type Finding, type FindingState } from './checkFleet';
export { connectTemporal, type TemporalConnection } from './connectTemporal';
export { type DiscoveredResource, discoverFleet, type Discovery } from './discoverFleet';
export { type FleetClouds, openClouds } from './fleetClouds';
export { type FleetSchedule, type ScheduleSettings } from './fleetSchedule';
export { InvalidRequestError } from './invalidRequestError';
export { latestRounds, lifecycleStatuses, type LifecycleStatus, type RoundStatus } from './lifecycleStatus';
export {
  type Catalogue,
  type CatalogueProblem,
  listCopies,
  type ListCopiesOptions,
  type ListedCopy,
} from './listCopies';
export { type ListedLifecycle, listLifecycles } from './listLifecycles';
export { type FleetPlan, planFleet, type PlannedResource } from './planFleet';
export { type ProgressOutput, renderProgress } from './progress';
export { hasEnded, type LegSnapshot, type NamedResource, type RecoveryPointSnapshot } from './recoveryPointSnapshot';
export { type TransferSnapshot } from './transferSnapshot';
export { type ScheduleChange } from './scheduleDifference';
export { listServiceLimits, overrideCapacities, type ServiceLimitStatus } from './serviceLimits';
export { type LifecycleSignal, signalLifecycles } from './signalLifecycles';
export { temporalConfig } from './temporalConfig';
export { UnreachableError } from './unreachableError';
export { watchRecoveryPoints, type WatchOptions } from './watchRecoveryPoints';
