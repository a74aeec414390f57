/**
 * Names of workflows and of the messages that activities and clients send by name. They are part of the contract with
 * running executions: never rename one.
 */
export const workflowNames = {
  alerts: 'alerts',
  createRecoveryPoint: 'createRecoveryPoint',
  drillTier: 'drillTier',
  fleetBackup: 'fleetBackup',
  heartbeat: 'heartbeat',
  protectResource: 'protectResource',
  pruneFleet: 'pruneFleet',
  recordLater: 'recordLater',
  restoreDrill: 'restoreDrill',
  restoreRecoveryPoint: 'restoreRecoveryPoint',
  restoreToPostgres: 'restoreToPostgres',
  serviceLimit: 'serviceLimit',
  sweepRestores: 'sweepRestores',
  transferExport: 'transferExport',
} as const;

export const messageNames = {
  pause: 'pause',
  resume: 'resume',
  force: 'force',
  retire: 'retire',
  requestRecoveryPoint: 'requestRecoveryPoint',
  lifecycle: 'lifecycle',
  progress: 'progress',
  postgresRestoreProgress: 'postgresRestoreProgress',
  requestPermit: 'requestPermit',
  releasePermit: 'releasePermit',
  limitReached: 'limitReached',
  overrideCapacity: 'overrideCapacity',
  permits: 'permits',
  permitGranted: 'permitGranted',
  permitQueued: 'permitQueued',
  tell: 'tell',
  alerts: 'alerts',
} as const;
