/** Everything a worker registers: each export is a workflow. */
export { createRecoveryPoint } from './createRecoveryPoint';
export { drillTier } from './drillTier';
export { fleetBackup } from './fleetBackup';
export { protectResource } from './protectResource';
export { restoreDrill } from './restoreDrill';
export { restoreRecoveryPoint } from './restoreRecoveryPoint';
export { restoreToPostgres } from './restoreToPostgres';
export { serviceLimit } from './serviceLimit';
export { sweepRestores } from './sweepRestores';
export { transferExport } from './transferExport';
