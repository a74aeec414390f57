import { type VisibleState } from '../searchAttributes';
import { type Found, type Kept, type Leftover, leftoverText, type SweepInput, type SweepReport } from './sweep';
import { markdown } from '../markdown';

/** A page of text that a person reads; everything else is in the clouds. */
const mostTold = 200;

/** Keeps the books of one sweep. It knows nothing of Temporal; the workflow `sweepRestores` hands in what it hears. */
export class SweepRecord {
  private readonly orphans = new Map<string, Leftover>();
  private readonly kept = new Map<string, Kept>();
  private readonly removed: string[] = [];
  private readonly problems: string[] = [];

  constructor(private readonly input: Pick<SweepInput, 'fleet' | 'dryRun'>) {}

  /** Several places may tell of the same thing. */
  found({ orphans, kept }: Found): void {
    for (const orphan of orphans) this.orphans.set(leftoverText(orphan), orphan);
    for (const one of kept) this.kept.set(one.what, one);
  }

  gone(leftover: Leftover): void {
    this.removed.push(leftoverText(leftover));
  }

  problem(message: string): void {
    this.problems.push(message);
  }

  /** Leftovers to remove, one group after the other: an accessory goes when no restored thing has it any more. */
  get groups(): readonly (readonly Leftover[])[] {
    const isAccessory = (one: Leftover) => one.type === 'thing' && !one.isRestored;
    const all = [...this.orphans.values()];
    return [all.filter((one) => !isAccessory(one)), all.filter(isAccessory)];
  }

  get report(): SweepReport {
    return {
      ...this.input,
      found: [...this.orphans.keys()].slice(0, mostTold),
      removed: this.removed.slice(0, mostTold),
      kept: [...this.kept.values()].slice(0, mostTold),
      problems: this.problems.slice(0, mostTold),
    };
  }

  get visibleState(): VisibleState {
    return this.problems.length === 0 ? 'Completed' : 'PartiallyFailed';
  }

  /** Everything that could not be looked at or removed; empty where all could. */
  get reason(): string {
    return this.problems.join('; ');
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  get lines(): string[] {
    return [
      `**${this.orphans.size}** found, **${this.removed.length}** removed, ${this.kept.size} left alone`,
      ...[...this.orphans.keys()].map((what) => markdown`- ${what}${this.removed.includes(what) ? ': removed' : ''}`),
      ...this.problems.map((problem) => markdown`- ${problem}`),
    ];
  }
}
