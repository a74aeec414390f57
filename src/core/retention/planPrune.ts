import { resourceOf } from '../catalogue/catalogue';
import { copyId, type JudgedCopy, pointsOf } from '../catalogue/judgedCopy';
import { copyTags, noHold, sourcePlace } from '../catalogue/copy';
import { type Retention } from '../backup/policy';
import { formatDuration } from '../duration';
import { type Kinds } from '../kind';
import { fingerprint, recoveryPointId } from '../naming';
import { resourcePath, type ResourceRef } from '../resource';
import { type OffsetMinutes } from './calendar';
import { type Dated, isEmptyPolicy, keepByRules } from './keepByRules';
import { holdText, parseHolds } from './hold';
import { graceMilliseconds, parseMark } from './mark';
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
  /** Tiers that it has taken the place of. */
  readonly formerly: readonly string[];
}

/** A resource that its account lists now. */
export interface PresentResource {
  /** Null where no tier has it. */
  readonly tier: string | null;
  /** Why the tier may be another than is meant, in words for people; null: it is clear. */
  readonly unclear: string | null;
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
  readonly copies: readonly JudgedCopy[];
  /** By their paths, all that could be listed. */
  readonly present: ReadonlyMap<string, PresentResource>;
  /** `kind/account/region`, wherever all resources of the kind were listed: what is absent elsewhere may be there all the same. */
  readonly looked: ReadonlySet<string>;
  readonly unread: readonly Unread[];
  readonly tiers: ReadonlyMap<string, TierRules>;
  /** Of resources that are gone, or in no tier; null: nothing of theirs goes. */
  readonly retired: { readonly afterSeconds: number; readonly retention: Retention } | null;
  /** By the place of exports on their way: the bucket vault that they are for. */
  readonly exportsFor: ReadonlyMap<string, string>;
  readonly kinds: Kinds;
}

/** Clocks of services and of Temporal's server may differ by so much. */
const clockToleranceMilliseconds = 5 * 60_000;
/** More than this share of what a resource has in a place, or of all, is for a person to say. */
const largestShare = 0.2;
/** Of fewer copies a share says little: half of them must stay. */
const fewestForShare = 10;
/** What comes in pushes as much out; where a period ends, one more may go. */
const arrivalsSlack = 1;
/** Where nothing is marked that would tell when retention has looked last. */
const usualRunMilliseconds = 48 * 3600_000;
/** A recovery point is made within days of its time, and travels its route within days of its data. */
const longestJourneyMilliseconds = 7 * 24 * 3600_000;
/** From when the service has begun a copy to its proof. */
const proofMilliseconds = 24 * 3600_000;

/**
 * What retention would do with every copy, as docs/retention.md defines it. Pure: it looks at nothing but what it is given. A copy that
 * it cannot place, prove or date is neither counted nor doomed; it is refused, with the reason.
 */
export function planPrune({ copies, ...circumstances }: PruneCircumstances): PrunePlan {
  const groups = new Map<string, JudgedCopy[]>();
  for (const copy of copies) listOf(groups, pointsOf(copy.recoveryPoint)).push(copy);
  const kept: KeptCopy[] = [];
  const doomed: DoomedCopy[] = [];
  const refused: RefusedCopy[] = [];
  const planning = new PrunePlanning(circumstances, lastMarked(copies, circumstances.now), {
    keep: (one) => void kept.push(one),
    doom: (one) => void doomed.push(one),
    refuse: (one) => void refused.push(one),
  });
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) planning.add(group);
  const { ofAll, brakes } = planning.end();
  return { kept, doomed: doomed.map((one) => braked(one, ofAll)), refused, brakes };
}

/** What a brake on the whole fleet makes of a copy that goes. @param ofAll null: there is none */
export const braked = (one: DoomedCopy, ofAll: string | null): DoomedCopy =>
  ofAll === null ? one : { ...one, brake: one.brake ?? ofAll };

/**
 * When a run of retention has marked something last, as the marks tell (epoch milliseconds); null where nothing is marked.
 *
 * @param now epoch milliseconds: marks of later are none
 */
