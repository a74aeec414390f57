import { CancellationScope, condition, log, proxyActivities, sleep } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type StepActivities, type StepRequest } from '../../activities/steps/stepContracts';
import { type CopyRef } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { firstPollSeconds, isWorthATimer } from '../../core/steps/estimate';
import { type Step } from '../../core/steps/step';
import { type StepActivity, stepActivityId } from '../../core/steps/stepActivity';
import { type StepGraph } from '../../core/steps/stepGraph';
import { type StepResult, type VerifiedCopy } from '../../core/steps/stepResult';
import { expectedOf, type Walk } from '../../core/steps/walk';
import { askedEvery, cleaningUp, quick, waited } from '../activityOptions';
import { describeFailure } from '../failures';

/** Performs a step by other means than the activities of its kind. */
export type Performer = (step: Step, source: VerifiedCopy | null) => Promise<StepResult | void>;

/** An operation that has not ended after this time, or three times what it was expected to take, hangs. */
const deadlineSeconds = 24 * 3600;
/** Capacity comes back within minutes or hours: how long to wait before all choices are tried again, ever longer. */
const shortestBackoffSeconds = 60;
const longestBackoffSeconds = 30 * 60;

/** The service refuses these after a look found nothing; a start that comes later adopts whatever there is. */
const triedAgain: readonly string[] = [failureTypes.busy, failureTypes.noCapacity, failureTypes.unfit];

const { undoStep } = proxyActivities<StepActivities>(cleaningUp);

/** The operations behind the steps of a walk: start → durable timer → wait → proof; and their undoing. */
export class StepOperations {
  /** By step: seconds from its start to its proof. */
  readonly seconds: Record<string, number> = {};
  private readonly handles = new Map<string, CopyRef>();
  private readonly choices = new Map<string, number>();
  private readonly undoing = new Map<string, Promise<void>>();
  private activities = 0;

  /**
   * @param performers by the types of the steps that they perform
   * @param changed called whenever a step comes to stand elsewhere
   */
  constructor(
    private readonly walk: Walk,
    private readonly graph: StepGraph,
    private readonly performers: Readonly<Record<string, Performer>>,
    private readonly changed: () => void,
  ) {}

  async perform(step: Step): Promise<void> {
    const performer = this.performers[step.type];
    const result = await (performer === undefined ? this.untilThereIsRoom(step) : this.performBy(performer, step));
    this.graph.end(step.id, Date.now(), result);
    this.changed();
  }

  /** Once begun it is brought to its end, cancelled or not. The log tells of a step that cannot be undone. */
  undo(step: Step, { again = false, cancelled = CancellationScope.current().consideredCancelled } = {}): Promise<void> {
    const begun = again ? undefined : this.undoing.get(step.id);
    const undoing = begun ?? CancellationScope.nonCancellable(() => this.undoNow(step, cancelled));
    this.undoing.set(step.id, undoing);
    return undoing;
  }

  private async performBy(performer: Performer, step: Step): Promise<StepResult> {
    this.graph.start(step.id, Date.now());
    this.graph.run(step.id, Date.now());
    this.changed();
    const startedAt = Date.now();
    const result = await performer(step, this.sourceOf(step));
    this.seconds[step.id] = (Date.now() - startedAt) / 1000;
    return result ?? {};
  }

  /** Tries the choices of a step in their order, and again after a while, until there is room for one. */
  private async untilThereIsRoom(step: Step): Promise<StepResult> {
    if (step.choices.length === 0) return this.attempt(step, null);
    const since = Date.now();
    for (let round = 0; ; round += 1) {
      let reason = '';
      let unfit = 0;
      for (const [choice, { label }] of step.choices.entries()) {
        try {
          return await this.attempt(step, choice);
        } catch (error) {
          const { type, message } = describeFailure(error);
          const isRoomLacking = type === failureTypes.noCapacity || type === failureTypes.unfit;
          if (!isRoomLacking) throw error;
          if (type === failureTypes.unfit) unfit += 1;
          reason = message;
          log.warn('no room', { step: step.id, choice: label, reason });
        }
      }
      if (unfit === step.choices.length) throw ApplicationFailure.nonRetryable(reason, failureTypes.invalidInput);
      if (Date.now() - since > deadlineSeconds * 1000)
        throw ApplicationFailure.nonRetryable(`no room for a day: ${reason}`, failureTypes.transient);
      const milliseconds = 1000 * Math.min(longestBackoffSeconds, shortestBackoffSeconds * 2 ** round);
      this.graph.wait(step.id, 'capacity', since, { message: reason, next: Date.now() + milliseconds });
      this.changed();
      await sleep(milliseconds, { summary: `${step.id}: there is no capacity` });
      await condition(() => !this.graph.isClosed);
    }
  }

