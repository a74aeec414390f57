import { copyTags, sourcePlace } from '../../../../src/core/catalogue/copy';
import { failureTypes } from '../../../../src/core/failure';
import { awsError } from '../../../fakes/cloud';
import { day, hour, PruneScene, withRoles } from './scene';
import { fleetOf } from '../../client/fleet';

/** Keeps five days of everything. */
const fiveDays =
  '  standard: {schedule: "0 12 * * *", rpo: 26h, route: [secure, secure-dr], retention: {daily: 5, minimum: 2}}';
const twoDays = fiveDays.replace('daily: 5', 'daily: 2');

/** Six days of copies of one database, one of which is let go in each place. */
function scene(tiers = fiveDays) {
  const world = new PruneScene(tiers);
  const shop = world.addDatabase('shop');
  world.passDays(6, shop);
  return { world, shop };
}
const kept = (...ages: readonly number[]) =>
  [sourcePlace, 'secure', 'secure-dr'].flatMap((place) => ages.map((age) => `${place} ${age}`));
const marked = (...ages: readonly number[]) => kept(...ages).map((one) => `${one} marked`);
const sorted = (some: readonly string[]) => [...some].sort();

/** Does something whenever a copy is asked for by its name. */
function whenAsked({ cloud }: PruneScene, work: () => unknown): void {
  const { calls } = cloud.state;
  const answer = calls.answer.bind(calls);
  calls.answer = (call, about, its) => {
    if (call === 'progress') work();
    return answer(call, about, its);
  };
}