export function lastMarked(copies: Iterable<JudgedCopy>, now: number): number | null {
  let last: number | null = null;
  for (const copy of copies) {
    const mark = markOf(copy);
    if (mark === null) continue;
    const at = Date.parse(mark.notBefore) - graceMilliseconds;
    if (at <= now && (last === null || at > last)) last = at;
  }
  return last;
}

/** Hears what becomes of each copy. */
export interface PruneSink {
  keep(one: KeptCopy): void;
  /** Its brake is that of its resource: {@link braked} tells it of the fleet. */
  doom(one: DoomedCopy): void;
  refuse(one: RefusedCopy): void;
}

/** What counts of a copy once nothing speaks against it. */
interface Candidate extends Dated {
  readonly copy: JudgedCopy;
}

/** A resource as the tags of a copy name it. */
interface Named {
  readonly resource: ResourceRef;
  readonly path: string;
}

/** A time of a resource. */
interface PointTime {
  /** Epoch milliseconds; NaN: it is no time. */
  readonly scheduled: number;
  /** The id that a recovery point of that time has. */
  readonly recoveryPoint: string | null;
  /** The name that proves a copy; null: none does. Absent until somebody asks. */
  name?: string | null;
}

/** By which rules the copies of one thing are judged, or why by none. */
type Standing =
  | { readonly type: 'tier'; readonly tier: string; readonly rules: TierRules }
  | { readonly type: 'gone'; readonly why: string; readonly newest: number }
  | { readonly type: 'unclear'; readonly why: string };

/** The copies of one thing in one place, in one account and region. */
interface Group {
  readonly place: string;
  readonly where: string;
  readonly candidates: Candidate[];
}

interface Judging {
  readonly standing: Standing;
  /** The newest recovery point with a copy in every place. */
  readonly whole: string | null;
  /** Why nothing of the resource may go; null: it may. */
  readonly stopped: string | null;
}

/** Plans resource by resource, and remembers of each no more than what concerns all. */
export class PrunePlanning {
  private readonly all: Flow = { there: 0, going: 0, inExchange: 0 };
  private readonly brakes = new Set<string>();
  /** When a run has marked something last: epoch milliseconds. */
  private readonly lastRun: number;
  private readonly notBefore: string;
  /** Of the resource at hand: the copies of each recovery point. */
  private points: ReadonlyMap<string, readonly JudgedCopy[]> = new Map();
  /** What all copies of one time have in common, by the scheduled time as their tags say it. */
  private readonly times = new Map<string, PointTime>();
  /** What a copy is of, by the ARN that its tags name. */
  private readonly resources = new Map<string, Named | null>();
  /** By the recovery point: {@link provenSince}. */
  private readonly proofs = new Map<string, readonly number[]>();

  /** @param lastRun as {@link lastMarked} tells */
  constructor(
    private readonly circumstances: Omit<PruneCircumstances, 'copies'>,
    lastRun: number | null,
    private readonly sink: PruneSink,
  ) {
    this.lastRun = lastRun ?? circumstances.now - usualRunMilliseconds;
    this.notBefore = new Date(circumstances.now + graceMilliseconds).toISOString();
  }

  /** Judges all copies whose recovery points are of one name: those of each thing that has borne it, by themselves. */
  add(copies: readonly JudgedCopy[]): void {
    const points = new Map<string, JudgedCopy[]>();
    for (const copy of copies) listOf(points, copy.recoveryPoint).push(copy);
    this.points = points;
    this.times.clear();
    this.resources.clear();
    this.proofs.clear();
    let first: Named | null = null;
    const judged: JudgedCopy[] = [];
    for (const copy of copies) {
      if (copy.temporary) continue;
      const named = this.namedBy(copy);
      if (named === null) this.refuse(copy, `not believed: ${copy.doubt ?? 'its tags name no resource'}`);
      else {
        first ??= named;
        judged.push(copy);
      }
    }
    if (first !== null) this.addResource(first.path, first.resource, judged);
  }

  end(): {
    /** What stops all that goes; null: nothing does. */ readonly ofAll: string | null;
    readonly brakes: readonly string[];
  } {
    const { all, brakes } = this;
    const ofAll = isTooMuch(all) ? `${all.going} of the fleet's ${all.there} copies would go` : null;
    return { ofAll, brakes: [...(ofAll === null ? [] : [ofAll]), ...brakes] };
  }

