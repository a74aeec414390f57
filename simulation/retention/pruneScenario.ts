import { type Retention } from '../../src/core/backup/policy';
import { type Crew } from '../workers';

/** What the fleet file says of the copies of a tier. */
export type WrittenRetention = Retention & { readonly places?: Readonly<Record<string, Retention>> };

/** What the fleet file says of retention, at first and once somebody has changed it. */
export interface WrittenRules {
  /** By the tier. */
  readonly retention: Readonly<Record<string, WrittenRetention>>;
  readonly timezone: string;
  readonly retired: { readonly after: string; readonly retention: Retention } | null;
}

/** What a scenario has in which copies are pruned. */
export interface PruneScenario {
  readonly rules: WrittenRules;
  readonly changed: WrittenRules;
  /** Each resource has a recovery point of each of so many days before the beginning. */
  readonly daysBefore: number;
  /** When the schedule of the pruning fires, in seconds. */
  readonly runs: readonly number[];
}

/** What befalls fleets that are pruned, beside everything else. */
export type PruneHappening =
  /** Somebody holds a recovery point, a marked one where there is one, and releases it after a while. */
  | { readonly what: 'hold'; readonly seconds: number }
  | {
      readonly what: 'retention-worker-lost';
      readonly crew: Crew;
      readonly seconds: number;
      readonly skewSeconds: number;
    }
  /** The fleet file is changed, and processes get it one after the other, or it is put back. */
  | { readonly what: 'fleet-file-changed'; readonly to: 'rules' | 'changed'; readonly lagSeconds: number }
  /** A snapshot of somebody else's bears the tags of a copy. */
  | { readonly what: 'copied-tags' }
  /** AWS's own clock is off. */
  | { readonly what: 'cloud-clock'; readonly seconds: number; readonly skewSeconds: number }
  /** A person looks at what brakes hold, and lets it go. */
  | { readonly what: 'approval' }
  | { readonly what: 'prune-cancelled' | 'prune-asked' }
  /** Somebody restores an old recovery point, a marked one where there is one. */
  | { readonly what: 'old-restore' }
  /** Somebody deletes the newest copy of a resource in a vault. */
  | { readonly what: 'newest-deleted' }
  | { readonly what: 'tier-changed' }
  /** A database is deleted, and another one gets its name. */
  | { readonly what: 'made-again'; readonly seconds: number };
