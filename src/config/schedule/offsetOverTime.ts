import { type OffsetChange, offsetChanges, offsetMinutes } from './timezone';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A zone's offset at any instant between two, asked of the time zone database once. Local times are told as in `localMs`. */
export class OffsetOverTime {
  readonly changes: readonly OffsetChange[];
  private readonly firstMinutes: number;

  /** @param from milliseconds since the epoch, as `to` */
  constructor(timezone: string, from: number, to: number) {
    this.changes = offsetChanges(timezone, from, to);
    this.firstMinutes = offsetMinutes(timezone, from);
  }

  at(instant: number): number {
    return this.changes.findLast((change) => change.at <= instant)?.afterMinutes ?? this.firstMinutes;
  }

  localOf(instant: number): number {
    return instant + this.at(instant) * minuteMs;
  }

  /** When clocks show a local time: never where they skip it, twice where they repeat it. Ascending. */
  instantsOf(local: number): number[] {
    const offsets = new Set([this.at(local - dayMs), this.at(local + dayMs), this.at(local)]);
    return [...offsets]
      .map((offset) => [local - offset * minuteMs, offset] as const)
      .filter(([instant, assumed]) => this.at(instant) === assumed)
      .map(([instant]) => instant)
      .sort((a, b) => a - b);
  }

  /** The change that skips a local time. */
  skipping(local: number): OffsetChange | undefined {
    return this.changes.find(
      ({ at, beforeMinutes, afterMinutes }) =>
        at + beforeMinutes * minuteMs <= local && local < at + afterMinutes * minuteMs,
    );
  }

  /** Whether clocks change within two days of this local day. */
  changesNear(day: number): boolean {
    return this.changes.some(({ at }) => Math.abs(at - day) <= 2 * dayMs);
  }
}
