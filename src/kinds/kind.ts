import { applicationFailure } from '../core/applicationFailure';
import { type CataloguedCopy } from '../core/catalogue/catalogue';
import { type DatabaseAccess } from '../core/catalogue/databaseAccess';
import { type RecoveryBundle } from '../core/catalogue/recoveryBundle';
import { type ScratchOwner } from '../core/drill/drillScratch';
import { failureTypes } from '../core/failure';
import { type RestoreOptions } from '../core/restore/restoreRequest';
import { type RestoredThing, type SqlEndpoint } from '../core/restore/restorePlan';
import { type DatabaseConnections } from '../postgres/databaseConnections';
import { type AwsAccess } from '../clouds/aws/awsAccess';
import { type AwsKeys } from '../clouds/aws/keys';
import { type Copy, type CopyRef, type RecoveryPointIdentity, type Scope } from '../core/catalogue/copy';
import { type Json, type Step, type StepInput } from '../core/steps/step';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../core/steps/stepResult';
import { type KindDescription, type Sighting } from '../core/kind';
import { type LimitName, type LimitOverride } from '../core/limits/limit';
import { type Resource, type ResourceRef, type SourceEncryption } from '../core/resource';

/** The way into the clouds that a fleet's roles give. */
export interface Clouds {
  readonly access: AwsAccess;
  readonly keys: AwsKeys;
}

/** One kind of resource: what it is, and how its operations are got. A kind is added by a folder and a line in the registry. */
export interface Kind {
  readonly description: KindDescription;
  readonly connect: (clouds: Clouds) => KindOperations;
}

/**
 * The operations of one kind. What a kind cannot do it does not have; general code asks for an ability by its presence.
 * Every method may be called again at any time, and throws failures of core/failure.ts only. Fakes and adapters pass one
 * conformance suite for each ability.
 */
