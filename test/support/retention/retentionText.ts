import { type Retention } from '../../../src/core/backup/policy';
import { type CopyStatus, copyTags, noHold, sourcePlace, temporaryRetention } from '../../../src/core/catalogue/copy';
import { type ResourceRef } from '../../../src/core/resource';
import { type FakeSnapshot } from '../../fakes/aws/snapshots';
import { oracleKeeps } from './oracle';

export type Named = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/** What the fleet file says of a tier, as far as the text speaks of it. */
export interface TextTier {
  readonly name: string;
  readonly retention: Retention;
  /** By the place. */
  readonly retentionIn: Readonly<Record<string, Retention>>;
  readonly timezone: string;
  readonly route: readonly string[];
}

/** The world that the text is held against, as it is and not as anybody has read it. */
export interface TextWorld {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly snapshots: readonly FakeSnapshot[];
  readonly statusOf: (snapshot: FakeSnapshot) => CopyStatus;
  /** Whether Farcopy itself has made it, whatever its tags say. */
  readonly isOurs: (snapshot: FakeSnapshot) => boolean;
  /** Where a copy of a resource lies; null: where none belongs. */
  readonly placeOf: (snapshot: FakeSnapshot, resource: Named) => string | null;
  readonly standingOf: (resource: Named) => TextStanding;
  /** Of what is gone, or in no tier; null: the fleet file says nothing of it. */
  readonly retired: { readonly afterSeconds: number; readonly retention: Retention } | null;
  /** Ids of the recovery points that have a record in a vault in a bucket. */
  readonly recordedIn: (vault: string) => ReadonlySet<string>;
}

/** What there is of a resource now. */
export type TextStanding =
  | { readonly type: 'tier'; readonly tier: TextTier; readonly incarnation: string | undefined }
  /** `incarnation`: of one that is there, and in no tier. */
  | { readonly type: 'retired'; readonly incarnation: string | undefined; readonly isThere: boolean }
  | { readonly type: 'unclear' };

interface Thing {
  readonly tier: TextTier | null;
  readonly copies: readonly FakeSnapshot[];
}

const day = 86_400_000;
const week = 7 * day;
/** Clocks may differ by so much. */
const clockTolerance = 5 * 60_000;

/**
 * docs/retention.md as this file reads it: which copies stay, and why. No plan and no mark of the code under test has a say, and neither
 * have the brakes, which only put off. Vaults in buckets count as they prove what lies at the source; what lies there is judged by nobody.
 */
export class RetentionText {
  private readonly points = new Map<string, FakeSnapshot[]>();
  private readonly resources = new Map<string, { readonly resource: Named; readonly copies: FakeSnapshot[] }>();
  private readonly verdicts = new Map<string, Map<FakeSnapshot, string | null>>();

  constructor(private readonly world: TextWorld) {
    for (const copy of world.snapshots) {
      const resource = resourceIn(copy);
      if (resource === null || !world.isOurs(copy)) continue;
      listOf(this.points, pointOf(copy)).push(copy);
      if (isTemporary(copy)) continue;
      const path = pathOf(resource);
      const known = this.resources.get(path) ?? { resource, copies: [] };
      this.resources.set(path, known);
      known.copies.push(copy);
    }
  }

  /** Why the text keeps a copy; null where it lets it go. */
  whyKept(copy: FakeSnapshot): string | null {
    if (!this.world.isOurs(copy)) return 'somebody else has made it';
    if (isTemporary(copy)) return 'it is on its way, and the sweeper’s';
    const resource = resourceIn(copy);
    if (resource === null) return 'its tags name no resource';
    return this.judged(resource).get(copy) ?? null;
  }

  /** All copies, and why the text keeps them. */
  all(): Map<FakeSnapshot, string | null> {
    return new Map(this.world.snapshots.map((copy) => [copy, this.whyKept(copy)]));
  }

  /** What lets a copy go, so that two moments can be compared: the tier and its rules in the place of the copy. */
  rulesOf(copy: FakeSnapshot): string {
    const resource = resourceIn(copy);
    const tier = resource === null ? null : (this.thingOf(resource, copy)?.tier ?? null);
    const place = resource === null ? null : this.world.placeOf(copy, resource);
    if (tier === null) return JSON.stringify(['retired', this.world.retired?.retention]);
    return JSON.stringify([tier.name, sorted(rulesIn(tier, place ?? ''))]);
  }

  private judged(resource: Named): Map<FakeSnapshot, string | null> {
    const path = pathOf(resource);
    let found = this.verdicts.get(path);
    if (found === undefined) this.verdicts.set(path, (found = this.judge(resource)));
    return found;
  }

  private judge(resource: Named): Map<FakeSnapshot, string | null> {
    const verdicts = new Map<FakeSnapshot, string | null>();
    const { copies = [] } = this.resources.get(pathOf(resource)) ?? {};
    const standing = this.world.standingOf(resource);
    if (standing.type === 'unclear') {
      for (const copy of copies) verdicts.set(copy, 'nobody can say whether its database is there, or in which tier');
      return verdicts;
    }
    for (const thing of this.thingsOf(resource)) this.judgeThing(resource, thing, verdicts);
    return verdicts;
  }

