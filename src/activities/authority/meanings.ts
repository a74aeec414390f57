import { type NamedInInput } from '../../kinds/kind';

/** What a field may mean. src/activities/authority/authority.ts has the rule of each. */
export type Meaning =
  /** The name of the worker's own fleet. */
  | 'fleet'
  /** An account, a region, and the role that opens it, for a backup. */
  | 'scope'
  /** The same of a step: one of a restore may also work where restores lead to. */
  | 'scope-of-step'
  /** The same of a look at what restores have left behind. */
  | 'any-scope'
  /** An account and a region whose resources are protected. */
  | 'home'
  /** A resource of such a place. */
  | 'resource'
  /** The resource of a step: a restore's may be of an account that is gone. */
  | 'resource-of-step'
  /** Whatever the kind's operation says of its input (`Operation.names`). */
  | 'input-of-step'
  /** The same of what is taken back: whoever was let read something may always be kept from it. */
  | 'input-of-undo'
  /** A copy in a place of the fleet. */
  | 'copy'
  /** A limit, with the role that looks at it. */
  | 'limit'
  /** `account/region` that a restore may lead to. */
  | 'restore-target'
  /** A key that somebody wishes for. */
  | 'asked-key'
  /** Where a drill of the fleet file restores to. */
  | 'drill-target'
  /** What such a drill has restored, and how it is logged in to. */
  | 'drilled-database'
  /** Checks of drills of the fleet file: they are SQL. */
  | 'checks'
  /** A server of PostgreSQL, with its secret. */
  | 'server'
  /** The name of a drill's scratch database. */
  | 'scratch-name'
  /** A place that is swept, or something that is left there. */
  | 'swept'
  | 'vault-bucket'
  /** Where the objects of a recovery point lie in its bucket. */
  | 'data-prefix'
  /** The lock of what is written to a vault's bucket. */
  | 'lock'
  /** It is shown, or compared, or asked of Temporal, and opens nothing. */
  | 'told'
  | NamedInInput;
