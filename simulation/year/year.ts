import { signalLifecycles } from '../../src/client/backup/signalLifecycles';
import { type Client } from '@temporalio/client';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { type Fleet, Firings, parseFleet, policyOf } from '../../src/config';
import { copyTags, sourcePlace } from '../../src/core/catalogue/copy';
import { type CreateRecoveryPointInput } from '../../src/core/backup/recoveryPointPlan';
import { workflowNames } from '../../src/core/messageNames';
import { parseMark } from '../../src/core/retention/mark';
import { recoveryPointId, scheduledTimeLabel } from '../../src/core/naming';
import { resourcePath, type Resource } from '../../src/core/resource';
import { kinds, knownKinds } from '../../src/kinds/registry';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { SimulatedClouds } from '../clouds/simulatedClouds';
import { type Plant } from '../plant';
import { Random } from '../random';
import { recordedPoints } from '../retention/recordedPoints';
import { RetentionOperator } from '../retention/retentionOperator';
import { placeIn } from '../retention/textOfWorld';
import { fireRound } from '../rounds';
import { CallRules } from '../rules/callRules';
import { type PruneRules, reportOf } from '../rules/pruneRules';
import { inputOf } from '../rules/runRules';
import { type Fault } from '../scenario';
import { attemptHere } from '../temporal/activityService';
import { SimulatedClient } from '../temporal/client';
import { type Run } from '../temporal/run';
import { TemporalService, type Witness } from '../temporal/service';
import { type WorkflowVms } from '../temporal/workflowVm';
import { liveIn, VirtualTime } from '../virtualTime';
import { Workers } from '../workers';
import { isGenuine, pruneRules } from '../world';
import { Breaches } from './breaches';
import { StockWatch } from './stockWatch';
import { day, hour, type TierName, yearFleetText, yearResources } from './yearFleet';

/** What a year came to. */
export interface YearOutcome {
  readonly seed: number;
  readonly days: number;
  /** Times without a complete recovery point for longer than the RPO, told by what lies in the clouds. */
  readonly breaches: number;
  /** What the receiver of alerts got of them. */
  readonly opened: number;
  readonly resolved: number;
  readonly stillOpen: number;
  readonly reminders: number;
  /** What was otherwise than docs/retention.md and the clouds say. */
  readonly differences: readonly string[];
  readonly protectedMarked: number;
  /** The most manual snapshots of one kind that ever lay in one account and region, and starts that were refused for it. */
  readonly stock: { readonly highWater: number; readonly of: number; readonly overflows: number };
  readonly recoveryPoints: number;
  readonly marked: number;
  readonly deleted: number;
  readonly copies: number;
  /** The most noons in a row at which a copy was there that the text had let go. */
  readonly mostNoons: number;
  /** How often a person had to let go what a brake held. */
  readonly approvals: number;
  readonly activations: number;
  readonly calls: number;
  readonly faults: number;
}

const stock = 100;
const wholeYear = 365;
/** Temporal forgets what has ended: in three days, so that a year fits into memory. */
const remembered = 3 * day;
/** When retention runs, a person looks at what its brakes hold, and the copies are counted: hours of a day, UTC. */
const [pruneAt, approveAt, lookAt] = [9.5, 10.5, 12];
/**
 * At so many looks in a row a copy may be there that the text lets go: it is marked a day on at the latest, waits three days, and the run of the
 * third day may come seconds too early. What a brake holds then waits as long again, once a person has let it go.
 */
const looks = { unaided: 6, approved: 11 };

/** Lets a fleet live for a year, or less, in virtual time. */
export async function liveYear({
  seed,
  days,
  vms,
  plant,
  progress,
}: {
  readonly seed: number;
  readonly days: number;
  readonly vms: WorkflowVms;
  readonly plant: Plant | null;
  readonly progress: (line: string) => void;
}): Promise<YearOutcome> {
  // Less than a year has both changes of clocks of spring.
  const beginning = days < wholeYear ? Date.UTC(2027, 2, 1) : Date.UTC(2027, 0, 1);
  const random = new Random(`year ${seed}`);
  const time = new VirtualTime(beginning);
  const putBack = liveIn(time, random.fork('activity code'), () => attemptHere.getStore()?.process.skew ?? 0);
  const unplant = plant?.apply?.() ?? (() => undefined);
  try {
    const year = new Year({ beginning, days, random, time, vms, plant, progress });
    return { seed, ...(await year.live()) };
  } finally {
    unplant();
    putBack();
  }
}