  /** Half-done work goes when it fails. */
  private async attempt(step: Step, choice: number | null): Promise<StepResult> {
    if (choice !== null) this.choices.set(step.id, choice);
    this.undoing.delete(step.id);
    // What another choice has begun is not what this one does.
    this.handles.delete(step.id);
    const request = this.requestOf(step);
    this.graph.start(step.id, Date.now());
    this.changed();
    let handle: CopyRef | undefined;
    try {
      const started = await this.start(step, request);
      handle = started.handle;
      this.handles.set(step.id, handle);
      return started.result ?? (await this.waitFor(step, request, handle));
    } catch (error) {
      // A start that fails for good may have made something before, by a try whose answer was lost.
      const isTriedAgain = triedAgain.includes(describeFailure(error).type);
      if (!isTriedAgain && this.walk.failsTogether) this.graph.close();
      if (handle !== undefined || !isTriedAgain) await this.undo(step, { again: true });
      throw error;
    }
  }

  private start(step: Step, request: StepRequest) {
    const { id, startSeconds, giveUpSeconds, choices } = step;
    const { startStep } = proxyActivities<StepActivities>({
      ...quick,
      ...waited,
      retry: { ...quick.retry, nonRetryableErrorTypes: [failureTypes.busy] },
      startToCloseTimeout: startSeconds * 1000,
      scheduleToCloseTimeout: giveUpSeconds * 1000,
      ...(startSeconds > 60 ? { heartbeatTimeout: '30 seconds' as const } : {}),
    });
    const label = (request.choice === null ? undefined : choices[request.choice]?.label) ?? '';
    const summary = `${id}: start${label === '' ? '' : ` ${label}`}`;
    return startStep.executeWithOptions({ activityId: this.activityId(step, 'start'), summary }, [request]);
  }

  /** Sleeps for most of the expected time, if that is long, then waits in one activity, whose retry policy is the poller. */
  private async waitFor(step: Step, request: StepRequest, handle: CopyRef): Promise<StepResult> {
    const { learned, polling, sizeGiB } = this.walk;
    // From here on the service works: what a start had to wait for a slot says nothing of how long a copy takes.
    this.graph.run(step.id, Date.now());
    this.changed();
    const startedAt = Date.now();
    const expectedSeconds = expectedOf(this.walk, step);
    const slept = firstPollSeconds(step, sizeGiB, learned, polling);
    if (isWorthATimer(slept, polling))
      await sleep(slept * 1000, { summary: `${step.id}: expected to take ${Math.round(expectedSeconds)} s` });
    const { awaitStep } = proxyActivities<StepActivities>({
      ...askedEvery(polling.shortestSeconds, polling.longestSeconds),
      scheduleToCloseTimeout: Math.max(deadlineSeconds, 3 * expectedSeconds) * 1000,
      activityId: this.activityId(step, 'wait'),
      summary: `${step.id}: wait and prove`,
    });
    const firstLookAt = startedAt + slept * 1000;
    const result = await awaitStep({ ...request, handle, startedAt, firstLookAt, expectedSeconds, polling });
    const seconds = (Date.now() - startedAt) / 1000;
    // Found done at the first look, it may have been for long: the expectation must be able to shrink.
    this.seconds[step.id] = (seconds < slept + polling.shortestSeconds ? 0.5 : 1) * seconds;
    return result;
  }

  private async undoNow(step: Step, cancelled: boolean): Promise<void> {
    if (!this.graph.mustUndo(step) || step.type in this.performers) return;
    const asked = { handle: this.handles.get(step.id) ?? null, startedAt: this.graph.startedAt(step.id), cancelled };
    try {
      await undoStep.executeWithOptions({ activityId: this.activityId(step, 'undo'), summary: `undo ${step.id}` }, [
        { ...this.requestOf(step), ...asked, polling: this.walk.polling },
      ]);
      // One that was half done may be begun again, with another choice.
      if (this.graph.hasEnded(step.id)) this.graph.undone(step.id);
    } catch (error) {
      log.error('could not undo', { step: step.id, problem: describeFailure(error).message });
    }
  }

  /** Tells whoever looks at a pending activity which step it is of; unique in its workflow. */
  private activityId(step: Step, what: StepActivity): string {
    this.activities += 1;
    return stepActivityId(step.id, what, this.activities);
  }

  private requestOf(step: Step): StepRequest {
    const { identity, ownership } = this.walk;
    return {
      identity,
      step,
      choice: this.choices.get(step.id) ?? null,
      source: this.sourceOf(step),
      results: this.graph.resultsBehind(step),
      ownership,
    };
  }

  private sourceOf(step: Step): VerifiedCopy | null {
    return step.reads === null ? this.walk.source : this.graph.sourceOf(step);
  }
}