describe('what retention lets go', () => {
  it('is marked, stays for 72 hours, and is deleted then, if it is let go still', async () => {
    const { world, shop } = scene();
    expect(await world.mark()).toMatchObject({ doomed: 3, marked: 3, unmarked: 0, braked: 0, problems: [] });
    expect(sorted(world.copies(shop))).toEqual(sorted([...kept(0, 1, 2, 3, 4), ...marked(5)]));
    expect(await world.delete()).toMatchObject({ deleted: [], waiting: { 'their time has not come': 3 } });
    world.now += 72 * hour - 1;
    expect((await world.delete()).deleted).toEqual([]);
    world.now += 1;
    const { deleted, more, problems } = await world.delete();
    expect([deleted.length, more, problems]).toEqual([3, false, []]);
    expect(deleted[0]).toMatchObject({ resource: { id: 'shop' }, rule: expect.stringMatching(/^daily/) as string });
    expect(sorted(world.copies(shop))).toEqual(sorted(kept(3, 4, 5, 6, 7)));
  });

  it('is never deleted without its mark', async () => {
    const { world, shop } = scene();
    world.now += 30 * day;
    expect((await world.delete()).deleted).toEqual([]);
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('keeps its mark, and the time of it, from run to run', async () => {
    const { world, shop } = scene();
    await world.mark();
    const oldest = world.snapshot(shop, 'secure', world.now - 5 * day);
    const mark = oldest?.tags[copyTags.deleteAfter];
    world.now += hour;
    expect(await world.mark()).toMatchObject({ marked: 0, unmarked: 0 });
    expect(oldest?.tags[copyTags.deleteAfter]).toBe(mark);
  });
});

describe('a marked copy stays', () => {
  it('that is held since, by any copy of its recovery point, and loses its mark', async () => {
    const { world, shop } = scene();
    await world.mark();
    const held = world.now - 5 * day;
    Object.assign(world.snapshot(shop, 'secure-dr', held)?.tags ?? {}, { [copyTags.hold]: 'incident-7' });
    world.now += 72 * hour;
    expect((await world.delete()).deleted).toEqual([]);
    expect(await world.mark()).toMatchObject({ unmarked: 3 });
    expect(world.copies(shop)).toEqual(kept(3, 4, 5, 6, 7, 8));
  });

  it('of whose recovery point any copy is held between the list and the call', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const last = world.snapshot(shop, 'secure', world.now - 8 * day);
    const tags = last?.tags ?? {};
    // The list has been made by the time that the first copy is asked for by its name.
    whenAsked(world, () => (tags[copyTags.hold] = 'just now'));
    expect(await world.delete()).toMatchObject({ waiting: { 'they are held since a moment ago': 3 } });
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('whose policy has changed, for 72 hours more', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    world.fleet = withRoles(fleetOf('', fiveDays.replace('minimum: 2', 'minimum: 1')));
    const anew = 'their policy has changed since, or their mark is weeks old: they are marked anew';
    expect(await world.delete()).toMatchObject({ deleted: [], waiting: { [anew]: 3 } });
    expect(await world.mark()).toMatchObject({ marked: 3 });
    world.now += 72 * hour - 1;
    expect((await world.delete()).deleted).toEqual([]);
    world.now += 1;
    expect((await world.delete()).deleted).toHaveLength(3);
    expect(world.copies(shop)).toEqual(kept(6, 7, 8, 9, 10));
  });

  it('that is let go no more', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    world.fleet = withRoles(fleetOf('', fiveDays.replace('daily: 5', 'daily: 14')));
    expect((await world.delete()).deleted).toEqual([]);
    expect(await world.mark()).toMatchObject({ unmarked: 3, marked: 0 });
    expect(world.copies(shop)).toEqual(kept(3, 4, 5, 6, 7, 8));
  });

  it.each([
    ['reads it', { source: 'it' }, 1, 'restore/a reads them'],
    ['does not say what it reads', 'nothing', 3, 'restore/a does not say what it reads'],
    ['has not planned yet', 'no plan', 3, 'restore/a does not say what it reads'],
  ] as const)('while a restore %s', async (_, says, stay, why) => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const source = world.snapshot(shop, 'secure', world.now - 8 * day)?.arn ?? '';
    world.restores = [{ workflowId: 'restore/a', says: typeof says === 'string' ? says : { source } }];
    const report = await world.delete();
    expect(report.waiting).toEqual({ [why]: stay });
    expect(report.deleted).toHaveLength(3 - stay);
    expect(world.snapshot(shop, 'secure', world.now - 8 * day)).toBeDefined();
  });

  it('where a place cannot be read whole, and keeps its mark', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const refuse = () => awsError('AccessDenied', 'it may not be listed', 403);
    world.cloud.fault({ call: 'listCopies', failure: refuse, times: 1 });
    const report = await world.delete();
    expect(report.deleted).toEqual([]);
    expect(report.problems.join()).toContain('could not read');
    world.cloud.fault({ call: 'listCopies', failure: refuse, times: 1 });
    expect(await world.mark()).toMatchObject({ unmarked: 0 });
    expect(sorted(world.copies(shop))).toEqual(sorted([...kept(3, 4, 5, 6, 7), ...marked(8)]));
  });

  it('whose mark nobody has acted upon for weeks, and is marked anew', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 18 * day;
    expect((await world.delete()).deleted).toEqual([]);
    expect(await world.mark()).toMatchObject({ marked: 3 });
    world.now += 72 * hour - 1;
    expect((await world.delete()).deleted).toEqual([]);
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('where the worker has another fleet file than the others', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    world.ofOthers = 'another';
    await expect(world.delete()).rejects.toMatchObject({ type: failureTypes.configuration, nonRetryable: true });
    await expect(world.mark()).rejects.toMatchObject({ type: failureTypes.configuration, nonRetryable: true });
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('whose database is gone, until its fleet file says what may go', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.cloud.removeResource(shop);
    world.now += 30 * day;
    expect((await world.delete()).deleted).toEqual([]);
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('where clocks differ', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    world.skew = -4 * day;
    await expect(world.delete()).rejects.toMatchObject({ type: failureTypes.transient });
    await expect(world.mark()).rejects.toMatchObject({ type: failureTypes.transient });
    expect(world.copies(shop)).toHaveLength(18);
  });

  it('that something else has taken the name of', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const time = world.now - 8 * day;
    const old = world.snapshot(shop, 'secure', time);
    // Deleted and made anew by somebody between the list and the call.
    whenAsked(world, () => {
      if (old !== undefined) world.cloud.snapshotsIn(shop.kind, old).set(old.id, { ...old, startedAt: world.now });
    });
    expect(await world.delete()).toMatchObject({ waiting: { 'something else bears their identifier now': 1 } });
    expect(world.snapshot(shop, 'secure', time)).toBeDefined();
  });
});