interface YearDependencies {
  readonly beginning: number;
  readonly days: number;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly vms: WorkflowVms;
  readonly plant: Plant | null;
  readonly progress: (line: string) => void;
}

class Year {
  private readonly fleet: Fleet;
  private readonly clouds: SimulatedClouds;
  private readonly workers: Workers;
  private readonly service: TemporalService;
  private readonly client: SimulatedClient;
  private readonly prune: PruneRules;
  private readonly operator: RetentionOperator;
  private readonly breaches = new Breaches();
  private readonly stock: StockWatch;
  private readonly differences: string[] = [];
  private readonly letGo = new Map<FakeSnapshot, number>();
  private known = new Set<FakeSnapshot>();
  private readonly takenAway = new Set<FakeSnapshot>();
  private points = 0;
  private approvals = 0;
  private waitsForPerson = false;
  private mostLooks = 0;

  constructor(private readonly on: YearDependencies) {
    const { beginning, days, random, time, vms, plant } = on;
    const end = days * day;
    const witness: Witness = {
      trace: () => undefined,
      violation: (rule, message) => this.differ(`${rule}: ${message}`),
    };
    const rules = new CallRules(witness);
    this.fleet = parseFleet(yearFleetText(), 'fleet.yaml', { kinds: knownKinds, now: beginning });
    this.clouds = new SimulatedClouds(
      {
        faults: faultsOf(days),
        operations: { shortest: 120, longest: 1500, slowShare: 0 },
        generousQuotas: false,
        prune: null,
        tries: 3,
      },
      time,
      random,
      witness,
      {
        before: (call) => {
          rules.before(call);
          this.prune.before(call);
        },
        after: (call) => this.prune.after(call),
      },
    );
    const { cloud } = this.clouds;
    rules.cloud = cloud;
    this.stock = new StockWatch(cloud.state.snapshots, time, random.fork('stock'));
    for (const resource of yearResources()) cloud.addResource(resource);
    const { fleet } = this;
    this.workers = new Workers({
      fleet,
      kinds,
      access: this.clouds.access,
      client: () => this.client,
      change: (activities) => rules.watching(plant?.activities?.(activities) ?? activities),
    });
    this.service = new TemporalService({ time, random, vms, witness, host: this.workers });
    this.client = new SimulatedClient(this.service, time, random.fork('client'));
    const { clouds, workers, service, client } = this;
    this.prune = pruneRules({ witness, time, clouds, workers, rules });
    const { prune } = this;
    this.operator = new RetentionOperator(() => ({ workers, clouds, time, prune, service, client }));
    service.onClosed((run) => this.ended(run));
    for (const crew of ['fleet', 'marker', 'pruner'] as const) workers.start(0, crew);
    this.planRounds(end);
    this.planDays();
    this.planEvents();
  }

  async live(): Promise<Omit<YearOutcome, 'seed'>> {
    const { beginning, days, time, progress } = this.on;
    for (let i = 1; i <= days; i += 1) {
      await time.runUntil(beginning + i * day);
      this.service.letGo(time.now - remembered);
      const { breaches, opened, resolved } = this.breaches.verdict(time.now);
      progress(
        `day ${i}: ${this.known.size} copies, stock ${this.stock.highWater}, ${this.points} recovery points, ${this.prune.deletions} deleted, ` +
          `${breaches} breaches, ${opened} opened, ${resolved} resolved, ${this.differences.length} differences`,
      );
    }
    const { differences, ...ofBreaches } = this.breaches.verdict(time.now);
    await this.service.dispose();
    return {
      days,
      ...ofBreaches,
      differences: [...this.differences, ...differences],
      protectedMarked: this.prune.protectedMarked,
      stock: { highWater: this.stock.highWater, of: stock, overflows: this.stock.overflows },
      recoveryPoints: this.points,
      marked: this.prune.marks,
      deleted: this.prune.deletions,
      copies: this.known.size,
      mostNoons: this.mostLooks,
      approvals: this.approvals,
      activations: this.service.activations,
      calls: this.clouds.calls,
      faults: this.clouds.faults,
    };
  }

  /** As `farcopy apply` tells Temporal (docs/fleet-file.md, "Changes of clocks"); that Temporal does so, an integration test shows. */
  private planRounds(end: number): void {
    const { beginning, time } = this.on;
    for (const tier of this.fleet.tiers) {
      const firings = new Firings(tier, beginning - day, beginning + end + day);
      for (let midnight = beginning - day; midnight <= beginning + end; midnight += day)
        for (const at of firings.onDay(midnight))
          if (at >= beginning && at < beginning + end) time.after(at - beginning, () => this.round(tier.name, at));
    }
  }

