import { type FailureType, failureTypes } from '../failure';
import { type Step } from './step';
import { type StepResult, type VerifiedCopy } from './stepResult';

/**
 * Where a step stands: `waiting` for a permit, capacity or a busy resource; `starting` until the service has taken it; then
 * `running`.
 */
export type StepState = 'pending' | 'waiting' | 'starting' | 'running' | 'done' | 'failed' | 'skipped';

export interface StepFailure {
  readonly type: FailureType | 'Unknown';
  readonly message: string;
}

/** `partially-failed`: some copy is safe; another is lacking, or something that belongs to it. */
export type GraphOutcome = 'completed' | 'partially-failed' | 'failed';

/** One line of a plan, for queries, tables and the Temporal UI. */
export interface StepReport {
  readonly step: string;
  readonly state: StepState;
  readonly waitingFor?: string;
  /** Since when it waits, starts or runs (ISO 8601, UTC). */
  readonly since?: string;
  /** Of one that waits: when it is tried next (ISO 8601, UTC). */
  readonly next?: string;
  /** When it first began (ISO 8601, UTC). */
  readonly startedAt?: string;
  /** From its beginning to its end. */
  readonly seconds?: number;
  /** Why it failed; of one that waits, what the service has said. */
  readonly message?: string;
}

export interface ToldStep {
  readonly step: string;
  readonly message: string;
}

interface Progress {
  state: StepState;
  waitingFor?: string;
  message?: string;
  /** Epoch milliseconds. */
  since?: number;
  next?: number;
  startedAt?: number;
  endedAt?: number;
  /** It has begun something that may need to be taken back. */
  begun: boolean;
  undone: boolean;
  result?: StepResult;
  failure?: StepFailure;
}

/** Walks the graph of a plan's steps: what may start, what must be skipped, what is to be taken back, how it ended. Times are handed in. */
export class StepGraph {
  private readonly progress: Map<string, Progress>;
  private closed = false;

  constructor(readonly steps: readonly Step[] = []) {
    this.progress = new Map(steps.map(({ id }) => [id, { state: 'pending', begun: false, undone: false }]));
  }

