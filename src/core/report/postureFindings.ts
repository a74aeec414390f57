import { formatDuration } from '../duration';
import { type KindDescription } from '../kind';
import { type Resource, resourcePath } from '../resource';
import { type FindingCheck, type FleetFinding, fleetFinding } from './finding';

/** Services write down within minutes what they can bring back; an hour is trouble. */
const lagSeconds = 3600;

/** What is risky about a resource itself, as its service's list tells: each look costs no call. */
export function postureFindings(
  resource: Resource,
  { atRest }: Pick<KindDescription, 'atRest'>,
  name: string,
  now: number,
): FleetFinding[] {
  const { posture, keyArn } = resource;
  const path = resourcePath(resource);
  const found: FleetFinding[] = [];
  const add = (check: FindingCheck, message: string, mend: string) =>
    found.push(fleetFinding(check, path, { resource: path, place: null, name }, message, mend));
  if (keyArn === null)
    add(
      'unencrypted',
      'its storage is not encrypted, and neither is its copy at the source',
      'restore it under a key: copies in vaults are encrypted already',
    );
  if (posture === undefined) return found;
  const { ownBackupDays, restorableUntil, deletionProtection, copiesTakeTags } = posture;
  if (posture.public === true)
    add('public', 'it has an address in the internet', 'make it private, unless somebody needs that');
  if (ownBackupDays === 0)
    add(
      'own-backups-off',
      'its service makes no backups of it, so nothing brings back what was lost since the last recovery point',
      'set its backup retention to 1 day or more',
    );
  const lag = restorableUntil === null ? 0 : (now - Date.parse(restorableUntil)) / 1000;
  const isAtRest = (atRest?.(resource) ?? null) !== null;
  if (ownBackupDays !== 0 && lag > lagSeconds && !isAtRest)
    add(
      'own-backups-lag',
      `its service can bring it back to no later than ${restorableUntil ?? ''}, ${formatDuration(Math.floor(lag / 60) * 60)} ago`,
      'ask AWS: its own backups have fallen behind',
    );
  if (deletionProtection === false)
    add(
      'deletion-unprotected',
      'one call deletes it: it is not protected from deletion',
      'switch its deletion protection on',
    );
  if (copiesTakeTags === false)
    add(
      'tags-not-copied',
      'snapshots that others make of it do not take over its tags, so nobody sees whose they are',
      'switch on that its tags are copied; copies of Farcopy have their own tags',
    );
  return found;
}
