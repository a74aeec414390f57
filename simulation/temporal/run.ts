import { type Payload } from '@temporalio/common';
import { type Scheduled } from '../virtualTime';
import { type PendingActivity } from './pendingActivity';
import { type Failure } from './payloads';
import { type Activation, type Command, type Job, type WorkflowVm } from './workflowVm';

export type Status = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TERMINATED' | 'CONTINUED_AS_NEW' | 'TIMED_OUT';

/** Who started a run as a child, and by which command. */
export interface Parent {
  readonly run: Run;
  readonly seq: number;
  readonly closePolicy: 'ABANDON' | 'TERMINATE' | 'REQUEST_CANCEL';
}

export interface Child {
  readonly workflowId: string;
  readonly type: string;
  readonly waitsForCancellation: boolean;
  /** Until it has been started. */
  run: Run | null;
  hasEnded: boolean;
}

export interface Update {
  readonly id: string;
  readonly name: string;
  readonly input: Payload[];
  isDelivered: boolean;
  readonly settle: (outcome: UpdateOutcome) => void;
}

export type UpdateOutcome =
  { readonly completed: Payload | null } | { readonly rejected: Failure } | { readonly gone: 'closed' };

export interface StartOptions {
  readonly workflowId: string;
  readonly type: string;
  readonly taskQueue: string;
  readonly args: Payload[];
  readonly searchAttributes?: Record<string, Payload>;
  readonly parent?: Parent | undefined;
}

/** What was worked on, so that another worker can replay it. */
interface Worked {
  readonly activation: Activation;
  readonly commands: readonly Command[];
}

/** One run of a workflow, as the server and the workers know it. */
export class Run {
  status: Status = 'RUNNING';
  closedAt: number | null = null;
  result: Payload | null = null;
  failure: Failure | null = null;
  next: Run | null = null;
  isCancelRequested = false;

  /** Its place on a worker; gone when that is. */
  vm: WorkflowVm | null = null;
  readonly worked: Worked[] = [];
  flags: readonly number[] = [];
  /** What has come and no workflow task has taken yet. */
  jobs: Job[] = [];
  task: 'none' | 'scheduled' | 'started' = 'none';
  failedTasks = 0;

  readonly timers = new Map<number, Scheduled>();
  readonly activities = new Map<number, PendingActivity>();
  readonly children = new Map<number, Child>();
  readonly updates = new Map<string, Update>();
  readonly searchAttributes: Record<string, Payload>;
  pendingSignals = 0;

  events = 1;
  bytes = 0;
  signals = 0;
  updatesTaken = 0;
  /** Tries of activities after their first ones. */
  retries = 0;
  /** Told once of each limit. */
  readonly told = new Set<string>();

  constructor(
    readonly runId: string,
    readonly firstRunId: string,
    readonly continuedFrom: string | null,
    readonly startedAt: number,
    readonly options: StartOptions,
  ) {
    this.searchAttributes = { ...options.searchAttributes };
  }

  get workflowId(): string {
    return this.options.workflowId;
  }

  get type(): string {
    return this.options.type;
  }

  get isOpen(): boolean {
    return this.status === 'RUNNING';
  }
}