  private round(tier: string, at: number): void {
    const { time } = this.on;
    fireRound(this.service, this.fleet, tier, at);
    const rpo = this.fleet.tiers.find(({ name }) => name === tier)?.rpoSeconds ?? 0;
    for (const resource of this.resources)
      if (resource.tags['tier'] === tier) this.breaches.asked(resource, rpo, time.now);
  }

  private planDays(): void {
    const { days, time } = this.on;
    for (let i = 0; i < days; i += 1) {
      time.after(i * day + pruneAt * hour, () => void this.operator.pruneOnSchedule());
      time.after(i * day + approveAt * hour, () => this.approve());
      time.after(i * day + lookAt * hour, () => this.look(i));
    }
  }

  /** What happens to a fleet in a year, at a share of it. */
  private planEvents(): void {
    const { days, time } = this.on;
    const at = (share: number, work: () => void) => time.after(Math.floor(share * days) * day + 15 * hour, work);
    const [first, second, third, fourth] = yearResources().filter(({ tags, kind }) => {
      return tags?.['tier'] === 'daily' && kind === 'aurora-cluster';
    });
    const made = yearResources().find(({ tags, kind }) => tags?.['tier'] === 'monthly' && kind === 'rds-instance');
    const { cloud } = this.clouds;
    if (
      first === undefined ||
      second === undefined ||
      third === undefined ||
      fourth === undefined ||
      made === undefined
    )
      return;
    at(0.1, () => {
      cloud.addResource({ ...made, id: 'made-later', resourceId: 'CLUSTER-MADE-LATER' });
      cloud.addResource({ ...third, id: 'made-later-too', resourceId: 'CLUSTER-MADE-LATER-TOO' });
    });
    at(0.2, () => this.remove(first));
    at(0.27, () => cloud.addResource({ ...first, resourceId: `${first.resourceId ?? ''}-AGAIN` }));
    at(0.3, () => this.hold('2027-01-01T00:00:00Z by=anna incident=breach-7 why=ticket 4711'));
    at(0.7, () => this.hold('none'));
    at(0.4, () => this.pause(true));
    at(0.4 + Math.min(7, Math.ceil(days / 6)) / days, () => this.pause(false));
    at(0.5, () => this.swap(second, 'monthly'));
    at(0.6, () => this.swap(second, 'daily'));
    at(0.65, () => this.swap(made, 'daily'));
    at(0.8, () => this.remove(fourth));
  }

  private remove(resource: {
    readonly kind: string;
    readonly account: string;
    readonly region: string;
    readonly id: string;
  }): void {
    const found = this.resources.find((one) => resourcePath(one) === resourcePath(resource));
    if (found === undefined) return;
    // Whoever deletes a database for good says so, or alerts would say it.
    this.tell(signalLifecycles(this.client as unknown as Client, [found], 'retire'));
    this.breaches.retired(found, this.on.time.now);
    this.clouds.cloud.removeResource(found);
  }

  /** Whoever gives a resource to another tier asks for a recovery point by it at once. */
  private swap(
    resource: { readonly kind: string; readonly account: string; readonly region: string; readonly id: string },
    tier: TierName,
  ): void {
    const all = this.clouds.cloud.state.databases.resources.in(resource.kind, resource);
    const found = all.get(resource.id);
    if (found === undefined) return;
    const moved: Resource = { ...found, tags: { ...found.tags, tier } };
    all.set(resource.id, moved);
    const policy = policyOf(this.fleet, tier);
    const scheduledTime = scheduledTimeLabel(this.on.time.now);
    this.tell(requestRecoveryPoint(this.client as unknown as Client, moved, { scheduledTime, policy, force: true }));
    this.breaches.asked(moved, policy.rpoSeconds, this.on.time.now);
  }

  private pause(isPaused: boolean): void {
    const daily = this.resources.filter(({ tags }) => tags['tier'] === 'daily');
    for (const resource of daily)
      this.tell(signalLifecycles(this.client as unknown as Client, [resource], isPaused ? 'pause' : 'resume'));
  }

  /** All that there is of some databases now, and a few points of one that has many; later the same copies are released. */
  private hold(hold: string): void {
    const its = [...this.known].filter(
      ({ resourceId, tags, startedAt }) =>
        (hold !== 'none' || tags[copyTags.hold] !== 'none') &&
        (resourceId === 'daily-rds-0' ||
          resourceId === 'daily-rds-1' ||
          (resourceId.startsWith('hourly-aurora') && (hold === 'none' || startedAt > this.on.time.now - day / 2))),
    );
    for (const { tags } of its) {
      tags[copyTags.hold] = hold;
      this.prune.heldAt(tags[copyTags.recoveryPoint] ?? '', hold !== 'none');
    }
  }

