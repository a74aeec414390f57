/** Everything a worker registers: each export is a workflow. */
export { createRecoveryPoint } from './createRecoveryPoint';
export { fleetBackup } from './fleetBackup';
export { protectResource } from './protectResource';
export { restoreDrill } from './restoreDrill';
export { restoreRecoveryPoint } from './restoreRecoveryPoint';
export { restoreToPostgres } from './restoreToPostgres';
export { serviceLimit } from './serviceLimit';
export { transferExport } from './transferExport';
