import { type AwsAccess } from '../clouds/aws/awsAccess';
import { type AwsKeys } from '../clouds/aws/keys';
import { type Copy, type CopyRef, type RecoveryPointIdentity, type Scope } from '../core/catalogue/copy';
import { type Json, type Step, type StepInput } from '../core/steps/step';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../core/steps/stepResult';
import { type KindDescription } from '../core/kind';
import { type LimitName } from '../core/limits/limit';
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
  readonly restore?: RestoreAbility;
}

/** One try of a step. */
export interface StepCall {
  readonly identity: RecoveryPointIdentity;
  readonly step: Step;
  /** {@link Step.input}, with the choice that is tried. */
  readonly input: StepInput;
  /** The copy that the step reads; null where it reads none. */
  readonly source: VerifiedCopy | null;
  /** Tags of the restore that the step is part of: what it makes bears these, and what it adopts or removes must. */
  readonly ownership: Readonly<Record<string, string>> | null;
  readonly signal: AbortSignal;
}

/** What has not ended: AWS's word, and its percentage where it tells one. */
export interface Unfinished {
  readonly id: string;
  readonly rawStatus: string;
  /** 0–100; null where the service tells none. */
  readonly percent: number | null;
}

/** What performs a type of step. */
export interface Operation {
  /**
   * Finds by the marker what an earlier try has made, or makes it: a lost answer never makes twins. `Conflict` where something
   * else bears the marker; `NoCapacity` and `Unfit` where another choice may do.
   */
  start(call: StepCall): Promise<StepStarted>;
  /** How far it is, or the proof of what it made. `NotFound` when it is gone; `OperationFailed`, `NoCapacity`. */
  look?(call: StepCall, handle: CopyRef): Promise<Unfinished | StepResult>;
  /**
   * Takes back what the step has made or half made; done where there is nothing, and where what is there is proven and was not
   * temporary. `NotReady` until it is gone. Absent where there is nothing to take back.
   *
   * @param handle null where no answer of the start has come: the marker tells
   */
  undo?(call: StepCall, handle: CopyRef | null): Promise<void>;
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
  /** Every copy in the scope with its tags, ours and others': the catalogue filters by tags. Pages. */
  list(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Copy[]>;
  /** Absent where the service cannot let another account read a copy. */
  readonly sharing?: Sharing;
}

export interface Sharing {
  /** Lets `account` read the copy. Idempotent. */
  share(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Takes that back. Idempotent; a copy that is gone is not shared any more. */
  unshare(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Accounts that may read the copy; none of one that is gone. */
  sharedWith(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<readonly string[]>;
}

/** Placeholder until restores are planned by kinds. */
export interface RestoreAbility {
  readonly options: Json;
}
