import { messageOf } from '../../src/core/failure';

/** How one check went. */
interface Outcome {
  readonly name: string;
  readonly seconds: number;
  /** Null: it holds. */
  readonly failure: string | null;
  /** What was seen that is worth telling. */
  readonly seen: string | null;
}

/** Runs checks one after the other, tells how each went and how long it took, and counts. */
export class Checks {
  private readonly outcomes: Outcome[] = [];

  /** @param write takes a line for people. */
  constructor(private readonly write: (line: string) => void) {}

  /**
   * Runs a check. One that fails is told, and the next ones go on.
   *
   * @param body may answer what it has seen, in a few words.
   * @returns whether it holds.
   */
  async check(name: string, body: () => Promise<string | void> | string | void): Promise<boolean> {
    const began = performance.now();
    let failure: string | null = null;
    let seen: string | null = null;
    try {
      seen = (await body()) ?? null;
    } catch (error) {
      failure = messageOf(error);
    }
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    this.outcomes.push({ name, seconds, failure, seen });
    const time = `${seconds.toFixed(1)} s`.padStart(8);
    this.write(`${failure === null ? 'ok    ' : 'FAILED'} ${time}  ${name}${seen === null ? '' : `: ${seen}`}`);
    if (failure !== null) this.write(failure.replace(/^/gm, '         | '));
    return failure === null;
  }

  get failed(): number {
    return this.outcomes.filter(({ failure }) => failure !== null).length;
  }

  /** `N passed, N failed`. */
  get summary(): string {
    return `${this.outcomes.length - this.failed} passed, ${this.failed} failed`;
  }

  toJSON() {
    return { passed: this.outcomes.length - this.failed, failed: this.failed, checks: this.outcomes };
  }
}

/** Fails the check with these words unless the condition holds. */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
