/** A copy as a plan of retention names it. */
export interface PlannedCopy {
  /** `kind/account/region/id`, or what the copy's tags say where that is no resource. */
  readonly resource: string;
  readonly recoveryPoint: string;
  readonly place: string;
  /** The ARN of a snapshot, or `gs://bucket/prefix` of what lies in a bucket. */
  readonly id: string;
  /** When its data is from (ISO 8601, UTC); null where nothing tells. */
  readonly dataTime: string | null;
  /** What its tag `farcopy:delete-after` says; null where it has none. */
  readonly mark: string | null;
}

export interface KeptCopy {
  readonly copy: PlannedCopy;
  /** Every one of them keeps it. */
  readonly reasons: readonly string[];
}

export interface DoomedCopy {
  readonly copy: PlannedCopy;
  /** The rule that reaches back furthest, and why it lets go. */
  readonly rule: string;
  /** ISO 8601, UTC: nothing deletes it earlier. */
  readonly notBefore: string;
  /** Tells apart the policies by which copies go: {@link Mark.policy}. */
  readonly policy: string;
  /** Why only a person may let it go; null: a schedule may. */
  readonly brake: string | null;
}

/** A copy that retention neither counts nor deletes, or whose resource a brake keeps whole. */
export interface RefusedCopy {
  readonly copy: PlannedCopy;
  readonly why: string;
}

/** What retention would do with every copy of a fleet. */
export interface PrunePlan {
  readonly kept: readonly KeptCopy[];
  readonly doomed: readonly DoomedCopy[];
  readonly refused: readonly RefusedCopy[];
  /** Every {@link DoomedCopy.brake}, once each. */
  readonly brakes: readonly string[];
}