describe('brakes', () => {
  it('keep a scheduled run from marking too much, and only that', async () => {
    const { world, shop } = scene();
    // Older ones come to light: more than half of them would go.
    for (const age of [10, 11, 12, 13, 14, 15]) world.backUp(shop, world.now - age * day);
    const others = ['a', 'b', 'c', 'd', 'e'].map((id) => world.addDatabase(id, '888888888888'));
    for (const one of others) for (const age of [0, 1, 2, 3, 4, 5]) world.backUp(one, world.now - age * day);
    for (const id of ['f', 'g', 'h', 'i']) {
      const one = world.addDatabase(id, '888888888888');
      for (const age of [0, 1, 2, 3, 4]) world.backUp(one, world.now - age * day);
    }
    const report = await world.mark();
    expect(report).toMatchObject({ doomed: 36, marked: 15, braked: 21 });
    expect(report.brakes).toEqual([
      expect.stringMatching(/^7 of the 12 copies of aurora-cluster\/999999999999\/eu-west-1\/shop in /),
      expect.anything(),
      expect.anything(),
    ]);
    for (const one of others) expect(sorted(world.copies(one))).toEqual(sorted([...kept(0, 1, 2, 3, 4), ...marked(5)]));
    expect(world.copies(shop).join()).not.toContain('marked');
  });

  it('do not count for the plan that a person has seen, nor for what was marked by it', async () => {
    const { world, shop } = scene(twoDays);
    const plan = await world.plan();
    expect(await world.mark()).toMatchObject({ marked: 0, braked: 12 });
    expect(await world.apply(plan)).toMatchObject({ marked: 12, overtaken: 0 });
    world.now += 72 * hour;
    expect((await world.delete()).deleted).toHaveLength(12);
    expect(world.copies(shop)).toEqual(kept(3, 4));
  });

  it('count for what that person has not seen', async () => {
    const { world, shop } = scene(twoDays);
    const plan = await world.plan();
    world.passDays(1, shop);
    // The copy of two days ago is let go now, and stood in no plan that anybody saw.
    expect(await world.apply(plan)).toMatchObject({ marked: 12, overtaken: 0 });
    expect(world.copies(shop).filter((one) => one.startsWith('dr') || !one.includes('marked'))).toHaveLength(9);
  });

  it('let nothing go that a person has seen go and that stays now', async () => {
    const { world, shop } = scene(twoDays);
    const plan = await world.plan();
    world.fleet = withRoles(fleetOf('', twoDays.replace('daily: 2', 'daily: 5')));
    expect(await world.apply(plan)).toMatchObject({ marked: 3, overtaken: 9 });
    expect(sorted(world.copies(shop))).toEqual(sorted([...kept(0, 1, 2, 3, 4), ...marked(5)]));
  });

  it('that come up after the marks keep marked copies from being deleted', async () => {
    const { world } = scene();
    await world.mark();
    world.now += 72 * hour;
    // The same policy, and a database whose copies were made in another tier: somebody may have written its tag.
    for (const one of world.cloud.allCopies()) {
      const found = world.cloud.snapshotsIn(one.kind, one).get(one.id);
      if (one.account === '111111111111') Object.assign(found?.tags ?? {}, { [copyTags.tier]: 'gold' });
    }
    const report = await world.delete();
    expect(report.waiting).toEqual({ 'a person must say so': 2 });
    expect(report.deleted.map(({ place }) => place)).toEqual([sourcePlace]);
  });
});

