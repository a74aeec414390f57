/** Why a schedule does not fire, and until when. */
export interface SchedulePause {
  /** Null: somebody with the `temporal` command. */
  readonly by: string | null;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly since: string | null;
  /** ISO 8601, UTC; null: until somebody resumes it. */
  readonly until: string | null;
}

/** Of a schedule that the fleet file pauses. */
export const pausedByFile = 'paused by the fleet file';
export const fileAuthor = 'the fleet file';

/** `paused by alice until 2026-12-01 06:00: migration`. */
export function pauseText({ by, reason, since, until }: SchedulePause, timeText: (time: string) => string): string {
  if (by === fileAuthor) return pausedByFile;
  const whose = by === null ? '' : ` by ${by}`;
  const from = since === null ? '' : ` since ${timeText(since)}`;
  const to = until === null ? ', until somebody resumes it' : ` until ${timeText(until)}`;
  return `paused${whose}${from}${to}${reason === '' ? '' : `: ${reason}`}`;
}

/** How to have a schedule fire again. */
export function unpauseText({
  scheduleId,
  tier,
  drill,
  pause,
}: {
  readonly scheduleId: string;
  readonly tier: string | null;
  readonly drill: string | null;
  readonly pause: SchedulePause;
}): string {
  if (pause.by === fileAuthor) return 'take `paused: true` out of the fleet file, then run `farcopy apply`';
  return tier !== null && drill === null
    ? `\`farcopy resume --tier ${tier}\` ends it`
    : `\`temporal schedule toggle --unpause --schedule-id ${scheduleId} --reason …\` ends it`;
}