  /** What bears one name may be several databases, one after the other. */
  private thingsOf(resource: Named): Thing[] {
    const { copies = [] } = this.resources.get(pathOf(resource)) ?? {};
    const standing = this.world.standingOf(resource);
    if (standing.type === 'unclear') return [{ tier: null, copies }];
    const isThere = standing.type === 'tier' || standing.isThere;
    const present: FakeSnapshot[] = [];
    const others = new Map<string, FakeSnapshot[]>();
    for (const copy of copies) {
      const its = copy.tags[copyTags.incarnation];
      const isPresent =
        its === undefined || (isThere && (standing.incarnation === undefined || standing.incarnation === its));
      if (isPresent) present.push(copy);
      else listOf(others, its).push(copy);
    }
    return [
      { tier: standing.type === 'tier' ? standing.tier : null, copies: present },
      ...[...others.values()].map((those) => ({ tier: null, copies: those })),
    ];
  }

  private thingOf(resource: Named, copy: FakeSnapshot): Thing | undefined {
    return this.thingsOf(resource).find(({ copies }) => copies.includes(copy));
  }

  private judgeThing(resource: Named, thing: Thing, verdicts: Map<FakeSnapshot, string | null>): void {
    const { tier, copies } = thing;
    const { retired, now } = this.world;
    const counted = new Map<string, FakeSnapshot[]>();
    const atSource: FakeSnapshot[] = [];
    for (const copy of copies) {
      const place = this.world.placeOf(copy, resource);
      const why = this.whyNone(copy, place);
      if (place === null || why !== null) verdicts.set(copy, why ?? 'it lies where no copy of it belongs');
      else if (place === sourcePlace) atSource.push(copy);
      else listOf(counted, whereOf(place, copy)).push(copy);
    }
    for (const copy of atSource) {
      const missing = this.missingOf(copy, tier, counted);
      if (missing === null) listOf(counted, whereOf(sourcePlace, copy)).push(copy);
      else verdicts.set(copy, `its recovery point is not proven in ${missing}`);
    }
    const whole = tier === null ? null : this.newestWhole(tier, counted);
    const newest = Math.max(...copies.map(timeOf).filter((time) => !Number.isNaN(time)));
    for (const [where, here] of counted) {
      const place = where.split(' ')[0] ?? '';
      const rules = tier === null ? (retired?.retention ?? null) : rulesIn(tier, place);
      const zone = tier?.timezone ?? 'UTC';
      const hasLeft =
        tier !== null && place !== sourcePlace && !tier.route.includes(place) && tier.retentionIn[place] === undefined;
      const isTooYoung = tier === null && (retired === null || now - newest < retired.afterSeconds * 1000);
      const kept = rules === null ? new Set<number>() : oracleKeeps(here.map(timeOf), rules, zone);
      const lastMade = Math.max(...here.map(({ startedAt }) => startedAt));
      for (const copy of here)
        verdicts.set(
          copy,
          this.heldBy(copy) ??
            (rules === null || isTooYoung ? 'its database is gone, or in no tier' : null) ??
            (hasLeft ? 'its vault has left the route' : null) ??
            (kept.has(timeOf(copy)) ? 'a rule keeps it' : null) ??
            (place !== sourcePlace && isEmpty(rules) ? 'an empty policy' : null) ??
            (pointOf(copy) === whole ? 'of the newest recovery point that is whole' : null) ??
            (place !== sourcePlace && copy.startedAt === lastMade ? 'the last one made in its vault' : null) ??
            this.stillRead(copy),
        );
    }
  }

  /** Why a copy does not count, wherever it is. */
  private whyNone(copy: FakeSnapshot, place: string | null): string | null {
    const { tags, startedAt } = copy;
    if (this.world.statusOf(copy) !== 'available') return 'it is not available';
    const [time, scheduled] = [timeOf(copy), Date.parse(tags[copyTags.scheduledTime] ?? '')];
    if (Number.isNaN(time) || Number.isNaN(scheduled)) return 'nothing tells its time';
    if (time > this.world.now + clockTolerance) return 'its data is from the future';
    if (isForged(copy) || time - scheduled > week) return 'its time is forged';
    if (tags[copyTags.verified] === undefined) return 'nobody has verified it';
    if (place === sourcePlace) return tags[copyTags.place] === sourcePlace ? null : 'its tags say another place';
    return startedAt - time > week ? 'it was made more than a week after its data' : null;
  }

  private isProven(point: string, resource: Named, place: string): boolean {
    return (this.points.get(point) ?? []).some(
      (copy) =>
        !isTemporary(copy) &&
        this.world.placeOf(copy, resource) === place &&
        this.world.statusOf(copy) === 'available' &&
        !isForged(copy) &&
        copy.tags[copyTags.verified] !== undefined,
    );
  }