describe('a run', () => {
  it('deletes no more than the fleet file says, and tells that there is more', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const prune = { enabled: true, schedule: '30 9 * * *', timezone: 'UTC', copiesPerRun: 2 };
    world.fleet = { ...world.fleet, prune };
    expect(await world.delete()).toMatchObject({ more: true, isRunOver: true, deleted: { length: 2 } });
    expect(await world.delete(2)).toMatchObject({ more: true, isRunOver: true, deleted: { length: 0 } });
    expect(await world.delete()).toMatchObject({ more: false, deleted: { length: 1 } });
    expect(world.copies(shop)).toEqual(kept(3, 4, 5, 6, 7));
  });

  it('tells what it has deleted whose answer was lost', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const lost = () => awsError('InternalFailure', 'the answer is lost', 500);
    world.cloud.fault({ call: 'delete', failure: lost, times: 2, afterCommit: true });
    expect(await world.delete()).toMatchObject({ deleted: { length: 3 }, problems: [] });
    expect(world.copies(shop)).toEqual(kept(3, 4, 5, 6, 7));
  });

  it('tells what an earlier try has deleted that ended with its worker', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const { deleted } = await world.delete();
    // The answer never came, but the heartbeat before it did.
    const again = await world.delete(0, world.lastHeartbeat);
    expect(again.deleted.map(({ copy }) => copy).sort()).toEqual(deleted.map(({ copy }) => copy).sort());
    // One that had begun to be deleted, and is there.
    world.backUp(shop, world.now - 8 * day, ['secure']);
    expect((await world.delete(0, world.lastHeartbeat)).deleted.map(({ place }) => place).sort()).toEqual([
      'secure-dr',
      'source',
    ]);
  });

  it('has what a person lets go that a brake held wait for 72 hours from then on', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    // As if copies of another tier: a brake closes over what is due.
    for (const one of world.cloud.allCopies()) {
      const found = world.cloud.snapshotsIn(one.kind, one).get(one.id);
      Object.assign(found?.tags ?? {}, { [copyTags.tier]: 'gold' });
    }
    const plan = await world.plan();
    expect(plan.brakes).toHaveLength(2);
    await world.apply(plan);
    expect((await world.delete()).deleted.map(({ place }) => place)).toEqual([sourcePlace]);
    world.now += 72 * hour;
    expect((await world.delete()).deleted).toHaveLength(2);
    expect(world.copies(shop)).toHaveLength(15);
  });

  it('tells what an earlier try has deleted although this one may do nothing', async () => {
    const { world } = scene();
    await world.mark();
    world.now += 72 * hour;
    await world.delete();
    world.ofOthers = 'another';
    const report = await world.delete(0, world.lastHeartbeat);
    expect(report.deleted).toHaveLength(3);
    expect(report.problems).toEqual([expect.stringContaining('the worker of the queue `prune` has revision')]);
  });

  it('has the copies of other places not wait for those that may not be deleted', async () => {
    const { world, shop } = scene();
    await world.mark();
    world.now += 72 * hour;
    const refuse = () => awsError('AccessDenied', 'is not authorized to perform: rds:DeleteDBClusterSnapshot', 403);
    world.cloud.fault({ call: 'delete', failure: refuse, times: 1 });
    const report = await world.delete();
    expect(report.deleted).toHaveLength(2);
    expect(report.problems.join()).toContain('pruner role');
    expect(world.copies(shop)).toHaveLength(16);
  });

  it('goes on past copies that cannot be marked or deleted, and tells which', async () => {
    const { world, shop } = scene();
    const arn = world.snapshot(shop, 'secure', world.now - 5 * day)?.arn ?? '';
    const refuse = () => awsError('AccessDenied', 'is not authorized to perform: rds:AddTagsToResource', 403);
    world.cloud.fault({ call: 'tag', about: arn, failure: refuse });
    const report = await world.mark();
    expect(report).toMatchObject({ marked: 2 });
    expect(report.problems).toEqual([expect.stringContaining(`could not mark ${arn}`)]);
    expect(report.problems.join()).toContain('marker role');
  });
});
