import { type PruneSink } from '../../../../core/retention/planPrune';
import { parseMark } from '../../../../core/retention/mark';
import {
  type DoomedCopy,
  type KeptCopy,
  type PlannedCopy,
  type PrunePlan,
  type RefusedCopy,
} from '../../../../core/retention/prunePlan';
import { PackedTexts } from '../../../catalogueIndex/packedTexts';

/** How many copies of a place stay and go, and from when the oldest is that stays. */
export interface PlaceDigest {
  stay: number;
  going: number;
  /** ISO 8601, UTC. */
  oldest: string | null;
}

/** What people are shown of a plan: of hundreds of thousands of copies, no more than that is kept. */
export class PlanDigest implements PruneSink {
  kept = 0;
  going = 0;
  refused = 0;
  /** Marked, and kept after all. */
  spared = 0;
  readonly places = new Map<string, PlaceDigest>();
  /** Why copies are refused, with the first that is. */
  readonly reasons = new Map<string, { readonly first: string; count: number }>();
  firstGoing: DoomedCopy[] = [];
  /** As JSON, where all is to be told: in the order of the plan. */
  readonly lists: { readonly kept: PackedTexts; readonly doomed: PackedTexts; readonly refused: PackedTexts } | null;

  /** @param limit keeps so many copies that go; 0: all */
  constructor(
    private readonly limit: number,
    tellsAll: boolean,
  ) {
    this.lists = tellsAll ? { kept: new PackedTexts(), doomed: new PackedTexts(), refused: new PackedTexts() } : null;
  }

  static of({ kept, doomed, refused }: PrunePlan, limit: number): PlanDigest {
    const digest = new PlanDigest(limit, false);
    for (const one of kept) digest.keep(one);
    for (const one of doomed) digest.doom(one);
    for (const one of refused) digest.refuse(one);
    return digest;
  }

  keep(one: KeptCopy): void {
    this.kept += 1;
    if (parseMark(one.copy.mark) !== null) this.spared += 1;
    this.stays(one.copy);
    this.lists?.kept.add(JSON.stringify(one));
  }

  doom(one: DoomedCopy): void {
    this.going += 1;
    this.at(one.copy).going += 1;
    if (this.lists === null && (this.limit === 0 || this.firstGoing.length < this.limit)) this.firstGoing.push(one);
    this.lists?.doomed.add(JSON.stringify(one));
  }

  refuse(one: RefusedCopy): void {
    this.refused += 1;
    this.stays(one.copy);
    const known = this.reasons.get(one.why);
    if (known === undefined) this.reasons.set(one.why, { first: one.copy.id, count: 1 });
    else known.count += 1;
    this.lists?.refused.add(JSON.stringify(one));
  }

  /** What stops all that goes is known once all is planned. */
  brake(braked: (one: DoomedCopy) => DoomedCopy): void {
    this.firstGoing = this.firstGoing.map(braked);
  }

  private stays(copy: PlannedCopy): void {
    const place = this.at(copy);
    place.stay += 1;
    const { dataTime } = copy;
    if (dataTime !== null && (place.oldest === null || dataTime < place.oldest)) place.oldest = dataTime;
  }

  private at({ place }: PlannedCopy): PlaceDigest {
    const known = this.places.get(place) ?? { stay: 0, going: 0, oldest: null };
    this.places.set(place, known);
    return known;
  }
}
