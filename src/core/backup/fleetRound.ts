import { type FleetScope } from '../fleetScope';
import { scheduledTimeLabel } from '../naming';
import { type Notification } from '../notification';
import { type ResourceKind, type ResourceRef } from '../resource';
import { type VisibleState } from '../searchAttributes';
import { notOfTheFuture, type RequestAnswer } from './lifecycle';
import { hasCurrentCopies, type RecoveryPointState } from './recoveryPointResult';
import { markdown } from '../markdown';

/** Input of the workflow `fleetBackup`. */
export interface FleetBackupInput {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  /** How often outcomes are looked for, in seconds. */
  readonly pollSeconds: number;
}

/** How a round ended. */
export interface FleetBackupSummary {
  readonly state: 'completed' | 'partially-failed' | 'failed';
  readonly fleet: string;
  readonly tier: string;
  readonly scheduledTime: string;
  /** How many resources of the tier there are, and what became of their recovery points. */
  readonly resources: number;
  readonly completed: number;
  readonly partiallyFailed: number;
  readonly failed: number;
  /** Paused or retired: nothing was to be done. */
  readonly skipped: number;
  /** At rest: the last copies are still current. Counted as completed too. */
  readonly unchanged: number;
  /** The first hundred that did not complete. */
  readonly problems: readonly RoundProblem[];
  /** Resources that no rule of the fleet file can reach: how many, and the first of them in words. */
  readonly unprotected: { readonly count: number; readonly first: readonly string[] };
}

export interface RoundProblem {
  /** An ARN; or the account, the kind or the fleet that could not be read. */
  readonly resource: string;
  readonly message: string;
}

/** A resource that matches a selection but no tier, and the like; or, without one, a kind that could not be listed. */
export interface DiscoveryProblem {
  readonly resource: ResourceRef | null;
  readonly kind: ResourceKind;
  readonly message: string;
}

export interface DiscoveredPage {
  readonly resources: readonly ResourceRef[];
  /** Counted as failed. */
  readonly problems: readonly DiscoveryProblem[];
  /** Resources of the account and region that no rule can reach; with the first page only. */
  readonly unprotected: { readonly count: number; readonly first: readonly string[] };
  /** The last id of this page where there are more, to ask for the next. */
  readonly next: string | null;
}

export interface ResourceAnswer extends RequestAnswer {
  readonly resource: ResourceRef;
  /** Set where the request could not be made at all. */
  readonly error: string | null;
}

export interface PendingOutcome {
  readonly resource: ResourceRef;
  readonly scheduledTime: string;
}

/** `unknown`: its lifecycle ended before it. */
export interface ResourceOutcome extends PendingOutcome {
  readonly state: RecoveryPointState | 'unknown';
  readonly reason: string | null;
}

/**
 * So many resources of a round are asked at once, and then so many in a second. Each recovery point goes through a dozen tasks of its
 * workflow: where 800 begin together, some wait longer for their worker than Temporal's ten seconds. A snapshot takes minutes.
 */
const asked = { atOnce: 100, perSecond: 8 } as const;

const mostProblems = 100;
/** Of one round, in words: a payload is small. */
const mostUnprotected = 50;

/** Keeps the books of one round of a tier. It knows nothing of Temporal; the workflow `fleetBackup` hands in what it hears. */
export class FleetRound {
  private readonly count = { resources: 0, completed: 0, partiallyFailed: 0, failed: 0, skipped: 0, unchanged: 0 };
  private readonly unprotected = { count: 0, first: [] as string[] };
  private readonly problems: RoundProblem[] = [];
  /** When all have been asked that were let pass, one after another: epoch milliseconds. */
  private askedBy = 0;

  constructor(
    private readonly input: Pick<FleetBackupInput, 'fleet' | 'tier'>,
    readonly scheduledTime: string,
  ) {}

  discovered({ account, region }: FleetScope, { resources, problems, unprotected }: DiscoveredPage): void {
    this.unprotected.count += unprotected.count;
    this.unprotected.first.push(...unprotected.first.slice(0, mostUnprotected - this.unprotected.first.length));
    this.count.resources += resources.length + problems.filter(({ resource }) => resource !== null).length;
    for (const { resource, kind, message } of problems)
      this.failed([resource?.arn ?? `${kind} in ${account}/${region}`], message);
  }

  /** Lets so many resources be asked; how long they wait for that, in milliseconds. */
  letPass(resources: number, now: number): number {
    const from = Math.max(this.askedBy, now - (1000 * asked.atOnce) / asked.perSecond);
    this.askedBy = from + (1000 * resources) / asked.perSecond;
    return Math.max(0, Math.ceil(from - now));
  }

