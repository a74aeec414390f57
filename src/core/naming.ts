import { type LimitRef } from './limits/limit';
import { resourcePath, type ResourceRef } from './resource';

/** The scheduled time as it stands in ids: ISO 8601 in UTC to the second, `2026-11-21T02:00:00Z`. */
export function scheduledTimeLabel(time: string | number | Date): string {
  const date = new Date(time);
  date.setUTCMilliseconds(0);
  return `${date.toISOString().slice(0, -'.000Z'.length)}Z`;
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

/** The recovery point that a workflow of such an id makes, or transfers; null of all others. */
export function recoveryPointOfWorkflowId(workflowId: string): string | null {
  const [, made, transferred] =
    /^(?:recovery-point\/(.+\/[\d-]{10}T[\d:]{8}Z)|transfer\/(.+\/[\d-]{10}T[\d:]{8}Z)\/[^/]+)$/.exec(workflowId) ?? [];
  return made ?? transferred ?? null;
}

export function lifecycleWorkflowId(resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>): string {
  return `protect/${resourcePath(resource)}`;
}

/** Of a drill of one resource: no two at once. */
export function drillWorkflowId(
  resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>,
  drill: string,
): string {
  return `drill/${resourcePath(resource)}/${drill}`;
}

/** Tells the scratch things of one run of a drill from all others. */
export function drillUnique(workflowId: string, runId: string): string {
  return fingerprint(`${workflowId}/${runId}`);
}

/** Of a restore into a database of this identifier: no two at once. */
export function restoreWorkflowId(target: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>): string {
  return `restore/${resourcePath(target)}`;
}

/** Of an entry of the ledger that is still to be written: the same entry, the same id. */
export function ledgerWorkflowId(fleet: string, entry: string): string {
  return `ledger/${fleet}/${fingerprint(entry)}`;
}

export function serviceLimitWorkflowId({ account, region, limit }: LimitRef): string {
  return `service-limit/${account}/${region}/${limit}`;
}

/** Schedules of several fleets live in one namespace, so the fleet is part of the name. */
export function fleetBackupScheduleId(fleet: string, tier: string): string {
  return `fleet-backup-${fleet}-${tier}`;
}

export function drillScheduleId(fleet: string, tier: string, drill: string): string {
  return `drill-${fleet}-${tier}-${drill}`;
}

/** Of one round of a drill; the schedule adds the time. */
export function drillTierWorkflowId(fleet: string, tier: string, drill: string): string {
  return `drill-tier/${fleet}/${tier}/${drill}`;
}

export function sweepScheduleId(fleet: string): string {
  return `sweep-${fleet}`;
}

export function sweepWorkflowId(fleet: string): string {
  return `sweep/${fleet}`;
}

/** Of what tells people of a fleet's troubles. */
export function alertsWorkflowId(fleet: string): string {
  return `alerts/${fleet}`;
}

export function heartbeatScheduleId(fleet: string): string {
  return `heartbeat-${fleet}`;
}

export function heartbeatWorkflowId(fleet: string): string {
  return `heartbeat/${fleet}`;
}

/** Workflows and activities of a fleet run here: its workers know its roles. */
export function fleetTaskQueue(fleet: string): string {
  return `farcopy-${fleet}`;
}

/** Bytes travel here, so that workers for them scale apart: they need network and memory, the others neither. */
export function transferTaskQueue(fleet: string): string {
  return `farcopy-${fleet}-transfer`;
}

export function transferWorkflowId(recoveryPoint: string, vault: string): string {
  return `transfer/${recoveryPoint}/${vault}`;
}

/** What retention lets go is marked from here alone: whoever polls it holds the role that marks, and no other. */
export function markTaskQueue(fleet: string): string {
  return `farcopy-${fleet}-mark`;
}

/** What is marked is deleted from here alone: whoever polls it holds the role that deletes, and no other. */
export function pruneTaskQueue(fleet: string): string {
  return `farcopy-${fleet}-prune`;
}

export function pruneScheduleId(fleet: string): string {
  return `prune-${fleet}`;
}

export function pruneWorkflowId(fleet: string): string {
  return `prune/${fleet}`;
}

/** Service limits belong to accounts, not to fleets: every worker serves this queue. */
export const serviceLimitTaskQueue = 'farcopy-service-limits';

/** Names of fleets whose task queue would be that of all fleets' service limits, or a further one of another fleet. */
export const takenFleetNamePattern = /^service-limits$|-(transfer|mark|prune)$/;
/** A fleet's name is part of snapshot identifiers: AWS's rules for those, short, and no {@link takenFleetNamePattern}. */
export const fleetNamePattern = /^(?!service-limits$|.*-(transfer|mark|prune)$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const fleetNameMaxLength = 40;

/** Every name of Farcopy's begins so: its roles may touch no other copy. */
export const copyIdentifierPrefix = 'farcopy-';

/**
 * A name that tells apart what Farcopy makes: `farcopy-panda-cluster-1-20261121t020000z-0m4t58u4l6598`. The last part stands for
 * fleet, account, region, id, time and `distinction`, since copies of equally named resources lie in one vault. People read
 * the name; the tags of a copy say what it is.
 *
 * Letters, digits and single hyphens, first a letter, if the resource's id has no others; at most `maxLength` characters.
 */
export function uniqueName(
  maxLength: number,
  fleet: string,
  { account, region, id }: Pick<ResourceRef, 'account' | 'region' | 'id'>,
  scheduledTime: string,
  distinction: string,
): string {
  const stamp = compactTime(scheduledTime);
  const print = fingerprint([fleet, account, region, id, stamp, distinction].join('/'));
  const room = maxLength - ['farcopy', '', stamp, print].join('-').length;
  return ['farcopy', id.slice(0, room).replace(/-+$/, ''), stamp, print].join('-');
}

/** The scheduled time where colons may not stand: `20261121t020000z`. */
export function compactTime(scheduledTime: string): string {
  return scheduledTimeLabel(scheduledTime).replace(/[-:]/g, '').toLowerCase();
}

/** FNV-1a of 64 bits in 13 characters of base 36. Not for secrets: what bears an identifier is adopted by its tags alone. */
export function fingerprint(text: string): string {
  return hash64(text).toString(36).padStart(13, '0');
}

/** FNV-1a of 64 bits, in two halves: numbers are forty times as fast as bigints here, and every copy is named by it. */
export function hash64(text: string): bigint {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 2 ** 8) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}