  private addResource(path: string, resource: ResourceRef, copies: readonly JudgedCopy[]): void {
    const present = this.circumstances.present.get(path);
    const ofPresent: JudgedCopy[] = [];
    const ofOthers = new Map<string, JudgedCopy[]>();
    for (const copy of copies) {
      const incarnation = this.incarnationOf(copy);
      const isAnother =
        incarnation !== null &&
        (present === undefined || (present.incarnation !== undefined && incarnation !== present.incarnation));
      if (isAnother) listOf(ofOthers, incarnation).push(copy);
      else ofPresent.push(copy);
    }
    const standing = this.standingOf(resource, present, copies);
    this.addThing(resource, ofPresent, standing);
    for (const others of ofOthers.values()) {
      const why = 'it is of another one of that name, which is there no more';
      this.addThing(
        resource,
        others,
        present === undefined ? standing : { type: 'gone', why, newest: newestOf(others) },
      );
    }
  }

  private refuse(copy: JudgedCopy, why: string): void {
    this.sink.refuse({ copy: this.named(copy), why });
  }

  private standingOf(
    { kind, account, region }: ResourceRef,
    present: PresentResource | undefined,
    copies: readonly JudgedCopy[],
  ): Standing {
    if (present === undefined) {
      if (!this.circumstances.looked.has(`${kind}/${account}/${region}`))
        return { type: 'unclear', why: 'nobody has looked whether its resource is still there' };
      return { type: 'gone', why: 'it is there no more', newest: newestOf(copies) };
    }
    if (present.unclear !== null) return { type: 'unclear', why: present.unclear };
    const rules = present.tier === null ? undefined : this.circumstances.tiers.get(present.tier);
    if (present.tier === null || rules === undefined)
      return { type: 'gone', why: 'no tier has it', newest: newestOf(copies) };
    return { type: 'tier', tier: present.tier, rules };
  }

  private addThing(resource: ResourceRef, copies: readonly JudgedCopy[], standing: Standing): void {
    const groups = new Map<string, Group>();
    const exported: JudgedCopy[] = [];
    const atSource: JudgedCopy[] = [];
    const count = (copy: JudgedCopy) => {
      const where = copy.copy === null ? copy.place : `${copy.place} (${copy.copy.account}/${copy.copy.region})`;
      const group = groups.get(where) ?? { place: copy.place, where, candidates: [] };
      groups.set(where, group);
      group.candidates.push({ copy, id: copyId(copy), dataTime: Date.parse(dataTimeOf(copy) ?? '') });
    };
    for (const copy of copies) {
      const why = this.whyNone(copy, resource);
      if (why !== null) this.refuse(copy, why);
      else if (this.isExport(copy)) exported.push(copy);
      else if (copy.place === sourcePlace) atSource.push(copy);
      else count(copy);
    }
    // Whether a copy at the source counts, those in the vaults tell.
    const inVaults = [...groups.values()];
    for (const copy of atSource) {
      const missing = this.missingOf(copy, standing, inVaults);
      if (missing === null) count(copy);
      else this.refuse(copy, `its recovery point is not proven in ${missing}`);
    }
    const whole = standing.type === 'tier' ? newestWhole([...groups.values()], standing.rules.route) : null;
    const judging: Judging = { standing, whole, stopped: this.whyStopped(resource) };
    for (const group of [...groups.values()].sort((a, b) => (a.where < b.where ? -1 : 1)))
      this.addGroup(resource, group, judging);
    for (const copy of exported) this.addExport(copy, judging);
  }

