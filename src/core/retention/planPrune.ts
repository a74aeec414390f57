import { type ListedCopy, resourceOf } from '../catalogue/catalogue';
import { noHold, sourcePlace } from '../catalogue/copy';
import { type Retention } from '../backup/policy';
import { formatDuration } from '../duration';
import { type Kinds } from '../kind';
import { resourcePath, type ResourceRef } from '../resource';
import { type OffsetMinutes } from './calendar';
import { type Dated, isEmptyPolicy, keepByRules } from './keepByRules';
import { type DoomedCopy, type KeptCopy, type PlannedCopy, type PrunePlan, type RefusedCopy } from './prunePlan';

/** What a tier says of the copies of its resources. */
export interface TierRules {
  readonly retention: Retention;
  /** By the place: what counts there instead. */
  readonly retentionIn: Readonly<Record<string, Retention>>;
  /** Of the tier's zone. */
  readonly offset: OffsetMinutes;
  /** Names of the vaults of its route. */
  readonly route: readonly string[];
}

/** A resource that its account lists now. */
export interface PresentResource {
  /** Null where no tier has it. */
  readonly tier: string | null;
  /** What the service calls it; undefined where it has no such name. */
  readonly incarnation: string | undefined;
}

/** Something that could not be read whole. */
export interface Unread {
  /** The source account whose resources it concerns; null: it may concern all. */
  readonly account: string | null;
  /** What it is and why, in words for people. */
  readonly what: string;
}

export interface PruneCircumstances {
  readonly fleet: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Every copy of the fleet, temporary ones as well. */
  readonly copies: readonly ListedCopy[];
  /** By their paths, all that could be listed. */
  readonly present: ReadonlyMap<string, PresentResource>;
  readonly unread: readonly Unread[];
  readonly tiers: ReadonlyMap<string, TierRules>;
  /** Of resources that are gone, or in no tier; null: nothing of theirs goes. */
  readonly retired: { readonly afterSeconds: number; readonly retention: Retention } | null;
  /** By the place of exports on their way: the bucket vault that they are for. */
  readonly exportsFor: ReadonlyMap<string, string>;
  readonly kinds: Kinds;
}

/** How long a copy stays once retention has let it go: a person has a weekend to see it. */
export const graceMilliseconds = 72 * 3600_000;
/** Clocks of services and of Temporal's server may differ by so much. */
const clockToleranceMilliseconds = 5 * 60_000;
/** More than this share of what a resource has in a place, or of all, is for a person to say. */
const largestShare = 0.2;
/** Of fewer copies a share says nothing. */
const fewestForShare = 10;

/**
 * What retention would do with every copy, as docs/retention.md defines it. Pure: it looks at nothing but what it is given. A copy that
 * it cannot place, prove or date is neither counted nor doomed; it is refused, with the reason.
 */
export function planPrune(circumstances: PruneCircumstances): PrunePlan {
  const points = new Map<string, ListedCopy[]>();
  for (const copy of circumstances.copies)
    points.set(copy.recoveryPoint, [...(points.get(copy.recoveryPoint) ?? []), copy]);
  const plan = new Planning(circumstances, points);
  const resources = new Map<string, { resource: ResourceRef; copies: ListedCopy[] }>();
  for (const copy of circumstances.copies) {
    if (copy.temporary) continue;
    const resource = resourceOf(copy, circumstances.kinds);
    if (resource === null) plan.refuse(copy, `not believed: ${copy.doubt ?? 'its tags name no resource'}`);
    else {
      const path = resourcePath(resource);
      const known = resources.get(path) ?? { resource, copies: [] };
      known.copies.push(copy);
      resources.set(path, known);
    }
  }
  for (const [path, { resource, copies }] of [...resources].sort(([a], [b]) => (a < b ? -1 : 1)))
    plan.add(path, resource, copies);
  return plan.end();
}

/** What counts of a copy once nothing speaks against it. */
interface Candidate extends Dated {
  readonly copy: ListedCopy;
}

