import { uniqueName } from '../../core/naming';
import { type ResourceRef } from '../../core/resource';

/** CreateDBClusterSnapshot and CopyDBClusterSnapshot take 63 characters (API reference); instance snapshots would take 255. */
const copyIdentifierMaxLength = 63;

/**
 * The snapshot identifier of one place of a recovery point: `farcopy-panda-cluster-1-20261121t020000z-0m4t58u4l6598`. `suffix`
 * tells apart places that lie in one account and region: a temporary one beside the source.
 */
export function copyIdentifier(
  fleet: string,
  resource: Pick<ResourceRef, 'account' | 'region' | 'id'>,
  scheduledTime: string,
  suffix = '',
): string {
  return uniqueName(copyIdentifierMaxLength, fleet, resource, scheduledTime, suffix);
}

/** StartExportTask takes 60 characters (API reference, ExportTaskIdentifier). */
const exportTaskIdMaxLength = 60;
/** An identifier that was used once is taken for ever, also by a task that has failed. */
export const mostExportAttempts = 99;

/** The identifier of the n-th task that exports a recovery point for a bucket, from 1. */
export function exportTaskId(marker: string, attempt: number): string {
  return attempt === 1 ? marker : `${marker}-${attempt}`;
}

/** The marker of a task by its identifier; what is none of Farcopy's stays as it is. */
export function exportMarkerOf(taskId: string): string {
  return /^(farcopy-.+-\d{8}t\d{6}z-[0-9a-z]{13})-\d{1,2}$/.exec(taskId)?.[1] ?? taskId;
}

/** The marker of the tasks that export a recovery point for a bucket of the fleet file. */
export function exportIdentifier(
  fleet: string,
  resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>,
  scheduledTime: string,
  bucketVault: string,
): string {
  return uniqueName(
    exportTaskIdMaxLength - `-${mostExportAttempts}`.length,
    fleet,
    resource,
    scheduledTime,
    `export/${resource.kind}/${bucketVault}`,
  );
}

/** Whether an identifier may be one of Farcopy's; tags tell for certain. */
export const isMarker = (id: string): boolean => id.startsWith('farcopy-');
