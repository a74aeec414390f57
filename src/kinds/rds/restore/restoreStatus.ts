import { type RestoreStatus } from './restoreOperations';

/**
 * RDS's words for a database that will never answer by itself (user guides, "Viewing DB instance status" and "Viewing DB
 * cluster status"); all that are neither here nor in the other two are on their way.
 */
const failed = [
  'failed',
  'restore-error',
  'cloning-failed',
  'migration-failed',
  'incompatible-restore',
  'incompatible-parameters',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-create',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'storage-full',
  'stopped',
];

export function restoreStatus(rawStatus: string): RestoreStatus {
  if (rawStatus === 'available') return 'available';
  if (rawStatus === 'insufficient-capacity') return 'no-capacity';
  if (rawStatus === 'deleting' || rawStatus === 'deleted') return 'deleting';
  return failed.includes(rawStatus) ? 'failed' : 'in-progress';
}
