import { type Access } from '../catalogue/copy';
import { type ResourceRef } from '../resource';

/** Somebody waits for their data: a restore goes before every backup, however old that is. */
export const urgentPriority = 0;

/** A request for the right to have one operation in flight. */
export interface PermitRequest {
  /** `{workflow id}#{step}#{run id}#{attempt}`: asking twice with one id is asking once. */
  readonly requestId: string;
  readonly holderWorkflowId: string;
  readonly holderRunId: string;
  /** What the operation is about, for people. */
  readonly resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;
  /** Identifier of the snapshot the operation makes: how it is told from foreign work in AWS. */
  readonly operationId: string;
  /** Task queue whose workers know the roles of this account. */
  readonly taskQueue: string;
  /** Which role opens the account the limit belongs to. */
  readonly access: Access;
  /** 1 (first) to 5 (last); {@link urgentPriority}. */
  readonly priority: number;
  /** Longest remaining path of the plan, in seconds, this step included. */
  readonly remainingSeconds: number;
  /** What the fleet file says the limit is; the latest request's word counts. */
  readonly capacity: number;
  /** How often the queue looks for foreign and finished work while someone waits, in seconds. */
  readonly observeSeconds: number;
  /** When the workflow that asks began, epoch milliseconds, its pauses left out: it ages from then on, so that a round ages as one. */
  readonly since: number;
}

/** What is kept of a request. */
export interface Waiter extends Pick<
  PermitRequest,
  'requestId' | 'holderWorkflowId' | 'holderRunId' | 'resource' | 'operationId' | 'priority' | 'remainingSeconds'
> {
  /** When the workflow that asked began. */
  readonly begunAt: number;
  /** Whoever asked knows that it waits. */
  readonly told: boolean;
}

export interface Holder extends Waiter {
  readonly grantedAt: number;
}
