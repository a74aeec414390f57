/** Everything a worker registers: each export is a workflow. */
export { createRecoveryPoint } from './createRecoveryPoint';
export { fleetBackup } from './fleetBackup';
export { protectResource } from './protectResource';
export { restoreRecoveryPoint } from './restoreRecoveryPoint';
export { serviceLimit } from './serviceLimit';
