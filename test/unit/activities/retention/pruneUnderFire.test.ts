import { Random } from '../../../../simulation/random';
import { copyTags, noHold, sourcePlace, temporaryRetention } from '../../../../src/core/catalogue/copy';
import { type ResourceRef } from '../../../../src/core/resource';
import { awsError, type FakeSnapshot } from '../../../fakes/cloud';
import { RetentionText } from '../../../support/retention/retentionText';
import { fleetOf } from '../../client/fleet';
import { day, hour, places, PruneScene, withRoles } from './scene';

/**
 * Random months of fleets whose copies are made, held, forged, lost, marked and deleted, under faults. Whatever is deleted is held, at the
 * moment of its deletion, against the text of docs/retention.md as test/support/retention reads it, and against the world as it is: no plan
 * and no mark of the code under test has a say.
 */
const seeds = Number(process.env['FARCOPY_PRUNE_SEEDS'] ?? 30);
const first = Number(process.env['FARCOPY_PRUNE_FIRST_SEED'] ?? 1);

const policies = [
  'daily: 3, minimum: 1',
  'daily: 5, weekly: 2, minimum: 2',
  'hourly: 6, daily: 2, minimum: 1',
  'keepDays: 4, minimum: 2',
  'minimum: 3',
  'daily: 4, minimum: 1, places: {secure-dr: {daily: 7, minimum: 1}, source: {minimum: 1}}',
];
const zones = ['UTC', 'Europe/Vienna', 'America/New_York'];

class Fire {
  readonly world: PruneScene;
  readonly violations: string[] = [];
  deletions = 0;
  private readonly random: Random;
  private policy = '';
  private zone = '';
  /** By the ARN: what a copy's mark says by Farcopy's own hand, and since when. */
  private readonly marks = new Map<string, { readonly notBefore: string; readonly since: number }>();
  private readonly databases = new Map<string, ResourceRef>();

  constructor(seed: number) {
    this.random = new Random(`prune ${seed}`);
    this.world = new PruneScene();
    this.rule();
    for (const id of ['shop', 'stock', 'mail'].slice(0, this.random.whole(1, 3))) this.make(id);
    this.watch();
  }

