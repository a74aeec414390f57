import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type Copy, type CopyRef, type Scope } from '../core/catalogue/copy';
import { type LimitName } from '../core/limits/limit';
import { type Resource, type ResourceKind, type ResourceRef, type SourceEncryption } from '../core/resource';
import { type RouteCapabilities } from '../core/backup/route';
import { type ExportOperations } from './exportOperations';
import { type RestoreOperations } from './restoreOperations';

export interface SnapshotRequest {
  readonly resource: ResourceRef;
  /** Identifier of the snapshot to make: deterministic, so that a second try finds the first one's. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface CopyRequest {
  readonly source: CopyRef;
  /** Where the copy ends; the call is made there, by that account (pull). */
  readonly target: Scope;
  readonly id: string;
  /** Key of the target's account and region (alias, id or ARN), null to send none. */
  readonly key: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The kinds of a fleet with their operations. */
export class ConnectedKinds {
  private readonly byName: ReadonlyMap<string, ResourceProvider>;

  constructor(readonly all: readonly ResourceProvider[]) {
    this.byName = new Map(all.map((kind) => [kind.kind, kind]));
  }

  /** @throws ApplicationFailure `InvalidInput` for a kind that there is not. */
  of(kind: ResourceKind): ResourceProvider {
    const found = this.byName.get(kind);
    if (found !== undefined) return found;
    const known = [...this.byName.keys()].join(', ');
    throw applicationFailure(failureTypes.invalidInput, `there is no kind of resource ${kind}; there are ${known}`);
  }
}

/** What names a copy within a scope: where something may have been started, its identifier is all that is known. */
export type CopyName = Pick<CopyRef, 'id'>;

/**
 * A slow operation of AWS. `start` is idempotent: it adopts what carries the deterministic id, if its source and our
 * tags match, and throws `Conflict` otherwise. Every method throws failures of core/failure.ts only.
 */
export interface Operation<Request> {
  start(request: Request, signal?: AbortSignal): Promise<Copy>;
  /** How far it is. `NotFound` when it is gone. */
  progress(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<Copy>;
  /** Removes what the operation has made so far; done when nothing is left. Never touches what is available. */
  cancel(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void>;
}

/** One resource kind. The in-memory fake and the adapters to AWS pass one conformance suite. */
export interface ResourceProvider {
  readonly kind: ResourceKind;
  readonly capabilities: RouteCapabilities;
  /** Every resource of the kind, tags included: pages of one list call per account and region. */
  discover(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Resource[]>;
  /** `NotFound` when the resource is gone. */
  describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<Resource>;
  /** How storage under a key is encrypted: whether the key is AWS's own takes one more call, whose answer is remembered. */
  encryption(of: Pick<Resource, 'keyArn'>, scope: Scope): Promise<SourceEncryption>;
  readonly snapshot: Operation<SnapshotRequest>;
  readonly copy: Operation<CopyRequest>;
  /** Lets `account` read the copy. Idempotent. */
  share(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Takes that back. Idempotent; a copy that is gone is not shared any more. */
  unshare(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void>;
  /** Accounts that may read the copy; none of one that is gone. */
  sharedWith(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<readonly string[]>;
  /** Adds tags, overwriting equal keys. */
  tag(copy: CopyRef, scope: Scope, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** Idempotent: a copy that is gone is deleted. */
  delete(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void>;
  /** Every manual copy in the scope with its tags, ours and others': the catalogue filters by tags. Pages. */
  listCopies(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Copy[]>;
  readonly restore: RestoreOperations;
  /** Where the data service can write snapshots to a bucket. */
  readonly exports?: ExportOperations;
  /** ARNs of all operations that count against the limit in this place now, whoever started them. */
  inFlight(scope: Scope, limit: LimitName, signal?: AbortSignal): Promise<readonly string[]>;
}
