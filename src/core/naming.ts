import { type LimitRef } from './limit';
import { resourcePath, type ResourceRef } from './resource';

/** The scheduled time as it stands in ids: ISO 8601 in UTC to the second, `2026-11-21T02:00:00Z`. */
export function scheduledTimeLabel(time: string | number | Date): string {
  const date = new Date(time);
  date.setUTCMilliseconds(0);
  return date.toISOString().replace('.000Z', 'Z');
}

/** One moment of one resource: the same resource and scheduled time always give the same id. */
export function recoveryPointId(
  resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>,
  scheduledTime: string,
): string {
  return `${resourcePath(resource)}/${scheduledTimeLabel(scheduledTime)}`;
}

export function recoveryPointWorkflowId(recoveryPoint: string): string {
  return `recovery-point/${recoveryPoint}`;
}

export function lifecycleWorkflowId(resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>): string {
  return `protect/${resourcePath(resource)}`;
}

export function serviceLimitWorkflowId({ account, region, limit }: LimitRef): string {
  return `service-limit/${account}/${region}/${limit}`;
}

/** Schedules of several fleets live in one namespace, so the fleet is part of the name. */
export function fleetBackupScheduleId(fleet: string, tier: string): string {
  return `fleet-backup-${fleet}-${tier}`;
}

/** Workflows and activities of a fleet run here: its workers know its roles. */
export function fleetTaskQueue(fleet: string): string {
  return `farcopy-${fleet}`;
}

/** Service limits belong to accounts, not to fleets: every worker serves this queue. */
export const serviceLimitTaskQueue = 'farcopy-service-limits';

/** A fleet's name is part of snapshot identifiers: AWS's rules for those, and short. */
export const fleetNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const fleetNameMaxLength = 40;

/**
 * The snapshot identifier of one place of a recovery point: `farcopy-panda-999999999999-eu-west-1-panda-cluster-1-20261121t020000z`.
 * Account and region of the resource are part of it because the vault holds copies of equally named resources. Places that
 * lie in one account and region as another (a temporary one beside the source) are told apart by `suffix`.
 *
 * At most 40 + 12 + 14 + 63 + 16 characters and separators: within the 255 AWS allows for snapshots (CreateDBClusterSnapshot,
 * DBClusterSnapshotIdentifier); letters, digits and single hyphens only.
 */
export function copyIdentifier(
  fleet: string,
  resource: Pick<ResourceRef, 'account' | 'region' | 'id'>,
  scheduledTime: string,
  suffix?: string,
): string {
  const stamp = scheduledTimeLabel(scheduledTime).replace(/[-:]/g, '').toLowerCase();
  return ['farcopy', fleet, resource.account, resource.region, resource.id, stamp, ...(suffix ? [suffix] : [])].join(
    '-',
  );
}
