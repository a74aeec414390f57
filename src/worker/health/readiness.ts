/** What must hold of a worker that is ready. */
export const checkNames = ['polling', 'temporal', 'event-loop'] as const;
export type CheckName = (typeof checkNames)[number];

export interface Check {
  readonly check: CheckName;
  readonly ok: boolean;
  /** Since when it has been as it is: ISO 8601, UTC. */
  readonly since: string;
  /** Why it fails. Of a check that holds, null. */
  readonly reason: string | null;
}

/** `draining`: told to stop, and under way to its end. */
export type Stage = 'starting' | 'running' | 'draining';

export interface ReadinessReport {
  readonly ready: boolean;
  readonly stage: Stage;
  /** When work under way is cut off, of one that drains; ISO 8601, UTC. */
  readonly drainsUntil: string | null;
  readonly checks: readonly Check[];
}

/** What is seen of the process; times are epoch milliseconds. */
export interface Seen {
  /** The state of the worker of each queue, in Temporal's words; null: they are not there yet. */
  readonly states: Readonly<Record<string, string>> | null;
  /** When Temporal has last answered; null: never. */
  readonly reachedAt: number | null;
  /** The longest time that the event loop was held up lately. */
  readonly loopHeldUpSeconds: number;
}

/** Temporal is asked five seconds after the last answer: one that is lost, or late, is forgiven. */
export const reachedWithinSeconds = 30;
/** Activities are missed after a minute without heartbeats; a busy machine holds up the loop for tenths of a second. */
export const longestHoldUpSeconds = 2;

/** Judges whether a worker is ready, and remembers since when each check has been as it is. */
export class Readiness {
  private readonly since = new Map<CheckName, { readonly ok: boolean; readonly at: number }>();
  private drainsUntil: number | null = null;
  private everReady = false;

  /** @param startedAt epoch milliseconds */
  constructor(private readonly startedAt: number) {}

  /** From now on it is not ready; what is under way is cut off then. The first time counts. */
  drain(until: number): void {
    this.drainsUntil ??= until;
  }

  /** Whether a report has said that it is ready. */
  get wasReady(): boolean {
    return this.everReady;
  }

  /** @param now epoch milliseconds */
  report(seen: Seen, now: number): ReadinessReport {
    const reasons: Readonly<Record<CheckName, string | null>> = {
      polling: notPolling(seen.states),
      temporal: notReached(seen.reachedAt, now),
      'event-loop': heldUp(seen.loopHeldUpSeconds),
    };
    const checks = checkNames.map((check) => this.judge(check, reasons[check], seen, now));
    const isDraining = this.drainsUntil !== null;
    const ready = !isDraining && checks.every(({ ok }) => ok);
    this.everReady ||= ready;
    return {
      ready,
      stage: isDraining ? 'draining' : seen.states === null ? 'starting' : 'running',
      drainsUntil: this.drainsUntil === null ? null : new Date(this.drainsUntil).toISOString(),
      checks,
    };
  }

  private judge(check: CheckName, reason: string | null, { reachedAt }: Seen, now: number): Check {
    const ok = reason === null;
    const before = this.since.get(check);
    if (before?.ok !== ok) {
      // Nobody notices at once that an answer does not come: the silence began with the last one.
      const began =
        check === 'temporal' && !ok ? (reachedAt ?? this.startedAt) : before === undefined ? this.startedAt : now;
      this.since.set(check, { ok, at: began });
    }
    return { check, ok, since: new Date(this.since.get(check)?.at ?? now).toISOString(), reason };
  }
}

function notPolling(states: Seen['states']): string | null {
  if (states === null) return 'the workers are not made yet';
  const others = Object.entries(states).filter(([, state]) => state !== 'RUNNING');
  return others.length === 0 ? null : others.map(([queue, state]) => `${queue}: ${state}`).join(', ');
}

function notReached(reachedAt: number | null, now: number): string | null {
  if (reachedAt === null) return 'Temporal has not answered yet';
  const seconds = Math.floor((now - reachedAt) / 1000);
  return seconds <= reachedWithinSeconds ? null : `Temporal has not answered for ${seconds} s`;
}

function heldUp(seconds: number): string | null {
  return seconds <= longestHoldUpSeconds ? null : `the event loop was held up for ${seconds.toFixed(1)} s`;
}
