import { type Found, type Leftover, type SweepPlace, type SweepPlan } from '../../core/sweep/sweep';

/** What `sweepRestores` calls. Every one may be tried again at any time. */
export interface SweepActivities {
  planSweep(): Promise<SweepPlan>;
  /** What there is for the sake of a run, by tags, comments, and the plans of restores. */
  findLeftovers(place: SweepPlace): Promise<Found>;
  /** Fails with `NotReady` until it is gone. What is not the run's any more is left alone. */
  removeLeftover(leftover: Leftover): Promise<void>;
}