class Planning {
  private readonly kept: KeptCopy[] = [];
  private readonly doomed: DoomedCopy[] = [];
  private readonly refused: RefusedCopy[] = [];
  private readonly brakes: string[] = [];
  private candidates = 0;

  constructor(
    private readonly circumstances: PruneCircumstances,
    private readonly points: ReadonlyMap<string, readonly ListedCopy[]>,
  ) {}

  refuse(copy: ListedCopy, why: string): void {
    this.refused.push({ copy: this.named(copy), why });
  }

  /** Judges all copies of one name: those of each thing that has borne it, by themselves. */
  add(path: string, resource: ResourceRef, copies: readonly ListedCopy[]): void {
    const present = this.circumstances.present.get(path);
    const ofPresent: ListedCopy[] = [];
    const ofOthers = new Map<string, ListedCopy[]>();
    for (const copy of copies) {
      const { incarnation } = copy;
      const isAnother =
        incarnation !== null &&
        (present === undefined || (present.incarnation !== undefined && incarnation !== present.incarnation));
      if (isAnother) ofOthers.set(incarnation, [...(ofOthers.get(incarnation) ?? []), copy]);
      else ofPresent.push(copy);
    }
    const tier = present?.tier ?? null;
    const rules = tier === null ? undefined : this.circumstances.tiers.get(tier);
    const why = present === undefined ? 'it is there no more' : 'no tier has it';
    this.addThing(resource, ofPresent, rules ?? why);
    for (const others of ofOthers.values())
      this.addThing(
        resource,
        others,
        present === undefined ? why : 'it is of another one of that name, which is there no more',
      );
  }

  end(): PrunePlan {
    const { kept, doomed, refused, brakes, candidates } = this;
    if (candidates > fewestForShare && doomed.length > candidates * largestShare)
      brakes.unshift(`${doomed.length} of the fleet's ${candidates} copies would go, more than a fifth`);
    return { kept, doomed, refused, brakes };
  }

  /** @param rules those of its tier; or why none has it */
  private addThing(resource: ResourceRef, copies: readonly ListedCopy[], rules: TierRules | string): void {
    const ofPlaces = new Map<string, Candidate[]>();
    const exported: ListedCopy[] = [];
    for (const copy of copies) {
      const why = this.whyNone(copy, resource, rules);
      if (why !== null) this.refuse(copy, why);
      else if (this.circumstances.exportsFor.has(copy.place)) exported.push(copy);
      else {
        const candidate = { copy, id: idOf(copy), dataTime: Date.parse(dataTimeOf(copy) ?? '') };
        ofPlaces.set(copy.place, [...(ofPlaces.get(copy.place) ?? []), candidate]);
      }
    }
    const stopped = this.whyStopped(resource);
    const whole = typeof rules === 'string' ? null : newestWhole(ofPlaces, rules.route);
    for (const [place, candidates] of [...ofPlaces].sort(([a], [b]) => (a < b ? -1 : 1))) {
      this.candidates += candidates.length;
      const going = this.addPlace(place, candidates, { rules, whole, stopped, all: [...ofPlaces.values()].flat() });
      if (candidates.length > fewestForShare && going > candidates.length * largestShare)
        this.brakes.push(
          `${going} of the ${candidates.length} copies of ${resourcePath(resource)} in ${place} would go, more than a fifth`,
        );
    }
    for (const copy of exported) this.addExport(copy, stopped);
  }

