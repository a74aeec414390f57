import { applicationFailure } from '../../src/core/applicationFailure';
import { type CopyRef, type RecoveryPointIdentity } from '../../src/core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../src/core/failure';
import { type Step } from '../../src/core/steps/step';
import { StepGraph } from '../../src/core/steps/stepGraph';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../../src/core/steps/stepResult';
import { type Operation, type StepCall } from '../../src/kinds/kind';
import { type WorldOfTest } from './kindWorld';
import { generalTypes } from './plannedSteps';

export interface WalkedPlan {
  readonly steps: readonly Step[];
  readonly identity: RecoveryPointIdentity;
  /** Of a restore. */
  readonly ownership?: Readonly<Record<string, string>>;
  /** The copy that the plan begins with. */
  readonly source?: VerifiedCopy;
}

const mostLooks = 50;
const triesApartMilliseconds = 5_000;

/** Walks a plan as the workflows do, one step after the other, calling the kind's own operations. */
export class PlanWalk {
  readonly graph: StepGraph;
  readonly handles = new Map<string, CopyRef>();

  constructor(
    private readonly here: WorldOfTest,
    private readonly plan: WalkedPlan,
  ) {
    this.graph = new StepGraph(plan.steps);
  }

  /** Every step that is the kind's own, until the one of that id has ended. */
  async to(last?: string): Promise<void> {
    for (const step of this.plan.steps) {
      if (generalTypes.includes(step.type)) this.graph.end(step.id, 0);
      else await this.through(step);
      if (step.id === last) return;
    }
  }

  async through(step: Step): Promise<StepResult> {
    const { handle, result } = await this.start(step);
    const ended = result ?? (await this.finish(step, handle));
    this.graph.end(step.id, Date.now(), ended);
    return ended;
  }

  /** Starts a step. Another try of a restore may be another restore's. */
  async start(step: Step, ownership = this.plan.ownership ?? null): Promise<StepStarted> {
    const started = await this.operation(step).start({ ...this.call(step), ownership });
    this.handles.set(step.id, started.handle);
    return started;
  }

  /** Ends what is being made until the look has its proof. */
  async finish(step: Step, handle: CopyRef): Promise<StepResult> {
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const found = await this.operation(step).look?.(this.call(step), handle);
      if (found === undefined) throw new Error(`${step.id} is not done at once, and has no look`);
      if (!('rawStatus' in found)) return found;
      await this.here.world.finish(handle);
    }
    throw new Error(`${step.id} does not end`);
  }

  /** Takes a step back, for as long as it says that something is left. */
  async undo(step: Step, handle = this.handles.get(step.id) ?? null, ownership = this.plan.ownership ?? null) {
    const since = Date.now();
    for (let tries = 0; tries < mostLooks; tries += 1)
      try {
        // Each try comes a while after the one before.
        const now = since + tries * triesApartMilliseconds;
        await this.operation(step).undo?.({ ...this.call(step), ownership, now, since }, handle);
        return;
      } catch (error) {
        if (failureTypeOf(error) !== failureTypes.notReady) throw error;
      }
    throw new Error(`${step.id} is never undone`);
  }

  step(id: string): Step {
    return this.graph.step(id);
  }

  call(step: Step): StepCall {
    const { identity, ownership = null, source = null } = this.plan;
    return {
      identity,
      step,
      input: { ...step.input, ...step.choices[0]?.input },
      source: this.graph.sourceOf(step) ?? source,
      results: {},
      ownership,
      now: Date.now(),
      since: Date.now(),
      attempt: 1,
      signal: new AbortController().signal,
    };
  }

  private operation({ type, id }: Step): Operation {
    const operation = this.here.kind.steps[type];
    if (operation === undefined)
      throw applicationFailure(failureTypes.invalidInput, `${id}: the kind performs no step ${type}`);
    return operation;
  }
}