  step(id: string): Step {
    const found = this.steps.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the plan has no step ${id}`);
    return found;
  }

  state(id: string): StepState {
    return this.of(id).state;
  }

  result(id: string): StepResult | undefined {
    return this.of(id).result;
  }

  /** The results of the steps that a step stands behind, by their ids. */
  resultsBehind({ behind }: Step): Readonly<Record<string, StepResult>> {
    const results = behind.flatMap((id) => {
      const { result } = this.of(id);
      return result === undefined ? [] : [[id, result] as const];
    });
    return Object.fromEntries(results);
  }

  /** The copy a step reads, null where it reads none, or that one is not there. */
  sourceOf({ reads }: Step): VerifiedCopy | null {
    return (reads === null ? undefined : this.of(reads).result?.copy) ?? null;
  }

  mayStart(step: Step): boolean {
    return (
      !this.closed &&
      step.after.every((id) => this.state(id) === 'done') &&
      step.behind.every((id) => this.hasEnded(id))
    );
  }

  /** True once a step before it has failed or was skipped: it can never start. */
  mustSkip(step: Step): boolean {
    return step.after.some((id) => this.state(id) === 'failed' || this.state(id) === 'skipped');
  }

  /** False also of a step that is not planned yet. */
  isDone(id: string): boolean {
    return this.progress.get(id)?.state === 'done';
  }

  /** Epoch milliseconds; undefined of a step that has not ended. */
  endedAt(id: string): number | undefined {
    return this.of(id).endedAt;
  }

  /** When it first began, epoch milliseconds; undefined of a step that has not. */
  startedAt(id: string): number | undefined {
    return this.of(id).startedAt;
  }

  hasEnded(id: string): boolean {
    return ['done', 'failed', 'skipped'].includes(this.state(id));
  }

  /** No step begins any more: what others have made is about to be taken back. */
  close(): void {
    this.closed = true;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** @param told `message`: what the service has said; `next`: when the step is tried again (epoch milliseconds) */
  wait(id: string, waitingFor: string, since: number, told: { message?: string; next?: number } = {}): void {
    this.change(id, 'waiting', since);
    Object.assign(this.of(id), { waitingFor, ...told });
  }

  /** Takes a step that has made nothing back to where it was. */
  postpone(id: string): void {
    const progress = this.of(id);
    Object.assign(progress, { ...untold, state: 'pending', since: undefined });
  }

  /** A step that is only tried again waits on until the service has taken it. */
  start(id: string, now: number): void {
    const progress = this.of(id);
    if (progress.state !== 'starting' && progress.next === undefined) this.change(id, 'starting', now);
    progress.startedAt ??= now;
    progress.begun = true;
  }

  /** The service has taken it. */
  run(id: string, now: number): void {
    this.change(id, 'running', now);
  }

  end(id: string, now: number, result: StepResult = {}): void {
    this.change(id, 'done', now);
    Object.assign(this.of(id), { endedAt: now, result });
  }

  fail(id: string, failure: StepFailure, now: number): void {
    this.change(id, 'failed', now);
    Object.assign(this.of(id), { endedAt: now, failure });
  }

  skip(id: string): void {
    this.of(id).state = 'skipped';
  }

  /** Every step that has begun and not ended fails with this; for a plan that is given up. */
  giveUp(message: string, now: number): void {
    for (const { id } of this.steps)
      if (['waiting', 'starting', 'running'].includes(this.state(id))) this.fail(id, { type: 'Unknown', message }, now);
  }

  /** True where something stands that only this plan needs, and nobody reads any more: a source stays until its readers have ended. */
  isUndoDue(step: Step): boolean {
    return (
      step.temporary &&
      this.hasEnded(step.id) &&
      this.steps.every((other) => !needs(other, step) || this.hasEnded(other.id))
    );
  }

  /** What is temporary and lets others read this step's copy: it goes before the copy does. */
  sharesOf(step: Step): readonly Step[] {
    return this.steps.filter(
      (other) => other.temporary && other.reads === step.id && this.of(other.id).result?.copy === undefined,
    );
  }

  /** False where the step never did anything that would need undoing, or that is undone. */
  mustUndo(step: Step): boolean {
    const { begun, undone } = this.of(step.id);
    return begun && !undone;
  }

  undone(id: string): void {
    this.of(id).undone = true;
  }

  /** What has begun and is neither undone nor failed, the latest first. */
  get made(): readonly Step[] {
    return [...this.steps].reverse().filter((step) => this.mustUndo(step));
  }

  get isRunning(): boolean {
    return this.steps.some(({ id }) => this.state(id) === 'running' || this.state(id) === 'starting');
  }

  /** What the waiting steps wait for; empty where none waits. */
  get waitingFor(): readonly string[] {
    return this.steps.flatMap(({ id }) => {
      const { state, waitingFor } = this.of(id);
      return state === 'waiting' && waitingFor !== undefined ? [waitingFor] : [];
    });
  }

  get copies(): VerifiedCopy[] {
    return this.steps.flatMap(({ id }) => this.of(id).result?.copy ?? []);
  }

  /** Steps that failed and count, and those whose work is there but not whole. */
  get failures(): (StepFailure & { step: string })[] {
    const failed = this.steps.flatMap(({ id, counts }) => {
      const { failure } = this.of(id);
      return failure === undefined || counts === 'note' ? [] : [{ step: id, ...failure }];
    });
    const lacking = this.lacks.map((lack) => ({ ...lack, type: failureTypes.operationFailed }));
    return [...failed, ...lacking];
  }

  /** What people should know of what is complete all the same. */
  get notes(): ToldStep[] {
    return this.steps.flatMap(({ id, counts }) => {
      const { failure, result } = this.of(id);
      return [
        ...(result?.notes ?? []).map((message) => ({ step: id, message })),
        ...(failure !== undefined && counts === 'note' ? [{ step: id, message: failure.message }] : []),
      ];
    });
  }

  get outcome(): GraphOutcome {
    const isDone = ({ id }: Step) => this.isDone(id);
    const places = this.steps.filter(({ counts }) => counts === 'place');
    const parts = this.steps.filter(({ counts }) => counts === 'part');
    if (places.every(isDone))
      return parts.every((part) => isDone(part) || this.state(part.id) === 'skipped') && this.lacks.length === 0
        ? 'completed'
        : 'partially-failed';
    return places.some((step) => step.protects && isDone(step)) ? 'partially-failed' : 'failed';
  }

  get report(): StepReport[] {
    return this.steps.map(({ id }) => {
      const { state, waitingFor, since, next, startedAt, endedAt, failure, message } = this.of(id);
      const said = failure?.message ?? message;
      const isUnderWay = state === 'waiting' || state === 'starting' || state === 'running';
      return {
        step: id,
        state,
        ...(state !== 'waiting' || waitingFor === undefined ? {} : { waitingFor }),
        ...(!isUnderWay || since === undefined ? {} : { since: iso(since) }),
        ...(next === undefined ? {} : { next: iso(next) }),
        ...(startedAt === undefined ? {} : { startedAt: iso(startedAt) }),
        ...(startedAt === undefined || endedAt === undefined ? {} : { seconds: (endedAt - startedAt) / 1000 }),
        ...(said === undefined || (state !== 'failed' && state !== 'waiting') ? {} : { message: said }),
      };
    });
  }

  private get lacks(): ToldStep[] {
    return this.steps.flatMap(({ id }) => (this.of(id).result?.lacks ?? []).map((message) => ({ step: id, message })));
  }

  private change(id: string, state: StepState, now: number): void {
    const progress = this.of(id);
    Object.assign(progress, { ...untold, state, since: now });
  }

  private of(id: string): Progress {
    const progress = this.progress.get(id);
    if (progress === undefined) throw new Error(`the plan has no step ${id}`);
    return progress;
  }
}

/** A share is named by what it lets in; a copy by what reads it. */
function needs(other: Step, { id }: Step): boolean {
  return other.reads === id || other.after.includes(id);
}

/** What is known of a step only while it waits. */
const untold = { waitingFor: undefined, message: undefined, next: undefined };

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