  /** @returns how many would go */
  private addPlace(
    place: string,
    candidates: readonly Candidate[],
    {
      rules,
      whole,
      stopped,
      all,
    }: {
      readonly rules: TierRules | string;
      readonly whole: string | null;
      readonly stopped: string | null;
      readonly all: readonly Candidate[];
    },
  ): number {
    const policy = this.policyIn(place, rules, all);
    if (typeof policy === 'string') {
      for (const { copy } of candidates) this.keep(copy, [policy, ...heldBy(copy)]);
      return 0;
    }
    const built = lastMade(candidates);
    const isEmpty = place !== sourcePlace && isEmptyPolicy(policy.retention);
    let going = 0;
    for (const judged of keepByRules(candidates, policy.retention, policy.offset)) {
      const { copy } = judged.copy;
      const reasons = [
        ...judged.reasons,
        ...heldBy(copy),
        ...(copy.recoveryPoint === whole ? ['the newest recovery point that is whole in every place'] : []),
        ...(copy === built ? ['the last one made in its place: the next copy builds on it'] : []),
        ...this.stillRead(copy),
      ];
      if (reasons.length > 0) this.keep(copy, reasons);
      else if (stopped !== null) this.refuse(copy, stopped);
      else if (isEmpty)
        this.refuse(copy, 'the policy keeps nothing but the newest copy: write `daily: 1` if that is meant');
      else {
        going += 1;
        this.doom(copy, 'rule' in judged ? judged.rule : '');
      }
    }
    return going;
  }

  private addExport(copy: ListedCopy, stopped: string | null): void {
    const vault = this.circumstances.exportsFor.get(copy.place) ?? '';
    const arrived = (this.points.get(copy.recoveryPoint) ?? []).some(
      ({ place, verified, stored }) => place === vault && verified !== null && stored?.proof.type === 'proven',
    );
    const reasons = [
      ...heldBy(copy),
      ...(arrived ? [] : [`its copy in ${vault} is not proven`]),
      ...this.stillRead(copy),
    ];
    this.candidates += 1;
    if (reasons.length > 0) this.keep(copy, reasons);
    else if (stopped !== null) this.refuse(copy, stopped);
    else this.doom(copy, `export: its copy in ${vault} is proven`);
  }

  /** The rules that count in a place, or why nothing goes. */
  private policyIn(
    place: string,
    rules: TierRules | string,
    all: readonly Candidate[],
  ): { readonly retention: Retention; readonly offset: OffsetMinutes } | string {
    if (typeof rules !== 'string')
      return { retention: rules.retentionIn[place] ?? rules.retention, offset: rules.offset };
    const { retired, now } = this.circumstances;
    if (retired === null) return `retired: ${rules}, and the fleet file has no \`retired\``;
    const newest = Math.max(...all.map(({ dataTime }) => dataTime));
    if (now - newest < retired.afterSeconds * 1000)
      return `retired: ${rules}, and its newest copy is not ${formatDuration(retired.afterSeconds)} old`;
    return { retention: retired.retention, offset: () => 0 };
  }

  /** Why retention neither counts nor deletes a copy; null where it does. */
  private whyNone(copy: ListedCopy, resource: ResourceRef, rules: TierRules | string): string | null {
    if (copy.doubt !== null) return `not believed: ${copy.doubt}`;
    const dataTime = Date.parse(dataTimeOf(copy) ?? '');
    if (Number.isNaN(dataTime)) return 'nothing tells when its data is from';
    if (dataTime > this.circumstances.now + clockToleranceMilliseconds) return 'its data is from the future';
    return copy.copy === null ? this.whyNoRecord(copy) : this.whyNoSnapshot(copy, resource, rules);
  }

  private whyNoRecord({ place, stored, verified }: ListedCopy): string | null {
    if (this.circumstances.exportsFor.has(place)) return null;
    if (verified === null) return 'nobody has verified it';
    return stored?.proof.type === 'unproven' ? `nothing proves it: ${stored.proof.why}` : null;
  }

  private whyNoSnapshot(
    { copy, place, scheduledTime, verified, recoveryPoint }: ListedCopy,
    resource: ResourceRef,
    rules: TierRules | string,
  ): string | null {
    if (copy === null) return null;
    const { fleet, kinds } = this.circumstances;
    if (copy.status !== 'available') return `its service says that it is ${copy.rawStatus}`;
    if (!copy.manual) return 'its service has made it: it is not Farcopy’s to delete';
    const name = kinds.get(resource.kind).copyName?.(fleet, resource, scheduledTime) ?? null;
    if (name === null) return 'no name proves that Farcopy has made it';
    if (copy.id !== name) return `Farcopy would have called it ${name}: its tags may be copied`;
    if (place !== sourcePlace) return verified === null ? 'nobody has verified it' : null;
    const missing = this.missingOf(recoveryPoint, rules);
    return missing === null ? null : `its recovery point is not proven in ${missing}`;
  }

