import { messageOf } from '../../src/core/failure';

export interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What was seen, or why it failed. */
  readonly notes: readonly string[];
}

/** Does one thing after the other and keeps how each of them went. */
export class Steps {
  readonly done: Step[] = [];

  constructor(private readonly say: (line: string) => void) {}

  /**
   * @param body returns what there is to tell
   * @returns whether it went well
   */
  async run(step: string, body: () => Promise<readonly string[] | void>): Promise<boolean> {
    const startedAt = Date.now();
    this.say(`== ${step}`);
    let ok = true;
    let notes: readonly string[];
    try {
      notes = (await body()) ?? [];
    } catch (error) {
      ok = false;
      notes = messageOf(error).split('\n');
    }
    const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
    for (const note of notes) this.say(`   ${note}`);
    this.say(`   ${ok ? 'passed' : 'FAILED'} after ${minutes(seconds)}`);
    this.done.push({ step, ok, seconds, notes });
    return ok;
  }

  /** What the following steps build on. @throws Error when it fails. */
  async need(step: string, body: () => Promise<readonly string[] | void>): Promise<void> {
    if (!(await this.run(step, body))) throw new StepsEndedError(`${step}: what follows needs it`);
  }
}

/** Something failed that the steps behind it need. */
export class StepsEndedError extends Error {
  override readonly name = 'StepsEndedError';
}

export function minutes(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${(seconds / 60).toFixed(1)} min`;
}
