import { setWorkflowOptions } from '@temporalio/workflow';
import { entered } from '../core/messages/entered';
import * as workflows from './workflows';

/** Everything a worker registers: each export is a workflow. */
export const {
  createRecoveryPoint,
  drillTier,
  fleetBackup,
  protectResource,
  restoreDrill,
  restoreRecoveryPoint,
  restoreToPostgres,
  serviceLimit,
  sweepRestores,
  transferExport,
} = entered(workflows);

// A lifecycle never ends: it moves on to new code, where all else ends with the code that began it.
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, protectResource);