  private addGroup(resource: ResourceRef, group: Group, judging: Judging): void {
    const { place, where, candidates } = group;
    const { standing, whole, stopped } = judging;
    const policy = this.policyIn(place, standing);
    if (typeof policy === 'string') {
      for (const { copy } of candidates) this.keep(copy, [policy, ...this.heldBy(copy)]);
      return;
    }
    const last = place === sourcePlace ? null : lastMade(candidates);
    const isEmpty = place !== sourcePlace && isEmptyPolicy(policy.retention);
    const going: { readonly copy: JudgedCopy; readonly rule: string }[] = [];
    for (const judged of keepByRules(candidates, policy.retention, policy.offset)) {
      const { copy } = judged.copy;
      const reasons = [...judged.reasons, ...this.heldBy(copy)];
      if (copy.recoveryPoint === whole) reasons.push('the newest recovery point that is whole in every place');
      if (copy === last) reasons.push('the last one made in its place: the next copy may build on it');
      reasons.push(...this.stillRead(copy));
      if (reasons.length > 0) this.keep(copy, reasons);
      else if (stopped !== null) this.refuse(copy, stopped);
      else if (isEmpty)
        this.refuse(copy, 'the policy keeps nothing but the newest copy: write `daily: 1` if that is meant');
      else going.push({ copy, rule: 'rule' in judged ? judged.rule : '' });
    }
    const path = resourcePath(resource);
    const flow = this.flowOf(candidates, new Set(going.map(({ copy }) => copy)));
    const tooMany = isTooMuch(flow)
      ? `${flow.going} of the ${flow.there} copies of ${path} in ${where} would go`
      : null;
    // What waits for a person keeps nothing else.
    if (tooMany === null) {
      this.all.there += flow.there;
      this.all.going += flow.going;
      this.all.inExchange += flow.inExchange;
    }
    const print =
      going.length === 0 ? '' : policyPrint(standing.type === 'tier' ? standing.tier : null, policy.retention);
    for (const { copy, rule } of going)
      this.doom(copy, rule, print, tooMany ?? this.otherTierOf(copy, path, group, standing));
  }

  /** What goes that no run has marked yet, beside what is there unmarked and what has come in since a run marked something. */
  private flowOf(candidates: readonly Candidate[], going: ReadonlySet<JudgedCopy>): Flow {
    // What lies in buckets nobody deletes: it would be new for ever.
    const snapshots = candidates.filter(({ copy }) => copy.copy !== null);
    // Whatever a run has marked once was within what may go then.
    const unmarked = snapshots.filter(({ copy }) => markOf(copy) === null);
    return {
      there: unmarked.length,
      going: unmarked.filter(({ copy }) => going.has(copy)).length,
      inExchange: snapshots.filter((candidate) => this.isNew(candidate)).length + arrivalsSlack,
    };
  }

  /** Whether a copy has begun to count since the last run: a run that came before the proof could not have marked it. */
  private isNew({ copy, dataTime }: Candidate): boolean {
    if ((madeAt(copy) ?? dataTime) > this.lastRun) return true;
    // What was proven anew long after, a drill has looked at.
    return this.provenSince(copy.recoveryPoint).some((at) => at - dataTime <= longestJourneyMilliseconds);
  }

  /**
   * When copies of a recovery point were proven, of proofs that count from after the last run. Whoever may write a tag writes the time of a
   * proof, so it counts for no longer after the service has made the copy than a proof takes. Epoch milliseconds.
   */
  private provenSince(recoveryPoint: string): readonly number[] {
    const known = this.proofs.get(recoveryPoint);
    if (known !== undefined) return known;
    const { lastRun } = this;
    const proofs: number[] = [];
    for (const one of this.points.get(recoveryPoint) ?? []) {
      if (one.verified === null || one.doubt !== null || one.temporary) continue;
      const at = Date.parse(one.verified.split(' ')[1] ?? '');
      if (!(at > lastRun && at <= this.circumstances.now)) continue;
      const made = madeAt(one);
      if (made !== null && made + proofMilliseconds > lastRun) proofs.push(at);
    }
    this.proofs.set(recoveryPoint, proofs);
    return proofs;
  }

  /** Whoever owns a source can write the tag that names the tier: what its former tier would keep goes by no other. */
  private otherTierOf(
    copy: JudgedCopy,
    path: string,
    { place, where, candidates }: Group,
    standing: Standing,
  ): string | null {
    if (standing.type !== 'tier' || place === sourcePlace || copy.copy === null) return null;
    if (copy.tier === standing.tier || standing.rules.formerly.includes(copy.tier)) return null;
    const former = this.circumstances.tiers.get(copy.tier);
    const goesAsWell =
      former !== undefined &&
      keepByRules(candidates, former.retentionIn[place] ?? former.retention, former.offset).some(
        (judged) => judged.copy.copy === copy && judged.reasons.length === 0,
      );
    return goesAsWell
      ? null
      : `copies of ${path} in ${where} were made in tier ${copy.tier}, and would go by tier ${standing.tier}`;
  }

