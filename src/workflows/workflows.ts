/** Every workflow as it is written; index.ts reads its input first. */
export { alerts } from './alerts/alerts';
export { createRecoveryPoint } from './createRecoveryPoint';
export { drillTier } from './drillTier';
export { fleetBackup } from './fleetBackup';
export { heartbeat } from './alerts/heartbeat';
export { protectResource } from './protectResource';
export { pruneFleet } from './retention/pruneFleet';
export { recordLater } from './ledger/record';
export { restoreDrill } from './restoreDrill';
export { restoreRecoveryPoint } from './restoreRecoveryPoint';
export { restoreToPostgres } from './restoreToPostgres';
export { serviceLimit } from './serviceLimit';
export { sweepRestores } from './sweepRestores';
export { transferExport } from './transferExport';
