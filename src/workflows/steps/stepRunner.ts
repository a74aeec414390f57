import { CancellationScope, condition, patched, sleep, workflowInfo } from '@temporalio/workflow';
import { failureTypes } from '../../core/failure';
import { type PermitRequest } from '../../core/limits/permitQueue';
import { type VisibleState } from '../../core/searchAttributes';
import { nextTryAt, remainingPathSeconds } from '../../core/steps/estimate';
import { type Step, type StepLimit } from '../../core/steps/step';
import { StepGraph } from '../../core/steps/stepGraph';
import { stepLine } from '../../core/steps/stepText';
import { expectedEnd, expectedOf, percentDone, type Walk } from '../../core/steps/walk';
import { allEnded } from '../sideBySide';
import { describeFailure, isOurCancellation } from '../failures';
import { VisibleProgress } from '../visibleProgress';
import { Permits } from './permits';
import { type Performer, StepOperations } from './stepOperations';

/**
 * Walks a plan, and shows people where it stands: each step once what it depends on is done, under its permit. A temporary
 * step is taken back as soon as nobody reads it. Create it before the first await of a workflow.
 */
export class StepRunner {
  graph = new StepGraph();
  private walking: { readonly walk: Walk; readonly operations: StepOperations } | undefined;
  private paused: boolean;
  /** It ages from here on, in epoch milliseconds: a pause makes nothing older. */
  private since = workflowInfo().startTime.getTime();
  private pausedAt = this.since;
  private readonly permits = new Permits();
  private readonly visible: VisibleProgress;
  private readonly moreLines: () => readonly string[];

  /** @param options `moreLines`: Markdown for the Temporal UI, below the steps */
  constructor(options: { readonly paused?: boolean; readonly moreLines?: () => readonly string[] } = {}) {
    const { paused = false, moreLines = () => [] } = options;
    this.paused = paused;
    this.visible = new VisibleProgress(paused ? 'Paused' : 'Running');
    this.moreLines = moreLines;
  }