  /** Several vaults may be filled from one export. */
  private addExport(copy: JudgedCopy, { stopped }: Judging): void {
    const here = this.points.get(copy.recoveryPoint) ?? [];
    const vaults = here
      .filter((one) => this.isExport(one) && copyId(one) === copyId(copy))
      .map(({ place }) => this.circumstances.exportsFor.get(place) ?? '');
    const waiting = vaults.filter(
      (vault) => !here.some(({ place, verified, stored }) => place === vault && verified !== null && isProven(stored)),
    );
    const reasons = [
      ...this.heldBy(copy),
      ...waiting.map((vault) => `export: its copy in ${vault} is not proven`),
      ...this.stillRead(copy),
    ];
    if (reasons.length > 0) this.keep(copy, reasons);
    else if (stopped !== null) this.refuse(copy, stopped);
    else this.doom(copy, `export: its copy in ${vaults.join(' and in ')} is proven`, policyPrint('export', null), null);
  }

  private isExport({ copy, place }: JudgedCopy): boolean {
    return copy === null && this.circumstances.exportsFor.has(place);
  }

  /** The rules that count in a place, or why nothing goes. */
  private policyIn(
    place: string,
    standing: Standing,
  ): { readonly retention: Retention; readonly offset: OffsetMinutes } | string {
    if (standing.type === 'unclear') return standing.why;
    if (standing.type === 'tier') {
      const { retention, retentionIn, route, offset } = standing.rules;
      const own = retentionIn[place];
      if (own === undefined && place !== sourcePlace && !route.includes(place))
        return 'no route of its tier leads there any more, and `retention.places` says nothing of it';
      return { retention: own ?? retention, offset };
    }
    const { retired, now } = this.circumstances;
    if (retired === null) return `retired: ${standing.why}, and the fleet file has no \`retired\``;
    if (!(now - standing.newest >= retired.afterSeconds * 1000))
      return `retired: ${standing.why}, and its newest copy is not ${formatDuration(retired.afterSeconds)} old`;
    return { retention: retired.retention, offset: () => 0 };
  }

  /** Why retention neither counts nor deletes a copy; null where it may. */
  private whyNone(copy: JudgedCopy, resource: ResourceRef): string | null {
    if (copy.doubt !== null) return `not believed: ${copy.doubt}`;
    const { scheduled, recoveryPoint } = this.timeOf(resource, copy.scheduledTime);
    if (recoveryPoint === null || copy.recoveryPoint !== recoveryPoint)
      return 'its tags contradict each other about its time';
    const dataTime = Date.parse(dataTimeOf(copy) ?? '');
    if (Number.isNaN(dataTime)) return 'nothing tells when its data is from';
    if (dataTime > this.circumstances.now + clockToleranceMilliseconds) return 'its data is from the future';
    if (dataTime - scheduled > longestJourneyMilliseconds)
      return 'its tags say that its data is from more than a week after its time';
    return copy.copy === null ? this.whyNoRecord(copy) : this.whyNoSnapshot(copy, resource, dataTime);
  }

  private whyNoRecord(copy: JudgedCopy): string | null {
    if (this.isExport(copy)) return null;
    if (copy.verified === null) return 'nobody has verified it';
    return copy.stored?.proof.type === 'unproven' ? `nothing proves it: ${copy.stored.proof.why}` : null;
  }

  private whyNoSnapshot(
    { copy, place, scheduledTime, verified }: JudgedCopy,
    resource: ResourceRef,
    dataTime: number,
  ): string | null {
    if (copy === null) return null;
    if (copy.status !== 'available') return `its service says that it is ${copy.rawStatus}`;
    if (!copy.manual) return 'its service has made it: it is not Farcopy’s to delete';
    const name = this.nameFor(resource, scheduledTime);
    if (name === null) return 'no name proves that Farcopy has made it';
    if (copy.id !== name) return `Farcopy would have called it ${name}: its tags may be copied`;
    // Whoever owns the source can write it there, so it proves nothing; but nothing may delete what does not have it.
    if (place === sourcePlace) return copy.tags[copyTags.verified] === undefined ? 'nobody has verified it' : null;
    if (copy.createdAt === null || Date.parse(copy.createdAt) - dataTime > longestJourneyMilliseconds)
      return 'it was made more than a week after its data, so its tags may be forged';
    return verified === null ? 'nobody has verified it' : null;
  }

