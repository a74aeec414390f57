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
const exportIdentifierMaxLength = 60;

/** The identifier of the task that exports a recovery point for a bucket of the fleet file. */
export function exportIdentifier(
  fleet: string,
  resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>,
  scheduledTime: string,
  bucketVault: string,
): string {
  return uniqueName(
    exportIdentifierMaxLength,
    fleet,
    resource,
    scheduledTime,
    `export/${resource.kind}/${bucketVault}`,
  );
}

/** Whether an identifier may be one of Farcopy's; tags tell for certain. */
export const isMarker = (id: string): boolean => id.startsWith('farcopy-');
