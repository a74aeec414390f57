import { type CopyStatus } from '../../core/catalogue/copy';

const statuses: Readonly<Record<string, CopyStatus>> = {
  creating: 'in-progress',
  copying: 'in-progress',
  pending: 'in-progress',
  available: 'available',
  failed: 'failed',
  deleting: 'deleting',
};

/** RDS's word for a snapshot's status in Farcopy's terms; its API lists only some of the words it uses. */
export function copyStatus(rawStatus: string): CopyStatus {
  return statuses[rawStatus] ?? 'other';
}
