import { type Resource } from '../../core/resource';

/** RDS starts what has been stopped for seven days (user guides, "Stopping and starting an Aurora DB cluster" and its like). */
const longestStopMilliseconds = 7 * 24 * 3600 * 1000;

/** A stopped database does not change, and AWS takes no snapshot of it. */
export function databaseAtRest({ status, facts }: Resource): { reason: string; since: string | null } | null {
  if (status !== 'stopped') return null;
  const restartsAt = facts?.restartsAt;
  const since =
    typeof restartsAt === 'string' ? new Date(Date.parse(restartsAt) - longestStopMilliseconds).toISOString() : null;
  return { reason: 'it is stopped, and AWS takes no snapshot of a stopped database', since };
}

/**
 * Statuses that no waiting ends (user guides, "Viewing DB instance status" and "Viewing DB cluster status"), and what to do.
 * CreateDBSnapshot: "must be in the available or storage-optimization state". All other statuses pass.
 */
const lasting: Readonly<Record<string, string>> = {
  'inaccessible-encryption-credentials':
    'AWS cannot use its key any more, and the database is lost: restore its last recovery point',
  'inaccessible-encryption-credentials-recoverable':
    'AWS cannot use its key: enable the key or give AWS its grants back, then start the database',
  'storage-full': 'its storage is full: allocate more',
  failed: 'AWS cannot recover it: restore its last recovery point',
  'restore-error': 'its restore has failed: delete it, and restore it again',
  'cloning-failed': 'its cloning has failed: delete it, and clone it again',
  'migration-failed': 'its migration has failed: delete it, and migrate it again',
  'insufficient-capacity': 'AWS had no capacity for it: delete it, and create it in another class or zone',
  'incompatible-create': 'it could not be created as it was asked for: delete it, and create it anew',
  'incompatible-credentials': 'AWS cannot use its credentials: set its master password',
  'incompatible-network': 'its subnets have no room or are gone: repair its subnet group, then start or modify it',
  'incompatible-option-group': 'its option group does not suit it: repair the group, or give it another one',
  'incompatible-parameters': 'its parameters do not suit it: repair its parameter group, then reboot it',
  'incompatible-restore': 'it could not be restored: delete it, and restore it with its own engine and parameters',
};

/** Why no snapshot can be taken of a database in its status until someone acts; null where one can, now or soon. */
export function databaseCannotBeCopied({ status }: Resource): string | null {
  const what = Object.hasOwn(lasting, status) ? lasting[status] : undefined;
  return what === undefined ? null : `it is ${status}, and AWS takes no snapshot of it: ${what}`;
}
