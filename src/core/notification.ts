/** All that people are told of. */
export const notificationEvents = [
  'rpo-missed',
  'rpo-met',
  'fleet-backup-ended',
  'drill-ended',
  'prune-marked',
  'prune-ended',
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** A message to people. */
export interface Notification {
  readonly fleet: string;
  readonly event: NotificationEvent;
  readonly subject: string;
  readonly message: string;
  /** What sets it apart from all others, where more than one activity may come to tell it. */
  readonly id?: string;
  /** What it is about: the same for a trouble and for its end. */
  readonly key?: string;
  /** Whether the trouble of `key` is there, or is over. */
  readonly state?: 'open' | 'resolved';
  /** The time that it is about, where one that began earlier may end later. ISO 8601. */
  readonly asOf?: string;
  /** How large the trouble is: one that has become twice as large is told anew. */
  readonly size?: number;
  /** Nobody is told of it, unless it ends what they have heard of. */
  readonly quietly?: boolean;
  /** The path of a resource that is protected no more: whatever is open of it ends. */
  readonly retired?: string;
}

/** A notification as it is told, the same in each try and to each receiver. */
export interface Message extends Pick<Notification, 'fleet' | 'subject' | 'message' | 'key' | 'state'> {
  /** Of this one notification, in hexadecimal digits: whoever is told twice knows it by that. */
  readonly id: string;
  /** `digest`: of several events. */
  readonly event: NotificationEvent | 'digest' | 'test';
  /** When it was begun to be told. ISO 8601. */
  readonly time: string;
}

/** How the telling of a notification came out. */
export interface Telling {
  /** Why not all have heard it; null: they have. */
  readonly problem: string | null;
  /** The topics and channels that have heard it, where not all have. */
  readonly heard: readonly string[];
}

/**
 * The topics and channels that have heard a notification although telling it failed, as the failure or a cause of it tells: in its details, or, of
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