  async days(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.world.now += hour * this.random.pick([8, 12, 20, 24, 24, 24]);
      for (const [id, resource] of this.databases) this.happenTo(id, resource);
      if (this.random.chance(0.06)) this.rule();
      if (this.random.chance(0.05)) this.world.skew = this.random.pick([0, 0, 2 * day, -day]);
      const reading = this.random.chance(0.1) ? this.random.pick(this.world.cloud.allCopies()) : undefined;
      this.world.restores =
        reading === undefined
          ? []
          : [{ workflowId: 'restore/a', says: this.random.pick(['nothing', 'no plan', { source: reading.arn }]) }];
      if (this.random.chance(0.3)) this.trouble();
      await this.run();
    }
  }

  /** Whatever there is to do is done, and nothing disturbs it. */
  async quiet(): Promise<void> {
    const { world } = this;
    Object.assign(world, { skew: 0, restores: [] });
    world.cloud.state.calls.heal();
    for (let i = 0; i < 12; i++) {
      world.now += day;
      await world.apply(await world.plan());
      await world.mark();
      while ((await world.delete()).deleted.length > 0);
    }
  }

  /** Copies that nothing keeps any more by the text, and are there all the same; and what the plan says of them. */
  async left(): Promise<string[]> {
    const { kept, refused } = await this.world.plan();
    const says = new Map([
      ...kept.map(({ copy, reasons }) => [copy.id, reasons.join()] as const),
      ...refused.map(({ copy, why }) => [copy.id, why] as const),
    ]);
    return this.world.cloud.allCopies().flatMap((copy) => {
      const snapshot = this.world.cloud.snapshotsIn(copy.kind, copy).get(copy.id);
      const isLeft = snapshot !== undefined && this.whyNot(snapshot) === null;
      return isLeft ? [`${copy.arn}: ${says.get(copy.arn) ?? 'let go'}`] : [];
    });
  }

  private rule(): void {
    this.policy = this.random.pick(policies);
    this.zone = this.random.pick(zones);
    const tier = `{schedule: "0 12 * * *", timezone: ${this.zone}, rpo: 26h, route: [secure, secure-dr], retention: {${this.policy}}}`;
    this.world.fleet = withRoles(fleetOf('', `  standard: ${tier}`));
  }

  private make(id: string): void {
    this.databases.set(id, this.world.addDatabase(id));
  }

  private happenTo(id: string, resource: ResourceRef): void {
    const { random, world } = this;
    const isThere = world.cloud.resourcesIn(resource.kind, resource).has(id);
    if (isThere && random.chance(0.9)) {
      const where = random.chance(0.9) ? places : random.some(places, 0.6);
      const tags: Record<string, string> = {};
      if (random.chance(0.05)) tags[copyTags.verified] = '';
      if (random.chance(0.03)) tags[copyTags.retention] = temporaryRetention;
      world.backUp(resource, world.now - hour * random.whole(0, 5), where, tags);
      if (tags[copyTags.verified] === '')
        for (const place of places) delete world.snapshot(resource, place, world.now)?.tags[copyTags.verified];
    }
    const copies = this.of(resource);
    if (copies.length === 0) return;
    const one = random.pick(copies);
    if (random.chance(0.06)) one.tags[copyTags.hold] = random.pick([noHold, 'incident-7', 'audit']);
    if (random.chance(0.03)) one.tags[copyTags.dataTime] = new Date(world.now + 40 * day).toISOString();
    if (random.chance(0.03)) one.failed = true;
    // Somebody writes a mark of long ago, wherever it is.
    if (random.chance(0.04))
      one.tags[copyTags.deleteAfter] =
        random.pick(copies).tags[copyTags.deleteAfter] ?? '2026-01-01T00:00:00Z x approved';
    if (random.chance(0.01)) world.cloud.removeResource(resource);
    if (!isThere && random.chance(0.1)) this.make(id);
  }

  private trouble(): void {
    const call = this.random.pick(['listCopies', 'discover', 'tag', 'delete', 'progress'] as const);
    const failure = this.random.pick([
      () => awsError('AccessDenied', 'it may not', 403),
      () => awsError('Throttling', 'Rate exceeded'),
      () => awsError('InternalFailure', 'an answer is lost', 500),
    ]);
    this.world.cloud.fault({ call, failure, times: this.random.whole(1, 6), afterCommit: this.random.chance(0.5) });
  }

  /** A run as the workflow has it; any part may fail, or be cut short and tried again. */
  private async run(): Promise<void> {
    const { random, world } = this;
    const attempt = async (work: () => Promise<unknown>) => work().catch(() => undefined);
    if (random.chance(0.9))
      await attempt(async () => (random.chance(0.4) ? world.apply(await world.plan()) : world.mark()));
    if (random.chance(0.2)) world.now += hour * random.whole(0, 80);
    if (random.chance(0.2)) await Promise.all([attempt(() => world.delete()), attempt(() => world.delete())]);
    else if (random.chance(0.9)) await attempt(() => world.delete());
    if (random.chance(0.1)) await attempt(() => world.delete(0, world.lastHeartbeat));
  }

  private watch(): void {
    const { calls, snapshots } = this.world.cloud.state;
    const answer = calls.answer.bind(calls);
    calls.answer = (call, about, work) =>
      answer(call, about, () => {
        const dateOf = () => {
          const tagged = this.world.cloud.allCopies().find(({ arn }) => arn === about);
          return tagged?.tags[copyTags.deleteAfter]?.split(' ')[0] ?? '';
        };
        const before = call === 'tag' ? dateOf() : '';
        const result = work();
        if (call === 'tag' && dateOf() !== before)
          this.marks.set(about, { notBefore: dateOf(), since: this.world.now });
        return result;
      });
    const remove = snapshots.remove.bind(snapshots);
    snapshots.remove = (snapshot) => {
      this.deletions += 1;
      const why = this.whyNotMarked(snapshot) ?? this.whyNot(snapshot);
      if (why !== null) this.violations.push(`${this.placeOf(snapshot)} ${snapshot.id}: ${why}`);
      remove(snapshot);
    };
  }

  private whyNotMarked({ arn, tags }: FakeSnapshot): string | null {
    const { now } = this.world;
    const [notBefore = ''] = (tags[copyTags.deleteAfter] ?? '').split(' ');
    if (!(now >= Date.parse(notBefore))) return 'not marked, or its time has not come';
    const mark = this.marks.get(arn);
    // A mark of somebody else's hand lies in the hands of whoever may write one.
    return mark?.notBefore === notBefore && now - mark.since < 72 * hour ? 'marked less than 72 hours ago' : null;
  }

  /** Why the text keeps a copy; null where it lets it go. */
  private whyNot(copy: FakeSnapshot): string | null {
    const { now, cloud, fleet } = this.world;
    const { snapshots, databases } = cloud.state;
    const [tier] = fleet.tiers;
    return new RetentionText({
      now,
      snapshots: snapshots.byPlace.values(),
      statusOf: (one) => snapshots.statusOf(one),
      isOurs: () => true,
      placeOf: (one) => this.placeOf(one),
      standingOf: ({ kind, account, region, id }) =>
        tier !== undefined && databases.resources.in(kind, { account, region }).has(id)
          ? {
              type: 'tier',
              tier: { ...tier, route: tier.route.map(({ name }) => name) },
              incarnation: undefined,
            }
          : { type: 'retired', isThere: false, incarnation: undefined },
      retired: null,
      recordedIn: () => new Set(),
    }).whyKept(copy);
  }

  private placeOf({ account, region }: FakeSnapshot): string {
    if (account !== '111111111111') return sourcePlace;
    return region === 'eu-west-1' ? 'secure' : 'secure-dr';
  }

  private of(resource: ResourceRef): FakeSnapshot[] {
    return this.world.cloud.allCopies().flatMap((copy) => {
      const found = this.world.cloud.snapshotsIn(copy.kind, copy).get(copy.id);
      return found?.resourceId === resource.id ? [found] : [];
    });
  }
}

test(`${seeds} random months delete nothing that the text keeps, and at last everything that it lets go`, async () => {
  let deletions = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const fire = new Fire(seed);
    await fire.days(30);
    expect([seed, fire.violations]).toEqual([seed, []]);
    deletions += fire.deletions;
    await fire.quiet();
    expect([seed, fire.violations, await fire.left()]).toEqual([seed, [], []]);
  }
  // They are not spared because nothing ever goes.
  expect(deletions).toBeGreaterThan(seeds * 10);
}, 600_000);