  /** Where a recovery point has no verified copy; null where it has all of them. */
  private missingOf(recoveryPoint: string, rules: TierRules | string): string | null {
    const proven = new Set(
      (this.points.get(recoveryPoint) ?? [])
        .filter(({ doubt, verified, copy, stored, temporary }) =>
          doubt === null && !temporary && verified !== null && copy !== null
            ? copy.status === 'available'
            : stored?.proof.type === 'proven',
        )
        .map(({ place }) => place),
    );
    if (typeof rules === 'string') return proven.size > 0 ? null : 'any vault';
    const missing = rules.route.filter((place) => !proven.has(place));
    return missing.length === 0 ? null : missing.join(', ');
  }

  /** Why another copy of its time may be made of it still. */
  private stillRead({ recoveryPoint }: ListedCopy): string[] {
    const others = this.points.get(recoveryPoint) ?? [];
    const going = others.find(({ copy }) => copy?.status === 'in-progress' || copy?.status === 'other');
    if (going !== undefined) return [`another copy of its recovery point is being made: ${idOf(going)}`];
    const unproven = others.find(
      ({ copy, place, verified, temporary }) =>
        copy?.status === 'available' && place !== sourcePlace && verified === null && !temporary,
    );
    return unproven === undefined ? [] : [`another copy of its recovery point is not proven: ${idOf(unproven)}`];
  }

  private whyStopped({ account }: ResourceRef): string | null {
    const found = this.circumstances.unread.find((one) => one.account === null || one.account === account);
    return found === undefined ? null : `not all could be read: ${found.what}`;
  }

  private keep(copy: ListedCopy, reasons: readonly string[]): void {
    this.kept.push({ copy: this.named(copy), reasons });
  }

  private doom(copy: ListedCopy, rule: string): void {
    const notBefore = new Date(this.circumstances.now + graceMilliseconds).toISOString();
    this.doomed.push({ copy: this.named(copy), rule, notBefore });
  }

  private named(copy: ListedCopy): PlannedCopy {
    const resource = resourceOf(copy, this.circumstances.kinds);
    return {
      resource: resource === null ? copy.resource : resourcePath(resource),
      recoveryPoint: copy.recoveryPoint,
      place: copy.place,
      id: idOf(copy),
      dataTime: dataTimeOf(copy),
    };
  }
}

/** What the service itself tells stands above what a tag says. */
const dataTimeOf = ({ copy, dataTime }: ListedCopy): string | null => copy?.takenAt ?? dataTime;

const idOf = ({ copy, stored }: ListedCopy): string => copy?.arn ?? `${stored?.bucket ?? ''}/${stored?.prefix ?? ''}`;

const heldBy = ({ hold }: ListedCopy): string[] => (hold === noHold ? [] : [`hold: ${hold}`]);

/** The recovery point with the latest data that has a copy in every place of its route; null where none has. */
function newestWhole(ofPlaces: ReadonlyMap<string, readonly Candidate[]>, route: readonly string[]): string | null {
  let newest: Candidate | null = null;
  const inPlaces = route.map((place) => new Set(ofPlaces.get(place)?.map(({ copy }) => copy.recoveryPoint)));
  for (const candidate of [...ofPlaces.values()].flat())
    if (
      inPlaces.every((points) => points.has(candidate.copy.recoveryPoint)) &&
      (newest === null || candidate.dataTime > newest.dataTime)
    )
      newest = candidate;
  return newest?.copy.recoveryPoint ?? null;
}

/** Where a service copies only what has changed, it does so as long as the last copy that it made there exists. */
function lastMade(candidates: readonly Candidate[]): ListedCopy | null {
  const madeAt = ({ copy }: ListedCopy) => Date.parse(copy?.createdAt ?? '');
  let last: ListedCopy | null = null;
  for (const { copy } of candidates)
    if (!Number.isNaN(madeAt(copy)) && (last === null || madeAt(copy) > madeAt(last))) last = copy;
  return last;
}
