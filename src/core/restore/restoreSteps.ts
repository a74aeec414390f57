/** Where one step of a restore stands. */
export type RestoreStepState = 'pending' | 'waiting' | 'running' | 'done' | 'failed';

export interface RestoreStep {
  /** `copy:region`, `share`, `parameter-groups`, `database`, `instance:panda-cluster-1-instance-1`, `settings`. */
  readonly step: string;
  readonly state: RestoreStepState;
  /** What a waiting step waits for. */
  readonly waitingFor?: string;
  readonly startedAt?: string;
  readonly seconds?: number;
  readonly message?: string;
}

/** The steps of a restore, as queries and the Temporal UI show them. Times are epoch milliseconds handed in. */
export class RestoreSteps {
  private readonly steps = new Map<string, RestoreStep>();

  constructor(names: readonly string[]) {
    for (const step of names) this.steps.set(step, { step, state: 'pending' });
  }

  run(step: string, now: number): void {
    const { startedAt = new Date(now).toISOString() } = this.of(step);
    this.steps.set(step, { step, state: 'running', startedAt });
  }

  wait(step: string, waitingFor: string): void {
    const { startedAt } = this.of(step);
    this.steps.set(step, { step, state: 'waiting', waitingFor, ...(startedAt === undefined ? {} : { startedAt }) });
  }

  done(step: string, now: number): void {
    const { startedAt } = this.of(step);
    const seconds = startedAt === undefined ? {} : { startedAt, seconds: (now - Date.parse(startedAt)) / 1000 };
    this.steps.set(step, { step, state: 'done', ...seconds });
  }

  /** Whatever has begun and not ended. */
  fail(message: string): void {
    for (const [name, step] of this.steps)
      if (step.state === 'running' || step.state === 'waiting') {
        const { startedAt } = step;
        this.steps.set(name, {
          step: name,
          state: 'failed',
          message,
          ...(startedAt === undefined ? {} : { startedAt }),
        });
      }
  }

  get report(): RestoreStep[] {
    return [...this.steps.values()];
  }

  get waitingFor(): string | null {
    return this.report.find(({ state }) => state === 'waiting')?.waitingFor ?? null;
  }

  private of(step: string): RestoreStep {
    const found = this.steps.get(step);
    if (found === undefined) throw new Error(`the restore has no step ${step}`);
    return found;
  }
}
