import { type ActivityFunctions } from './temporal/activityService';

/** A bug that is put into the code on purpose, to see whether the simulation finds it. */
export interface Plant {
  readonly name: string;
  /** For people: what is wrong then. */
  readonly title: string;
  /** Changes the workflows' bundle. Throws where it no longer applies. */
  readonly bundle?: (code: string) => string;
  /** Changes what the workers' processes run. */
  readonly activities?: (activities: ActivityFunctions) => ActivityFunctions;
  /** Changes classes that activities use; returns what puts them back. */
  readonly apply?: () => () => void;
}
