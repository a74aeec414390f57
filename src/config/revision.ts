import { createHash } from 'node:crypto';
import { canonical } from '../core/canonical';
import { type Fleet } from './fleet';

/**
 * Tells revisions of a fleet file apart: the beginning of a SHA-256. Of all that it says but the external id, which is nobody's
 * business, and the kinds, which are the build's.
 */
export function revisionOf({ kinds: _, warnings: __, roles, ...fleet }: Fleet): string {
  return createHash('sha256')
    .update(canonical({ ...fleet, roles: { ...roles, externalId: null } }))
    .digest('hex')
    .slice(0, 16);
}
