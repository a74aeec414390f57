import { type Scope } from '../catalogue/copy';
import { type LimitRef } from '../limits/limit';

/** Plain data, as a payload carries it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };
export type StepInput = { readonly [name: string]: Json | undefined };

/** A service limit with the number of operations that may be in flight under it. */
export interface StepLimit extends LimitRef {
  readonly capacity: number;
}

/**
 * How the end of a step counts: a `place` of the route must have its copy; a `part` belongs to the whole, which is incomplete
 * without it; a `note` is told and changes nothing; what is `on-the-way` counts by what depends on it.
 */
export type StepCounts = 'place' | 'part' | 'note' | 'on-the-way';

/**
 * One operation of a plan, as data: planned in an activity by a kind, walked by a workflow that knows no kind. Steps form a
 * graph; those that do not depend on each other run side by side.
 */
export interface Step {
  /** Unique in its plan: `snapshot`, `share:secure`, `copy:secure`, `export:other-cloud`, `database`. */
  readonly id: string;
  /** Names the kind's operation that performs it; `transfer` is performed by a workflow of its own. */
  readonly type: string;
  /** Ids of the steps that must be done before this one starts. */
  readonly after: readonly string[];
  /** Ids of the steps that must have ended, well or not. */
  readonly behind: readonly string[];
  /** Id of the step whose copy this one reads; null: it reads none, or the one that the plan begins with. */
  readonly reads: string | null;
  /** The place that its copy fills; null where it makes none. */
  readonly place: string | null;
  /** Where it works, and under which role. */
  readonly scope: Scope;
  /**
   * Deterministic, and carried by what the step makes as its name, a tag or a token, as the service allows: by it a second try
   * finds what the first has made.
   */
  readonly marker: string;
  /** The service limit it runs under, null where there is none. */
  readonly limit: StepLimit | null;
  /** A first guess of how long it takes, until its lifecycle has learnt better. */
  readonly expects: { readonly seconds: number; readonly secondsPerGiB: number };
  /** How long one try of its start may take, in seconds; above a minute it beats. */
  readonly startSeconds: number;
  /** How long its start is tried: for as long as an outage of a region lasts. */
  readonly giveUpSeconds: number;
  /** Undone once nothing reads it any more. */
  readonly temporary: boolean;
  /** Its copy is safe from the loss of what it was made of: with one such copy, a recovery point has not failed. */
  readonly protects: boolean;
  readonly counts: StepCounts;
  /** For the kind's operation. */
  readonly input: StepInput;
  /** Inputs of which one will do, tried in order while the service has no capacity; none: {@link input} is all. */
  readonly choices: readonly StepChoice[];
}

export interface StepChoice {
  /** For people: `as db.r6g.large in eu-west-1a`; empty where there is nothing to choose. */
  readonly label: string;
  readonly input: StepInput;
}

/** A step without what most steps do not have. */
export function step(given: Pick<Step, 'id' | 'type' | 'scope' | 'marker' | 'expects'> & Partial<Step>): Step {
  return {
    after: [],
    behind: [],
    reads: null,
    place: null,
    limit: null,
    startSeconds: 50,
    giveUpSeconds: 24 * 3600,
    temporary: false,
    protects: false,
    counts: 'on-the-way',
    input: {},
    choices: [],
    ...given,
  };
}