  /** Takes in what lifecycles answered. Returns the recovery points whose outcomes are to be waited for. */
  answered(answers: readonly ResourceAnswer[]): PendingOutcome[] {
    return answers.flatMap(({ resource, scheduledTime, disposition, error }) => {
      if (scheduledTime !== null && disposition !== 'done') return [{ resource, scheduledTime }];
      if (scheduledTime !== null) this.count.completed += 1;
      else if (error === null) this.count.skipped += 1;
      else this.failed([resource.arn], error);
      return [];
    });
  }

  ended(outcomes: readonly ResourceOutcome[]): void {
    for (const { resource, state, reason } of outcomes) {
      this.count[counts(state)] += 1;
      if (state === 'unchanged') this.count.unchanged += 1;
      if (state !== 'completed' || reason !== null) this.tell(resource.arn, reason ?? state);
    }
  }

  /** These come to nothing: ARNs, or what could not be read. */
  failed(resources: readonly string[], message: string): void {
    this.count.failed += resources.length;
    for (const resource of resources) this.tell(resource, message);
  }

  get summary(): FleetBackupSummary {
    const { fleet, tier } = this.input;
    const { completed, partiallyFailed, failed } = this.count;
    const state =
      failed + partiallyFailed === 0 ? 'completed' : completed + partiallyFailed === 0 ? 'failed' : 'partially-failed';
    return {
      state,
      fleet,
      tier,
      scheduledTime: this.scheduledTime,
      ...this.count,
      problems: this.problems,
      unprotected: this.unprotected,
    };
  }

  get visibleState(): VisibleState {
    return ({ completed: 'Completed', 'partially-failed': 'PartiallyFailed', failed: 'Failed' } as const)[
      this.summary.state
    ];
  }

  /** The resources that did not complete, and why; empty where all did. */
  get reason(): string {
    return this.problems.map(({ resource, message }) => `${resource}: ${message}`).join('; ');
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  get lines(): string[] {
    const { completed, resources } = this.count;
    return [
      markdown`**${completed} of ${resources}** completed, ${this.rest}`,
      ...this.problems.map(({ resource, message }) => markdown`- ${resource}: ${message}`),
      ...this.unprotectedLines.map((line) => markdown`- ${line}`),
    ];
  }

  get notification(): Notification {
    const { fleet, tier } = this.input;
    const { completed, resources } = this.count;
    const { reason } = this;
    const { state } = this.summary;
    return {
      fleet,
      event: 'fleet-backup-ended',
      key: `round/${tier}`,
      asOf: this.scheduledTime,
      state: state === 'completed' ? 'resolved' : 'open',
      size: this.count.partiallyFailed + this.count.failed + this.count.skipped,
      subject: `fleet ${fleet}, tier ${tier}, ${this.scheduledTime}: ${state}`,
      message: [
        `${completed} of ${resources} completed, ${this.rest}`,
        ...(reason === '' ? [] : [reason]),
        ...this.unprotectedLines,
      ].join('\n'),
    };
  }

  private get unprotectedLines(): readonly string[] {
    const { count, first } = this.unprotected;
    return count > first.length ? [...first, `and ${count - first.length} more are not protected`] : first;
  }

  private get rest(): string {
    const { partiallyFailed, failed, skipped, unchanged } = this.count;
    const atRest = unchanged === 0 ? '' : `, ${unchanged} unchanged`;
    return `${partiallyFailed} partially failed, ${failed} failed, ${skipped} skipped${atRest}`;
  }

  private tell(resource: string, message: string): void {
    if (this.problems.length < mostProblems) this.problems.push({ resource, message });
  }
}

function counts(state: ResourceOutcome['state']): 'completed' | 'partiallyFailed' | 'failed' {
  if (hasCurrentCopies(state)) return 'completed';
  return state === 'partially-failed' ? 'partiallyFailed' : 'failed';
}

/**
 * When the schedule meant a round to begin that began at `startTime`.
 *
 * @param scheduled what Temporal says of it, nothing of a round without a schedule
 * @throws ApplicationFailure `InvalidInput` of a time in the future
 */
export function scheduledTimeOf(scheduled: unknown, startTime: Date, now: number): string {
  const isTime = scheduled instanceof Date || typeof scheduled === 'string';
  return notOfTheFuture(scheduledTimeLabel(isTime ? scheduled : startTime), now);
}