  /** The paths of all recovery points at hand are one: the ARN alone tells copies apart. */
  private namedBy(copy: JudgedCopy): Named | null {
    const known = this.resources.get(copy.resource);
    if (known !== undefined) return known;
    const resource = resourceOf(copy, this.circumstances.kinds);
    const named = resource === null ? null : { resource, path: resourcePath(resource) };
    this.resources.set(copy.resource, named);
    return named;
  }

  /** All things at hand have one path, by which their recovery points are called. */
  private timeOf(resource: ResourceRef, scheduledTime: string): PointTime {
    const known = this.times.get(scheduledTime);
    if (known !== undefined) return known;
    const scheduled = Date.parse(scheduledTime);
    const recoveryPoint = Number.isNaN(scheduled) ? null : recoveryPointId(resource, scheduledTime);
    const time: PointTime = { scheduled, recoveryPoint };
    this.times.set(scheduledTime, time);
    return time;
  }

  /** The same in every place. */
  private nameFor(resource: ResourceRef, scheduledTime: string): string | null {
    const time = this.timeOf(resource, scheduledTime);
    if (time.name !== undefined) return time.name;
    const { fleet, kinds } = this.circumstances;
    time.name = kinds.get(resource.kind).copyName?.(fleet, resource, scheduledTime) ?? null;
    return time.name;
  }

  /**
   * Where the recovery point of a copy at the source has no verified copy; null where it has all of them. A vault that would let go of a copy
   * of that time misses none.
   */
  private missingOf(source: JudgedCopy, standing: Standing, groups: readonly Group[]): string | null {
    const proven = new Set(
      (this.points.get(source.recoveryPoint) ?? [])
        .filter(({ doubt, verified, copy, stored, temporary }) =>
          copy === null
            ? isProven(stored)
            : doubt === null && !temporary && verified !== null && copy.status === 'available',
        )
        .map(({ place }) => place),
    );
    if (standing.type !== 'tier') return proven.size > 0 ? null : 'any vault';
    const dataTime = Date.parse(dataTimeOf(source) ?? '');
    const missing = standing.rules.route.filter((place) => {
      if (proven.has(place)) return false;
      const policy = this.policyIn(place, standing);
      if (typeof policy === 'string') return true;
      const there = groups.filter((group) => group.place === place).flatMap(({ candidates }) => candidates);
      const asIf: Dated = { id: '', dataTime };
      const judged = keepByRules([...there, asIf], policy.retention, policy.offset).find(({ copy }) => copy === asIf);
      return judged === undefined || judged.reasons.length > 0;
    });
    return missing.length === 0 ? null : missing.join(', ');
  }

  /** Why another copy of its time may be made of it still. */
  private stillRead({ recoveryPoint }: JudgedCopy): string[] {
    const others = (this.points.get(recoveryPoint) ?? []).filter(({ doubt }) => doubt === null);
    const going = others.find(({ copy }) => copy?.status === 'in-progress' || copy?.status === 'other');
    if (going !== undefined) return [`another copy of its recovery point is being made: ${copyId(going)}`];
    const unproven = others.find(
      ({ copy, place, verified, temporary }) =>
        copy?.status === 'available' && place !== sourcePlace && verified === null && !temporary,
    );
    return unproven === undefined ? [] : [`another copy of its recovery point is not proven: ${copyId(unproven)}`];
  }

  /** A hold is of a recovery point: whoever sets one on a copy wants the data, wherever it lies. */
  private heldBy({ recoveryPoint }: JudgedCopy): string[] {
    const held = (this.points.get(recoveryPoint) ?? []).filter(({ doubt, hold }) => doubt === null && hold !== noHold);
    if (held.length === 0) return [];
    const holds = held.flatMap(({ hold }) => parseHolds(hold).map((one) => `hold: ${holdText(one)}`));
    return [...new Set(holds)];
  }

