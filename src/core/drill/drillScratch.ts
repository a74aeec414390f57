import { copyTags } from '../catalogue/copy';
import { tagValue } from '../restore/restoreOwnership';

/** The workflow that a scratch thing was made for: once its run has ended, nobody needs the thing. */
export interface ScratchOwner {
  /** Fleets may share a scratch account: each clears away its own only. */
  readonly fleet: string;
  readonly workflowId: string;
  /** Its first run. */
  readonly runId: string;
  /** When it began (ISO 8601, UTC). */
  readonly since: string;
}

/** Tags of what a drill has restored, beside those of the restore itself (core/restore/restoreOwnership.ts). */
export const drillTags = {
  /** Id of the drill's workflow. */
  drill: 'farcopy:drill',
  /** Its first run. */
  run: 'farcopy:drill-run',
  since: 'farcopy:drill-since',
  fleet: copyTags.fleet,
} as const;

export function drillTagsOf({ fleet, workflowId, runId, since }: ScratchOwner): Readonly<Record<string, string>> {
  return {
    [drillTags.fleet]: fleet,
    [drillTags.drill]: tagValue(workflowId),
    [drillTags.run]: runId,
    [drillTags.since]: since,
  };
}

/** Null for what no drill has made. Of a workflow id with characters that tags may not have, these are `_`. */
export function drillOfTags(tags: Readonly<Record<string, string>>): ScratchOwner | null {
  const {
    [drillTags.fleet]: fleet,
    [drillTags.drill]: workflowId,
    [drillTags.run]: runId,
    [drillTags.since]: since,
  } = tags;
  if (fleet === undefined || workflowId === undefined || runId === undefined || since === undefined) return null;
  return { fleet, workflowId, runId, since };
}

/** Every scratch database of a server is called so. */
export const scratchDatabasePattern = /^farcopy_drill_[0-9a-z]{13}$/;

/** @param unique 13 characters 0–9 a–z: `drillUnique` of core/naming.ts */
export function scratchDatabaseName(unique: string): string {
  return `farcopy_drill_${unique}`;
}

/** The comment on a scratch database, by which it is known whose it is. */
export function scratchComment({ fleet, workflowId, runId, since }: ScratchOwner): string {
  return `farcopy drill of fleet ${fleet}: workflow ${workflowId}, run ${runId}, since ${since}`;
}

/** Null for a comment that is none of ours. */
export function ownerOfComment(comment: string | null): ScratchOwner | null {
  const [, fleet, workflowId, runId, since] =
    /^farcopy drill of fleet (\S+): workflow (.+), run (\S+), since (\S+)$/.exec(comment ?? '') ?? [];
  if (fleet === undefined || workflowId === undefined || runId === undefined || since === undefined) return null;
  return { fleet, workflowId, runId, since };
}

/** The shortest that a service takes is 63 characters; a kind may append to it. */
const identifierMaxLength = 50;

/**
 * The identifier of a restored database: `drill-panda-cluster-1-0m4t58u4l6598`. Letters, digits and single hyphens.
 *
 * @param unique see {@link scratchDatabaseName}
 */
export function drillIdentifier(resourceId: string, unique: string): string {
  const room = identifierMaxLength - ['drill', '', unique].join('-').length;
  return ['drill', resourceId.slice(0, room).replace(/-+$/, ''), unique].join('-');
}

/** Every restored database is called so; an ARN is not. */
export const drillIdentifierPattern = /^drill-[^\s:/]+$/;
