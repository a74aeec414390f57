import { type AwsErrorRow } from '../../clouds/aws/classifyAwsError';
import { failureTypes } from '../../core/failure';

const stateFaults = [
  'InvalidDBClusterState',
  'InvalidDBClusterSnapshotState',
  'InvalidDBInstanceState',
  'InvalidDBSnapshotState',
  'InvalidExportSourceState',
  'InvalidResourceState',
];

/**
 * The rows of RDS; they decide before the rows of every service. Codes are the `error` traits of its API model (2014-10-31);
 * messages are matched only where one code has two meanings.
 */
export const rdsErrorRows: readonly AwsErrorRow[] = [
  // "We currently do not have sufficient capacity in the region you requested": comes with several codes, and passes.
  { message: /sufficient capacity/i, type: failureTypes.transient, retryAfterSeconds: [60, 180] },

  // One code, two meanings. A wording nobody has seen is waited for: waiting ends by its deadline, a stopped backup is lost.
  {
    codes: ['SnapshotQuotaExceeded'],
    message: /across regions|in progress/i,
    type: failureTypes.limitReached,
    retryAfterSeconds: [20, 40],
  },
  { codes: ['SnapshotQuotaExceeded'], message: /\bmanual\b/i, type: failureTypes.stockExhausted },
  { codes: ['SnapshotQuotaExceeded'], type: failureTypes.limitReached, retryAfterSeconds: [20, 40] },
  {
    codes: ['SharedSnapshotQuotaExceeded', 'DBClusterQuotaExceeded', 'InstanceQuotaExceeded', 'StorageQuotaExceeded'],
    type: failureTypes.stockExhausted,
  },

  {
    codes: [
      'DBClusterSnapshotAlreadyExists',
      'DBSnapshotAlreadyExists',
      'ExportTaskAlreadyExists',
      'DBClusterAlreadyExists',
      'DBInstanceAlreadyExists',
      'DBParameterGroupAlreadyExists',
      'DBClusterRoleAlreadyExists',
      'DBInstanceRoleAlreadyExists',
    ],
    type: failureTypes.conflict,
  },

  // States that do not pass hide behind the codes of those that do.
  {
    codes: stateFaults,
    message: /automated .*(cannot|can't|can not) be|(cannot|can't|can not) (share|delete|modify) .*automated/i,
    type: failureTypes.refused,
  },
  {
    codes: stateFaults,
    message: /default .*key|key .*default|aws\/rds/i,
    type: failureTypes.configuration,
    concern: 'default-key',
  },
  { codes: stateFaults, type: failureTypes.busy, retryAfterSeconds: [10, 20] },
  // The model has no error for more exports than an account may run at once, and AWS documents no code: the words tell.
  {
    message: /(limit|maximum|up to|too many|more than|exceed).*\bexport(s| tasks?)\b/i,
    status: (status = 0) => status === 400,
    type: failureTypes.limitReached,
    retryAfterSeconds: [20, 40],
  },

  { codes: ['KMSKeyNotAccessible'], type: failureTypes.configuration, grace: 'seconds', concern: 'key' },
  {
    codes: ['IamRoleMissingPermissions', 'IamRoleNotFound', 'InvalidS3Bucket'],
    type: failureTypes.configuration,
    grace: 'seconds',
    concern: 'permission',
  },
  // The account must first make whatever a restored database is attached to.
  {
    codes: [
      'DBSubnetGroupNotFound',
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      'InvalidSubnet',
      'InvalidVPCNetworkState',
      'DBParameterGroupNotFound',
      'DBClusterParameterGroupNotFound',
      'OptionGroupNotFound',
      'DBSecurityGroupNotFound',
      'InvalidGroup.NotFound',
    ],
    type: failureTypes.configuration,
  },
  // A restore tries another zone or class; a backup never meets these.
  {
    codes: ['InsufficientStorageClusterCapacity', 'InsufficientDBClusterCapacity', 'InsufficientDBInstanceCapacity'],
    type: failureTypes.transient,
    retryAfterSeconds: [60, 180],
  },
  {
    codes: [
      'DBClusterNotFound',
      'DBClusterSnapshotNotFound',
      'DBInstanceNotFound',
      'DBSnapshotNotFound',
      'ExportTaskNotFound',
      'SourceNotFound',
    ],
    type: failureTypes.notFound,
  },
  { codes: ['InvalidExportOnly'], type: failureTypes.invalidInput },
];