  /** Whoever can write to a bucket can write a record there: of what a record is, the copies in vaults tell. */
  private incarnationOf({ copy, incarnation, recoveryPoint }: JudgedCopy): string | null {
    if (copy !== null) return incarnation;
    const proving = (this.points.get(recoveryPoint) ?? []).find(
      (one) => one.copy !== null && one.doubt === null && one.verified !== null,
    );
    return proving === undefined ? incarnation : proving.incarnation;
  }

  private whyStopped({ account }: ResourceRef): string | null {
    const found = this.circumstances.unread.find((one) => one.account === null || one.account === account);
    return found === undefined ? null : `not all could be read: ${found.what}`;
  }

  private keep(copy: JudgedCopy, reasons: readonly string[]): void {
    this.sink.keep({ copy: this.named(copy), reasons });
  }

  private doom(copy: JudgedCopy, rule: string, policy: string, brake: string | null): void {
    const { notBefore } = this;
    if (brake !== null) this.brakes.add(brake);
    this.sink.doom({ copy: this.named(copy), rule, notBefore, policy, brake });
  }

  private named(copy: JudgedCopy): PlannedCopy {
    return {
      resource: this.namedBy(copy)?.path ?? copy.resource,
      recoveryPoint: copy.recoveryPoint,
      place: copy.place,
      id: copyId(copy),
      dataTime: dataTimeOf(copy),
      mark: copy.copy?.tags[copyTags.deleteAfter] ?? null,
    };
  }
}

/** The same for the same rules; of what is retired, `tier` is null. */
function policyPrint(tier: string | null, retention: Retention | null): string {
  const rules = Object.entries(retention ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint(JSON.stringify([tier, rules]));
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

/** What the service itself tells stands above what a tag says. */
const dataTimeOf = ({ copy, dataTime }: JudgedCopy): string | null => copy?.takenAt ?? dataTime;

/** Epoch milliseconds; of no copy with a time: never. */
const newestOf = (copies: readonly JudgedCopy[]): number =>
  copies.reduce((newest, copy) => {
    const time = Date.parse(dataTimeOf(copy) ?? '');
    return time > newest ? time : newest;
  }, -Infinity);

const markOf = ({ copy }: JudgedCopy) => parseMark(copy?.tags[copyTags.deleteAfter]);

/** When a snapshot was made, epoch milliseconds; null where its service does not tell. */
function madeAt({ copy }: JudgedCopy): number | null {
  const at = Date.parse(copy?.createdAt ?? '');
  return Number.isNaN(at) ? null : at;
}

const isProven = (stored: JudgedCopy['stored']): boolean => stored?.proof.type === 'proven';

/** Snapshots of one thing in one place, or of all. */
interface Flow {
  /** Unmarked. */
  there: number;
  /** Of them, let go. */
  going: number;
  /** As many may go for what has come in since the last run. */
  inExchange: number;
}

/** More than a fifth, or of few copies more than half; unless about as many have come in. */
function isTooMuch({ there, going, inExchange }: Flow): boolean {
  const share = there > fewestForShare ? there * largestShare : Math.max(1, there / 2);
  return going > Math.max(share, inExchange);
}

/** The recovery point with the latest data that has a copy in every place of its route; null where none has. */
function newestWhole(groups: readonly Group[], route: readonly string[]): string | null {
  const inPlaces = route.map(
    (name) =>
      new Set(
        groups
          .filter(({ place }) => place === name)
          .flatMap(({ candidates }) => candidates.map(({ copy }) => copy.recoveryPoint)),
      ),
  );
  let newest: Candidate | null = null;
  for (const { candidates } of groups)
    for (const candidate of candidates)
      if (
        inPlaces.every((points) => points.has(candidate.copy.recoveryPoint)) &&
        (newest === null || candidate.dataTime > newest.dataTime)
      )
        newest = candidate;
  return newest?.copy.recoveryPoint ?? null;
}

/** Where a service copies only what has changed, it does so as long as the last copy that it made there exists. */
function lastMade(candidates: readonly Candidate[]): JudgedCopy | null {
  let last: { readonly copy: JudgedCopy; readonly at: number } | null = null;
  for (const { copy } of candidates) {
    const at = madeAt(copy);
    if (at !== null && (last === null || at > last.at)) last = { copy, at };
  }
  return last?.copy ?? null;
}