  private approve(): void {
    if (!this.waitsForPerson) return;
    this.waitsForPerson = false;
    this.approvals += 1;
    // A call may fail: the person tries again tomorrow.
    void this.operator.approve().catch(() => (this.waitsForPerson = true));
  }

  private ended(run: Run): void {
    this.prune.closed(run);
    if (run.type === workflowNames.pruneFleet && (reportOf(run)?.marking?.braked ?? 0) > 0) this.waitsForPerson = true;
    if (run.type !== workflowNames.createRecoveryPoint) return;
    this.points += 1;
    const { identity } = inputOf<CreateRecoveryPointInput>(run);
    const { resource, scheduledTime, tier } = identity;
    const point = recoveryPointId(resource, scheduledTime);
    if (this.isWhole(point, resource, tier))
      this.breaches.completed(resourcePath(resource), Date.parse(scheduledTime), this.on.time.now);
  }

  /** Whether proven copies of a recovery point lie in every place of its tier, as the clouds have it. */
  private isWhole(point: string, resource: Parameters<typeof placeIn>[1], tier: string): boolean {
    const { snapshots } = this.clouds.cloud.state;
    const places = new Set(
      snapshots.byPlace
        .values()
        .filter(
          (one) =>
            one.tags[copyTags.recoveryPoint] === point &&
            one.tags[copyTags.verified] !== undefined &&
            snapshots.statusOf(one) === 'available',
        )
        .map((one) => placeIn(one, resource, this.fleet.vaults)),
    );
    const route = this.fleet.tiers.find(({ name }) => name === tier)?.route ?? [];
    const isIn = (place: string) =>
      places.has(place) || (place === 'cold' && recordedPoints(this.clouds, place).has(point));
    return places.has(sourcePlace) && route.every(({ name }) => isIn(name));
  }

  /**
   * The copies that there are, against the text. What it keeps is there, or was taken away by others: a proven copy that is there no more was
   * deleted by retention, each deletion held against the text when it was made ({@link PruneRules}). What it has let go at all of the last
   * looks is gone.
   */
  private look(i: number): void {
    const { snapshots } = this.clouds.cloud.state;
    for (const told of this.clouds.published.splice(0)) this.breaches.receive(told);
    const proven = snapshots.byPlace
      .values()
      .filter((one) => isGenuine(one) && one.tags[copyTags.verified] !== undefined);
    const there = new Set(proven);
    for (const copy of this.known)
      if (!there.has(copy) && !this.prune.removed.has(copy) && !this.takenAway.has(copy))
        this.differ(`day ${i}: ${copy.arn} is gone, and retention has not deleted it`);
    this.prune.removed.clear();
    this.known = there;
    const going = this.prune.letGo();
    for (const copy of [...this.letGo.keys()]) if (!going.has(copy)) this.letGo.delete(copy);
    for (const copy of going) {
      const seen = (this.letGo.get(copy) ?? 0) + 1;
      this.letGo.set(copy, seen);
      this.mostLooks = Math.max(this.mostLooks, seen);
      const { approvedBy = null } = parseMark(copy.tags[copyTags.deleteAfter]) ?? {};
      if (seen === (approvedBy === null ? looks.unaided : looks.approved) + 1)
        this.differ(`day ${i}: ${copy.arn} is let go for ${seen} days, and still there`);
    }
  }

  private tell(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.differ(`refused: ${(error as Error).message}`));
  }

  private differ(what: string): void {
    const at = new Date(this.on.time.now).toISOString();
    this.differences.push(`${at} ${what}`);
  }

  private get resources(): Resource[] {
    return this.clouds.cloud.state.databases.resources.values();
  }
}

/** Two of a hundred calls go wrong, and a region is away for six hours. */
function faultsOf(days: number): Fault[] {
  const always = { from: 0, to: days * 86_400, account: null, region: null, command: null };
  const from = Math.floor(0.35 * days) * 86_400 + 0.5 * 3600;
  return [
    { ...always, rate: 0.008, effect: 'unavailable' },
    { ...always, rate: 0.006, effect: 'throttled' },
    { ...always, rate: 0.006, effect: 'answer-lost' },
    { ...always, from, to: from + 6 * 3600, region: 'eu-central-1', rate: 1, effect: 'unreachable' },
  ];
}