  /** As people see it. */
  get state(): VisibleState {
    return this.visible.state;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** The share of the plan's expected time that lies behind, 0–100. */
  get percent(): number {
    return this.walking === undefined ? 0 : percentDone(this.walking.walk, this.graph);
  }

  /** When all will have ended, if it takes what earlier ones took (ISO 8601, UTC); null: nobody knows. */
  get expectedEnd(): string | null {
    const end = this.walking === undefined ? null : expectedEnd(this.walking.walk, this.graph, this.paused, Date.now());
    return end === null ? null : new Date(end).toISOString();
  }

  /** By step: seconds from its start to its proof. */
  get seconds(): Readonly<Record<string, number>> {
    return this.walking?.operations.seconds ?? {};
  }

  /** No step begins until {@link resume}; those in flight are brought to their end. */
  pause(): void {
    if (!this.paused) this.pausedAt = Date.now();
    this.paused = true;
    this.show();
  }

  resume(): void {
    if (this.paused) this.since += Date.now() - this.pausedAt;
    this.paused = false;
    this.show();
  }

  /** Shows where the steps stand; a workflow tells how all of it has ended. */
  show(state = this.standing, reason = state === 'Waiting' ? this.graph.waitingFor.join(', ') : ''): void {
    this.visible.show(state, [...this.graph.report.map(stepLine), ...this.moreLines()], reason);
  }

  /**
   * Brings every step to its end, and takes back what is temporary. Throws where it is cancelled, or a step fails of a plan whose
   * steps fail together: nothing is in flight any more then.
   *
   * @param performers by the types of the steps that they perform
   */
  async walk(walk: Walk, performers: Readonly<Record<string, Performer>> = {}): Promise<void> {
    this.graph = new StepGraph(walk.steps);
    const operations = new StepOperations(walk, this.graph, performers, () => this.show());
    this.walking = { walk, operations };
    this.show();
    const work = [
      ...walk.steps.map((step) => () => this.bring(step, walk, operations)),
      ...walk.steps
        .filter(({ temporary }) => temporary)
        .map((step) => async () => {
          await condition(() => this.graph.isUndoDue(step));
          for (const share of this.graph.sharesOf(step))
            if (patched('a share goes before its copy')) await operations.undo(share);
          await operations.undo(step);
        }),
    ];
    await allEnded(work, work.length, (one) => one());
  }

  /** Takes back what is still there of the temporary steps, or of all, the latest first. */
  async takeBack(which: 'temporary' | 'all'): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (const step of this.graph.made)
        if (which === 'all' || step.temporary) await this.walking?.operations.undo(step);
    });
  }

  private async bring(step: Step, walk: Walk, operations: StepOperations): Promise<void> {
    let busySince: number | undefined;
    let wokeAt = 0;
    // Since it was first found busy: what goes by in a queue, or paused, leaves a step as patient as it was.
    let elsewhere = 0;
    for (let attempt = 1; !this.graph.hasEnded(step.id); attempt += 1) {
      await condition(() => this.graph.mustSkip(step) || (this.graph.mayStart(step) && !this.paused));
      if (this.graph.mustSkip(step)) return this.graph.skip(step.id);
      try {
        await this.underItsPermit(step, attempt, walk, () => {
          if (busySince !== undefined) elsewhere += Date.now() - wokeAt;
          return operations.perform(step);
        });
      } catch (error) {
        const failure = describeFailure(error);
        const isBusy = failure.type === failureTypes.busy;
        const next = isBusy ? nextTryAt((busySince ??= Date.now()) + elsewhere, Date.now(), walk.polling) : null;
        if (next !== null && busySince !== undefined) {
          this.graph.wait(step.id, 'a busy resource', busySince, { message: failure.message, next });
          this.show();
          await sleep(next - Date.now(), { summary: `${step.id}: the resource is busy` });
          wokeAt = Date.now();
        } else {
          this.graph.fail(step.id, failure, Date.now());
          if (isOurCancellation(error)) throw error;
          this.show();
          if (walk.failsTogether) throw error;
        }
      }
    }
  }

  private underItsPermit(step: Step, attempt: number, walk: Walk, perform: () => Promise<void>): Promise<void> {
    const { limit } = step;
    if (limit === null) return perform();
    return this.permits.hold(
      limit,
      this.permitRequest(step, limit, attempt, walk),
      () => {
        this.graph.wait(step.id, `${limit.account}/${limit.region}/${limit.limit}`, Date.now());
        this.show();
      },
      async () => {
        if (this.graph.mayStart(step) && !this.paused) return perform();
        // A permit that comes while everything is paused goes back, since nobody may sit on one; it is asked for anew.
        this.graph.postpone(step.id);
        this.show();
      },
    );
  }

  private permitRequest(step: Step, { capacity }: StepLimit, attempt: number, walk: Walk): PermitRequest {
    const { workflowId, runId, originalExecutionRunId, taskQueue } = workflowInfo();
    const { kind, account, region, id } = walk.identity.resource;
    return {
      requestId: `${workflowId}#${step.id}#${originalExecutionRunId}#${attempt}`,
      holderWorkflowId: workflowId,
      holderRunId: runId,
      resource: { kind, account, region, id },
      operationId: step.marker,
      taskQueue,
      access: step.scope.access,
      priority: walk.priority,
      remainingSeconds: Math.round(remainingPathSeconds(walk.steps, step.id, (one) => expectedOf(walk, one))),
      capacity,
      observeSeconds: walk.polling.shortestSeconds,
      since: this.since,
    };
  }

  private get standing(): VisibleState {
    if (this.graph.isRunning) return 'Running';
    if (this.paused) return 'Paused';
    return this.graph.waitingFor.length > 0 ? 'Waiting' : 'Running';
  }
}