export interface KindOperations {
  readonly description: KindDescription;
  /** Every resource of the kind, tags included: pages of one list call an account and region. */
  discover(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Resource[]>;
  /** `NotFound` when the resource is gone. */
  describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<Resource>;
  /** How storage under a key is encrypted: whether the key is AWS's own takes one more call, whose answer is remembered. */
  encryption(of: Pick<Resource, 'keyArn'>, scope: Scope): Promise<SourceEncryption>;
  /** What performs the steps of its plans, by their type. */
  readonly steps: Readonly<Record<string, Operation>>;
  /**
   * All operations that count against the limit in this place now, whoever started them: by the marker where it can be told,
   * else by whatever names them.
   */
  inFlight(scope: Scope, limit: LimitName, signal?: AbortSignal): Promise<readonly string[]>;
  /** Copies that are things of the service; absent where records in buckets speak alone. */
  readonly copies?: CopyOperations;
  /**
   * Everything that the service's own list shows, of this kind, of others, and of none: so that nothing is unprotected without a
   * word. One kind of a service has it, for all of them. Pages.
   */
  sightings?(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Sighting[]>;
  readonly restore?: RestoreAbility;
  readonly bundle?: BundleAbility;
  readonly leftovers?: LeftoverAbility;
  readonly sql?: SqlAbility;
}

/** One try of a step. */
export interface StepCall {
  readonly identity: RecoveryPointIdentity;
  readonly step: Step;
  /** {@link Step.input}, with the choice that is tried. */
  readonly input: StepInput;
  /** The copy that the step reads; null where it reads none. */
  readonly source: VerifiedCopy | null;
  /** What the steps came to that it stands behind, by their ids. */
  readonly results: Readonly<Record<string, StepResult>>;
  /** Tags of the restore that the step is part of: what it makes bears these, and what it adopts or removes must. */
  readonly ownership: Readonly<Record<string, string>> | null;
  /** By Temporal's clock, epoch milliseconds. */
  readonly now: number;
  /** When the first try was due, by the same clock: what a service shows late may still come for a while from then on. */
  readonly since: number;
  /**
   * Of an undoing: when the step first began in this execution, by the same clock. What was there before, another execution has made.
   * Absent where that is not known.
   */
  readonly begunAt?: number | undefined;
  /** Which try of the activity it is, from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** What has not ended: AWS's word, and its percentage where it tells one. */
export interface Unfinished {
  readonly id: string;
  readonly rawStatus: string;
  /** 0–100; null where the service tells none. */
  readonly percent: number | null;
  /** It hangs once it has stood still for as long as this; absent: only the step's deadline ends it. */
  readonly hangsAfterSeconds?: number;
}

/**
 * What a field of a step's input names. `key`: one of the step's own account · `export-bucket` and `export-role`: those of the
 * fleet file · `own-role`: a role of the step's own account · `shared-with`: the account that is let read something ·
 * `vault-account`: one that keeps copies · `connect`: how a tier's databases are connected to.
 */
export type NamedInInput =
  'key' | 'export-bucket' | 'export-role' | 'own-role' | 'shared-with' | 'vault-account' | 'connect';

/** What performs a type of step. */
export interface Operation {
  /**
   * Every field of its input that names something in a cloud, by its path: `key`, `settings.roles.*.arn`. Before anything is
   * called, Farcopy holds them against the fleet file: a plan is a message, and anybody may have written it.
   */
  readonly names: Readonly<Record<string, NamedInInput>>;
  /**
   * Finds by the marker what an earlier try has made, or makes it: a lost answer never makes twins. `Conflict` where something
   * else bears the marker; `NoCapacity` and `Unfit` where another choice may do.
   */
  start(call: StepCall): Promise<StepStarted>;
  /** How far it is, or the proof of what it made. `NotFound` when it is gone; `OperationFailed`, `NoCapacity`. */
  look?(call: StepCall, handle: CopyRef): Promise<Unfinished | StepResult>;
  /**
   * Takes back what the step has made or half made; done where there is nothing, and where what is there is whole and was not
   * temporary. `NotReady` until it is gone. Absent where there is nothing to take back.
   *
   * @param handle null where no answer of the start has come: the marker tells
   * @param cancelled someone has given the step up: what is whole, was never proven and was made since {@link StepCall.begunAt} goes too
   */
  undo?(call: StepCall, handle: CopyRef | null, cancelled?: boolean): Promise<void>;
}

/** What names a copy within a scope. */
export type CopyName = Pick<CopyRef, 'id'>;

export interface SnapshotRequest {
  readonly resource: ResourceRef;
  readonly marker: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface CopyRequest {
  readonly source: CopyRef;
  /** Where the copy ends; the call is made there, by that account (pull). */
  readonly target: Scope;
  readonly marker: string;
  /** Key of the target's account and region (alias, id or ARN), null to send none. */
  readonly key: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Copies that the service itself keeps. src/kinds/steps makes the steps `snapshot`, `copy` and `share` of these. */
export interface CopyOperations {
  /** Adopts what bears the marker, if its origin and our tags match, and throws `Conflict` otherwise. */
  snapshot(request: SnapshotRequest, signal?: AbortSignal): Promise<Copy>;
  copy(request: CopyRequest, signal?: AbortSignal): Promise<Copy>;
  /** How far it is. `NotFound` when it is gone. */
  progress(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<Copy>;
  /** What bears the marker, null for nothing. */
  find(marker: string, scope: Scope, signal?: AbortSignal): Promise<Copy | null>;
  /** Removes what has not ended or has failed; done when nothing is left. Never touches what is available. */
  cancel(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void>;
  /** Adds tags, overwriting equal keys. */
  tag(copy: CopyRef, scope: Scope, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** Idempotent: a copy that is gone is deleted. */
  delete(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void>;
  /** How full the stock of the scope is. Absent where the service does not tell. */
  stock?(scope: Scope, signal?: AbortSignal): Promise<StockLevel>;
  /** Every copy in the scope with its tags, ours and others': the catalogue filters by tags. Pages. */
  list(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Copy[]>;
  /** Absent where the service cannot let another account read a copy. */
  readonly sharing?: Sharing;
}

/** Copies that an account keeps in a region, and how many it may. */
export interface StockLevel {
  readonly used: number;
  readonly capacity: number;
}

export interface Sharing {
  /** Lets `account` read the copy. Idempotent. */
  share(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Takes that back. Idempotent; a copy that is gone is not shared any more. */
  unshare(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Accounts that may read the copy; none of one that is gone. */
  sharedWith(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<readonly string[]>;
}

/** How a kind brings a copy back. */
export interface RestoreAbility {
  /** What a drill asks for besides: no more than proves that the data comes back. */
  readonly scratchOptions: RestoreOptions;
  /** What must be there before a restore with such options can begin: `check` looks for it. Absent where nothing must. */
  readonly preflight?: (options: RestoreOptions) => readonly Preflight[];
  /** How a resource is set up now; `NotFound` when it is gone. */
  configuration(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<Json>;
  /**
   * Looks at the target and plans the steps there: nothing is created.
   *
   * @throws ApplicationFailure `InvalidInput`, `Conflict` (a taken name) or `Configuration`, each telling what to do.
   */
  plan(circumstances: RestoreCircumstances, signal?: AbortSignal): Promise<RestoredThing>;
}

/** Something that a restore wants to find in its target. */
export interface Preflight {
  /** `subnet group db`. */
  readonly what: string;
  /** Throws where it is not there. */
  look(scope: Scope, signal?: AbortSignal): Promise<void>;
}

export interface RestoreCircumstances {
  readonly fleet: string;
  readonly resource: ResourceRef;
  readonly copy: CataloguedCopy;
  readonly target: Scope;
  /** Identifier of what is made. */
  readonly id: string;
  readonly options: RestoreOptions;
  /** Tags beside those of the old one. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whose scratch thing it is, null where it is none. */
  readonly drill: ScratchOwner | null;
  /** Tags of this restore: what bears them already is no obstacle. */
  readonly ownership: Readonly<Record<string, string>>;
  /** As {@link RestoreAbility.configuration} told it once, null where nothing is known of the old one but its data. */
  readonly configuration: Json | null;
  readonly keys: RestoreKeys;
  /** Accounts to which everything is shared anyway. */
  readonly vaultAccounts: readonly string[];
  readonly limits: readonly LimitOverride[];
}

/** Aliases, ids or ARNs, of the fleet file. */
export interface RestoreKeys {
  /** The one that was asked for, in the target. */
  readonly asked: string | null;
  /** The target account's, where it is a vault's. */
  readonly ofTarget: string | null;
  /** A key of the copy's own account that others may be let use. */
  readonly ofCopy: string | null;
  /** The fleet file's `shareableKey`, of accounts whose resources are protected. */
  readonly shareable: string | null;
}

/** What a kind writes beside copies in buckets, which say nothing of how a resource was set up. */
export interface BundleAbility {
  /** Null where the resource is gone. */
  collect(
    resource: ResourceRef,
    home: Scope,
    connect: DatabaseAccess | null,
    attempt: number,
    signal: AbortSignal,
  ): Promise<CollectedBundle | null>;
  /** Whether one that was written before lacks nothing that could be read now. */
  isWhole(bundle: RecoveryBundle, connect: DatabaseAccess | null): boolean;
}

export interface CollectedBundle extends Pick<RecoveryBundle, 'configuration' | 'schemas' | 'unread'> {
  /** What could not be read though it was to be, in words for people. */
  readonly notes: readonly string[];
}

/** What drills leave behind in a scratch account when nobody tears them down. */
export interface LeftoverAbility {
  /** Everything in the scope that bears tags, whoever made it: the sweeper decides by them. */
  list(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly TaggedThing[]>;
  /** Whether someone protects it from deletion. */
  isProtected(thing: ThingRef, scope: Scope, signal?: AbortSignal): Promise<boolean>;
  /** Removes it if it bears all the tags; `NotReady` until it is gone. What someone protects from deletion stays: `Conflict`. */
  remove(
    thing: ThingRef,
    scope: Scope,
    ownership: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<void>;
}

/** Names a thing of a kind: `database`, `parameter-group`. */
export interface ThingRef {
  readonly type: string;
  readonly id: string;
}

export interface TaggedThing extends ThingRef {
  readonly tags: Readonly<Record<string, string>>;
  /** For people. */
  readonly title: string;
  /** True for what a restore makes under its own name: its tag names that restore. */
  readonly isRestored: boolean;
}

/** How a kind's restored resource is connected to. */
export interface SqlAbility {
  /** An open session, which the caller ends; the signal ends it too, whatever it is doing. */
  readonly connections: DatabaseConnections;
  /** Where a restored resource listens now, as its service tells it. `NotFound` where there is none. */
  locate(id: string, scope: Scope, signal?: AbortSignal): Promise<Located>;
}

export interface Located {
  /** Null where it names no endpoint. */
  readonly sql: SqlEndpoint | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The kinds of a fleet with their operations. */
export class ConnectedKinds {
  private readonly byName: ReadonlyMap<string, KindOperations>;

  constructor(readonly all: readonly KindOperations[]) {
    this.byName = new Map(all.map((kind) => [kind.description.name, kind]));
  }

  /** @throws ApplicationFailure `InvalidInput` for a kind that there is not. */
  of(kind: string): KindOperations {
    const found = this.byName.get(kind);
    if (found !== undefined) return found;
    const known = [...this.byName.keys()].join(', ');
    throw applicationFailure(failureTypes.invalidInput, `there is no kind of resource ${kind}; there are ${known}`);
  }

  /** The copies of a kind that keeps them in its service. */
  copiesOf(kind: string): CopyOperations {
    const { copies } = this.of(kind);
    if (copies !== undefined) return copies;
    throw applicationFailure(failureTypes.invalidInput, `${kind}: its service keeps no copies, they lie in buckets`);
  }

  sqlOf(kind: string): SqlAbility {
    const { sql } = this.of(kind);
    if (sql !== undefined) return sql;
    throw applicationFailure(failureTypes.invalidInput, `${kind}: what is restored of it answers no SQL`);
  }

  restoreOf(kind: string): RestoreAbility {
    const { restore } = this.of(kind);
    if (restore !== undefined) return restore;
    throw applicationFailure(
      failureTypes.invalidInput,
      `${kind}: no service makes one of its copies again; what lies in buckets can be read there as it is`,
    );
  }
}
