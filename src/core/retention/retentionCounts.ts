import { type PruneSink } from './planPrune';
import { type KeptCopy, type PrunePlan, type RefusedCopy } from './prunePlan';

/** What a plan of retention leaves where it is, in figures. */
export class RetentionCounts implements Omit<PruneSink, 'doom'> {
  /** By place. */
  readonly staying = new Map<string, number>();
  /** By place: neither counted nor deleted. */
  readonly leftAlone = new Map<string, number>();
  /** By the reason. */
  readonly refused = new Map<string, number>();

  static of({ kept, refused }: Pick<PrunePlan, 'kept' | 'refused'>): RetentionCounts {
    const counts = new RetentionCounts();
    for (const one of kept) counts.keep(one);
    for (const one of refused) counts.refuse(one);
    return counts;
  }

  keep({ copy }: KeptCopy): void {
    increase(this.staying, copy.place);
  }

  refuse({ copy, why }: RefusedCopy): void {
    increase(this.leftAlone, copy.place);
    increase(this.refused, why);
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
