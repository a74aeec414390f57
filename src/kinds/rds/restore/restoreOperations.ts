import { type CopyRef, type Scope } from '../../../core/catalogue/copy';
import { type DatabaseConfiguration, type ParameterGroup } from '../databaseConfiguration';
import { type ResourceRef } from '../../../core/resource';
import { type DatabaseSettings, type InstanceSettings, type Placement } from './planDatabase';

/**
 * Who has made something: the tags of a restore. What bears a wanted identifier is adopted, and removed, only if it carries
 * all of these.
 */
export type Ownership = Readonly<Record<string, string>>;

export interface StartRestoreRequest {
  readonly target: Scope;
  /** Identifier of the new database. */
  readonly id: string;
  /** In the target's region; where it belongs to another account, shared. */
  readonly source: CopyRef;
  readonly settings: DatabaseSettings;
  readonly placement: Placement;
  readonly ownership: Ownership;
}

export interface AddInstanceRequest {
  readonly target: Scope;
  /** The restored cluster. */
  readonly cluster: Pick<RestoredDatabase, 'id' | 'engine'>;
  readonly instance: InstanceSettings;
  readonly placement: Placement;
  readonly ownership: Ownership;
}

export type RestoreStatus = 'in-progress' | 'available' | 'no-capacity' | 'failed' | 'deleting';

export interface RestoredInstance {
  readonly id: string;
  readonly arn: string;
  readonly status: RestoreStatus;
  readonly rawStatus: string;
  readonly class: string;
  readonly zone: string | null;
  readonly endpoint: string | null;
  readonly writer: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** A restored cluster, or instance of its own, as its account describes it now. */
export interface RestoredDatabase {
  readonly id: string;
  readonly arn: string;
  readonly status: RestoreStatus;
  readonly rawStatus: string;
  readonly engine: string;
  readonly engineVersion: string | null;
  /** Null until AWS tells. */
  readonly endpoint: string | null;
  readonly readerEndpoint: string | null;
  readonly port: number | null;
  readonly databaseName: string | null;
  readonly masterUsername: string | null;
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Of a cluster; an instance of its own has none. */
  readonly instances: readonly RestoredInstance[];
  /** True for a cluster that needs instances to answer, and has none. */
  readonly storageOnly?: boolean;
}

/** What a restore wants to find in its target. */
export interface SurroundingsQuery {
  readonly database: string;
  readonly instances: readonly string[];
  readonly subnetGroup: string | null;
  /** By id, or by name within the VPC of the subnet group. */
  readonly securityGroups: readonly { readonly id: string; readonly name: string | null }[];
  readonly parameterGroups: readonly { readonly name: string; readonly of: ParameterGroupOwner }[];
  readonly optionGroup: string | null;
}

/** What of it is there. */
export interface Surroundings {
  /** Wanted identifiers that are taken. */
  readonly taken: readonly {
    readonly id: string;
    readonly arn: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  readonly subnetGroup: {
    readonly name: string;
    readonly vpc: string | null;
    readonly zones: readonly string[];
  } | null;
  /** The id that stands there for each wanted one, null where there is none. */
  readonly securityGroups: Readonly<Record<string, string | null>>;
  /** Names of those that are there. */
  readonly parameterGroups: readonly string[];
  readonly optionGroup: boolean;
}

/** Parameter groups of clusters and of instances are two things in RDS. */
export type ParameterGroupOwner = 'cluster' | 'instance';

/** A parameter group that someone has made. */
export interface FoundParameterGroup {
  readonly name: string;
  readonly of: ParameterGroupOwner;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes databases of copies. Every method may be called again at any time and throws failures of core/failure.ts only. */
export interface RestoreOperations {
  /** Whether an encrypted snapshot that another account shares can be restored as it is, and under another key. */
  readonly restoresShared: boolean;
  /** How a database is set up now; `NotFound` when it is gone. What cannot be read is named in `unread`. */
  describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<DatabaseConfiguration>;
  /** `Configuration` where there is no such subnet group; absent where restores need none. */
  requireSubnetGroup(name: string, scope: Scope, signal?: AbortSignal): Promise<void>;
  surroundings(query: SurroundingsQuery, scope: Scope, signal?: AbortSignal): Promise<Surroundings>;
  /** Done where there is one of that name. */
  createParameterGroup(
    group: ParameterGroup,
    of: ParameterGroupOwner,
    scope: Scope,
    ownership: Ownership,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Those of the kind's families, of clusters and of instances. */
  parameterGroups(scope: Scope, signal?: AbortSignal): AsyncIterable<FoundParameterGroup>;
  /**
   * Begins to make the database, or adopts what an earlier try has begun; `Conflict` where something else bears its
   * identifier: nothing is ever overwritten.
   */
  start(request: StartRestoreRequest, signal?: AbortSignal): Promise<RestoredDatabase>;
  /** The same for an instance of a restored cluster, once that is available. */
  addInstance(request: AddInstanceRequest, signal?: AbortSignal): Promise<RestoredInstance>;
  /** `NotFound` when it is gone. */
  progress(id: string, scope: Scope, signal?: AbortSignal): Promise<RestoredDatabase>;
  /** Settings that only an available database takes. Returns, in words for people, what could not be applied. */
  finish(id: string, scope: Scope, settings: DatabaseSettings, signal?: AbortSignal): Promise<readonly string[]>;
  /** Removes an instance that was never of use: of the owner only. */
  removeInstance(id: string, scope: Scope, ownership: Ownership, signal?: AbortSignal): Promise<void>;
  /**
   * Removes the database and its instances, without a final snapshot, if it is the owner's; else leaves it alone. Asked again
   * until nothing is left.
   *
   * @param protection whose deletion protection is, if it has any: `ours` is lifted; `theirs` says that someone wants to keep
   * it, which ends in `Conflict`, and nothing of it is removed
   * @returns what is still there, null for nothing
   */
  remove(
    id: string,
    scope: Scope,
    ownership: Ownership,
    protection: 'ours' | 'theirs',
    signal?: AbortSignal,
  ): Promise<string | null>;
  /** Done where there is none, or one of someone else. */
  removeParameterGroup(
    name: string,
    of: ParameterGroupOwner,
    scope: Scope,
    ownership: Ownership,
    signal?: AbortSignal,
  ): Promise<void>;
}
