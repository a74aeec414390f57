/** A message to people. */
export interface Notification {
  readonly fleet: string;
  readonly event: 'rpo-missed' | 'fleet-backup-ended' | 'drill-ended';
  readonly subject: string;
  readonly message: string;
}
