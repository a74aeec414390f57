import { entered } from '../core/messages/entered';
import * as workflows from './workflows';

/** Everything a worker registers: each export is a workflow. */
export const {
  alerts,
  createRecoveryPoint,
  drillTier,
  fleetBackup,
  heartbeat,
  protectResource,
  pruneFleet,
  recordLater,
  restoreDrill,
  restoreRecoveryPoint,
  restoreToPostgres,
  serviceLimit,
  sweepRestores,
  transferExport,
} = entered(workflows);