  private missingOf(
    copy: FakeSnapshot,
    tier: TextTier | null,
    counted: ReadonlyMap<string, readonly FakeSnapshot[]>,
  ): string | null {
    const resource = resourceIn(copy);
    if (resource === null) return 'any vault';
    const point = pointOf(copy);
    const inVaults = (this.points.get(point) ?? [])
      .map((one) => this.world.placeOf(one, resource))
      .filter((place) => place !== null && place !== sourcePlace);
    const proven = new Set(inVaults.filter((place) => this.isProven(point, resource, place ?? '')));
    const isProven = (place: string) =>
      proven.has(place) || (proven.size > 0 && this.world.recordedIn(place).has(point));
    if (tier === null) return proven.size > 0 ? null : 'any vault';
    const missing = tier.route.filter((place) => {
      if (isProven(place)) return false;
      // As if it lay there too: would that vault's rules keep it?
      const there = [...counted].flatMap(([where, here]) => (where.startsWith(`${place} `) ? here : []));
      const times = there.map(timeOf);
      for (const recorded of this.world.recordedIn(place))
        if (recorded.startsWith(`${pathOf(resource)}/`) && this.isRecordProven(recorded, resource))
          times.push(this.timeOfPoint(recorded));
      return oracleKeeps([...times, timeOf(copy)], rulesIn(tier, place), tier.timezone).has(timeOf(copy));
    });
    return missing.length === 0 ? null : missing.join(', ');
  }

  private isRecordProven(point: string, resource: Named): boolean {
    return (this.points.get(point) ?? []).some((one) => {
      const place = this.world.placeOf(one, resource);
      return place !== null && place !== sourcePlace && this.isProven(point, resource, place);
    });
  }

  private timeOfPoint(point: string): number {
    return Math.max(...(this.points.get(point) ?? []).map(timeOf));
  }

  private newestWhole(tier: TextTier, counted: ReadonlyMap<string, readonly FakeSnapshot[]>): string | null {
    const all = [...counted.values()].flat();
    const isIn = (point: string, place: string) =>
      [...counted].some(
        ([where, here]) => where.startsWith(`${place} `) && here.some((one) => pointOf(one) === point),
      ) || this.world.recordedIn(place).has(point);
    const whole = all.filter((copy) => tier.route.every((place) => isIn(pointOf(copy), place)));
    const newest = whole.reduce<FakeSnapshot | null>(
      (best, one) => (best === null || timeOf(one) > timeOf(best) ? one : best),
      null,
    );
    return newest === null ? null : pointOf(newest);
  }

  private heldBy(copy: FakeSnapshot): string | null {
    const isHeld = ({ tags }: FakeSnapshot) => (tags[copyTags.hold] ?? noHold) !== noHold;
    return (this.points.get(pointOf(copy)) ?? []).some(isHeld) ? 'held' : null;
  }

  private stillRead(copy: FakeSnapshot): string | null {
    const resource = resourceIn(copy);
    const others = this.points.get(pointOf(copy)) ?? [];
    if (others.some((one) => this.world.statusOf(one) === 'in-progress'))
      return 'another copy of its point is being made';
    const isUnproven = (one: FakeSnapshot) =>
      this.world.statusOf(one) === 'available' &&
      !isTemporary(one) &&
      one.tags[copyTags.verified] === undefined &&
      resource !== null &&
      this.world.placeOf(one, resource) !== sourcePlace;
    return others.some(isUnproven) ? 'another copy of its point is not proven' : null;
  }
}

const rulesIn = ({ retention, retentionIn }: TextTier, place: string): Retention => retentionIn[place] ?? retention;

const sorted = (rules: Retention) => Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1));

/** `minimum: 1` alone reads like a policy that was emptied. */
function isEmpty(rules: Retention | null): boolean {
  if (rules === null) return false;
  const { minimum, ...others } = rules;
  return minimum === 1 && Object.values(others).every((count) => (count ?? 0) === 0);
}

const whereOf = (place: string, { account, region }: FakeSnapshot) => `${place} ${account}/${region}`;

const pointOf = ({ tags }: FakeSnapshot): string => tags[copyTags.recoveryPoint] ?? '';

const timeOf = ({ tags }: FakeSnapshot): number => Date.parse(tags[copyTags.dataTime] ?? '');

/** No copy is older than its data. */
const isForged = (copy: FakeSnapshot): boolean => timeOf(copy) > Math.ceil(copy.startedAt / 1000) * 1000;

const isTemporary = ({ tags }: FakeSnapshot): boolean => tags[copyTags.retention] === temporaryRetention;

export const pathOf = ({ kind, account, region, id }: Named): string => [kind, account, region, id].join('/');

/** As the id of its recovery point says. */
export function resourceIn(copy: FakeSnapshot): Named | null {
  const [kind, account, region, id, time] = pointOf(copy).split('/');
  if (kind === undefined || account === undefined || region === undefined || id === undefined || time === undefined)
    return null;
  return { kind, account, region, id };
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
