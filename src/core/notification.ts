/** A message to people. */
export interface Notification {
  readonly fleet: string;
  readonly event: 'rpo-missed' | 'rpo-met' | 'fleet-backup-ended' | 'drill-ended' | 'prune-marked' | 'prune-ended';
  readonly subject: string;
  readonly message: string;
}

/** How the telling of a notification came out. */
export interface Telling {
  /** Why not all have heard it; null: they have. */
  readonly problem: string | null;
  /** The topics that have heard it, where not all have. */
  readonly heard: readonly string[];
}

/**
 * The topics that have heard a notification although telling it failed, as the failure or a cause of it tells: in its details, or, of
 * one that hung, in its last heartbeat. Null: it does not.
 */
export function heardAllTheSame(failure: unknown): readonly string[] | null {
  const { details, lastHeartbeatDetails, cause } = (failure ?? {}) as Readonly<Record<string, unknown>>;
  const told = [...(Array.isArray(details) ? (details as unknown[]) : []), lastHeartbeatDetails] as readonly ({
    readonly heard?: readonly string[];
  } | null)[];
  const heard = told.find((detail) => Array.isArray(detail?.heard))?.heard;
  return heard ?? (cause === undefined ? null : heardAllTheSame(cause));
}
