import * as rds from '@aws-sdk/client-rds';
import { classifyAwsError, type AwsErrorClass } from '../../../../src/clouds/aws/classifyAwsError';
import { type FailureType, type Grace } from '../../../../src/core/failure';
import { rdsErrorRows } from '../../../../src/kinds/rds/errorRows';

interface Row {
  readonly code: string;
  readonly message?: string;
  readonly status?: number;
  readonly type: FailureType;
  readonly grace?: Grace;
  readonly concern?: AwsErrorClass['concern'];
}

/** One line for what each error of RDS means; shape names and wire codes both stand here. */
const rows: readonly Row[] = [
  { code: 'SnapshotQuotaExceeded', message: 'Cannot copy more than 5 snapshots across regions', type: 'LimitReached' },
  {
    code: 'SnapshotQuotaExceededFault',
    message: 'Cannot copy more than 20 snapshots across regions',
    type: 'LimitReached',
  },
  {
    code: 'SnapshotQuotaExceeded',
    message: 'Cannot create more than 5 cluster snapshots in progress',
    type: 'LimitReached',
  },
  { code: 'SnapshotQuotaExceeded', message: 'a wording nobody has seen yet', type: 'LimitReached' },
  { code: 'SnapshotQuotaExceeded', message: 'Cannot create more than 100 manual snapshots', type: 'StockExhausted' },
  {
    code: 'SnapshotQuotaExceededFault',
    message: 'Cannot create more than 100 manual snapshots',
    type: 'StockExhausted',
  },
  { code: 'SnapshotQuotaExceeded', message: 'Cannot create more than 250 manual snapshots', type: 'StockExhausted' },
  { code: 'SharedSnapshotQuotaExceeded', type: 'StockExhausted' },
  { code: 'DBClusterQuotaExceededFault', type: 'StockExhausted' },
  { code: 'InstanceQuotaExceeded', type: 'StockExhausted' },
  { code: 'StorageQuotaExceeded', type: 'StockExhausted' },
  { code: 'DBClusterSnapshotAlreadyExistsFault', type: 'Conflict' },
  { code: 'DBSnapshotAlreadyExists', type: 'Conflict' },
  { code: 'DBSnapshotAlreadyExistsFault', type: 'Conflict' },
  { code: 'ExportTaskAlreadyExists', type: 'Conflict' },
  { code: 'DBClusterAlreadyExistsFault', type: 'Conflict' },
  { code: 'DBInstanceAlreadyExists', type: 'Conflict' },
  { code: 'DBParameterGroupAlreadyExists', type: 'Conflict' },
  { code: 'DBSubnetGroupNotFoundFault', type: 'Configuration' },
  { code: 'DBClusterParameterGroupNotFound', type: 'Configuration' },
  { code: 'InvalidVPCNetworkStateFault', type: 'Configuration' },
  { code: 'InvalidDBClusterStateFault', message: 'DB cluster is modifying', type: 'ResourceBusy' },
  { code: 'InvalidDBClusterSnapshotStateFault', message: 'the snapshot is creating', type: 'ResourceBusy' },
  { code: 'InvalidDBInstanceState', message: 'an automated backup is running', type: 'ResourceBusy' },
  { code: 'InvalidDBSnapshotState', type: 'ResourceBusy' },
  { code: 'InvalidExportSourceState', type: 'ResourceBusy' },
  { code: 'InvalidExportSourceStateFault', message: 'a snapshot is already being exported', type: 'ResourceBusy' },
  { code: 'LimitExceeded', message: 'You can have up to 5 export tasks in progress.', type: 'LimitReached' },
  { code: 'InvalidParameterValue', message: 'Cannot run more than 5 exports at a time', type: 'LimitReached' },
  { code: 'ExportTaskAlreadyExistsFault', message: 'The export task with the ID x already exists.', type: 'Conflict' },
  { code: 'ExportTaskNotFoundFault', status: 404, type: 'NotFound' },
  { code: 'InvalidExportOnlyFault', type: 'InvalidInput' },
  {
    code: 'InvalidDBClusterSnapshotStateFault',
    message: 'You cannot share a snapshot encrypted with the default service key',
    type: 'Configuration',
    concern: 'default-key',
  },
  { code: 'InvalidDBSnapshotState', message: 'Cannot delete the automated snapshot', type: 'Refused' },
  { code: 'KMSKeyNotAccessibleFault', type: 'Configuration', grace: 'seconds', concern: 'key' },
  { code: 'IamRoleMissingPermissions', type: 'Configuration', grace: 'seconds', concern: 'permission' },
  { code: 'IamRoleNotFound', type: 'Configuration', grace: 'seconds', concern: 'permission' },
  { code: 'InvalidS3BucketFault', type: 'Configuration', grace: 'seconds', concern: 'permission' },
  { code: 'InsufficientStorageClusterCapacity', type: 'Transient' },
  { code: 'InsufficientDBClusterCapacityFault', type: 'Transient' },
  {
    code: 'ServiceException',
    status: 500,
    message: 'We currently do not have sufficient capacity in the region you requested.',
    type: 'Transient',
  },
  { code: 'ValidationError', message: 'We currently do not have sufficient capacity', type: 'Transient' },
  { code: 'DBClusterNotFoundFault', status: 404, type: 'NotFound' },
  { code: 'DBClusterSnapshotNotFoundFault', status: 404, type: 'NotFound' },
  { code: 'DBInstanceNotFound', status: 404, type: 'NotFound' },
  { code: 'DBSnapshotNotFoundFault', status: 404, type: 'NotFound' },
  { code: 'LimitExceeded', message: 'Rate exceeded', type: 'Transient' },
  { code: 'AccessDenied', status: 403, type: 'Configuration', grace: 'seconds', concern: 'permission' },
];

const awsError = ({ code, message = 'a message', status = 400 }: Row, as: 'name' | 'Code') =>
  Object.assign(new Error(message), { [as]: code, $metadata: { httpStatusCode: status } });

describe('errors of RDS', () => {
  it.each(rows)('$code $message → $type', (row) => {
    for (const as of ['name', 'Code'] as const) {
      expect(classifyAwsError(awsError(row, as), rdsErrorRows)).toMatchObject({
        code: row.code,
        type: row.type,
        grace: row.grace ?? 'none',
        concern: row.concern ?? 'other',
      });
    }
  });

  it('has a row for every fault the calls of Farcopy can answer with, as the SDK names it', () => {
    const faults = [
      rds.DBClusterNotFoundFault,
      rds.DBClusterSnapshotAlreadyExistsFault,
      rds.DBClusterSnapshotNotFoundFault,
      rds.DBInstanceNotFoundFault,
      rds.DBSnapshotAlreadyExistsFault,
      rds.DBSnapshotNotFoundFault,
      rds.InvalidDBClusterSnapshotStateFault,
      rds.InvalidDBClusterStateFault,
      rds.InvalidDBInstanceStateFault,
      rds.InvalidDBSnapshotStateFault,
      rds.KMSKeyNotAccessibleFault,
      rds.SharedSnapshotQuotaExceededFault,
      rds.SnapshotQuotaExceededFault,
    ];
    const unknown = faults.filter(
      (Fault) =>
        classifyAwsError(new Fault({ message: 'x', $metadata: { httpStatusCode: 400 } }), rdsErrorRows).type ===
        'Refused',
    );
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  it('mean nothing where another service answers with the same code', () => {
    const error = awsError({ code: 'SnapshotQuotaExceededFault', type: 'Refused' }, 'name');
    expect(classifyAwsError(error).type).toBe('Refused');
  });
});
