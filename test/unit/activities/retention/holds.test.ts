import { MockActivityEnvironment } from '@temporalio/testing';
import { type Client } from '@temporalio/client';
import { deletionActivities } from '../../../../src/activities/retention/deleteMarked';
import { markActivities } from '../../../../src/activities/retention/markCopies';
import { changeHolds } from '../../../../src/client/retention/changeHolds';
import { listHoldPoints } from '../../../../src/client/retention/listHoldPoints';
import { type RetentionRole } from '../../../../src/core/catalogue/copy';
import { type DeletionReport, type MarkReport } from '../../../../src/core/retention/pruneRun';
import { newHold, withHold, withoutHolds } from '../../../../src/core/retention/hold';
import { HeldFleet } from '../../client/retention/heldFleet';

const days = [18, 19, 20].map((day) => `2026-11-${day}T02:00:00Z`);
const oldest = days.map((day) => `shop ${day}`)[0] ?? '';
const wait = 73 * 3600_000;

/** A database whose oldest recovery point retention lets go of, in the source and in both vaults. */
class World extends HeldFleet {
  static async make(): Promise<World> {
    const world = new World();
    const shop = world.add('shop');
    for (const day of days) await world.backUp(shop, day);
    world.now += 3600_000;
    return world;
  }

  mark(): Promise<MarkReport> {
    return this.run((open) => markActivities(this.fleet, () => open('marker')).markCopies('panda', null));
  }

  delete(): Promise<DeletionReport> {
    return this.run((open) => deletionActivities(this.fleet, () => open('pruner')).deleteMarked('panda', 0));
  }

  /** Changes the tags of the oldest recovery point's copies in these places. */
  async change(change: (value: string) => string | null, places: readonly string[]): Promise<void> {
    const signal = new AbortController().signal;
    const choice = { named: [], time: days[0] ?? '', from: null, to: null };
    const clouds = this.clouds('marker');
    const { points } = await listHoldPoints(this.fleet, clouds, choice, signal, () => undefined);
    const only = points.map((point) => ({
      ...point,
      copies: point.copies.filter(({ place }) => places.includes(place)),
    }));
    const changes = await changeHolds(clouds, only, change, { isDry: false, signal });
    expect(changes.map(({ state }) => state)).toEqual(places.map(() => 'changed'));
  }

  hold(...places: readonly string[]): Promise<void> {
    return this.change((value) => withHold(value, newHold('anna', this.now, 'breach-7', 'ticket')), places);
  }

  /** What is there of the oldest recovery point. */
  get left(): string[] {
    return Object.keys(this.tags()).filter((copy) => copy.startsWith(oldest));
  }

  get marked(): string[] {
    return Object.entries(this.tags('deleteAfter'))
      .filter(([, mark]) => mark !== undefined && mark !== 'none')
      .map(([copy]) => copy);
  }

  private run<T>(work: (open: (role: RetentionRole) => ReturnType<HeldFleet['clouds']>) => Promise<T>): Promise<T> {
    const nobody = {
      withAbortSignal: (_: AbortSignal, call: () => unknown) => call(),
      workflow: { list: async function* () {} },
    } as unknown as Client;
    const environment = new MockActivityEnvironment(
      { currentAttemptScheduledTimestampMs: this.now },
      { client: nobody },
    );
    return environment.run<[], T, () => Promise<T>>(() => work((role) => this.clouds(role)));
  }
}

let world: World;
beforeEach(async () => (world = await World.make()));

it('lets go of what nobody holds: the rest of this file means something', async () => {
  expect(await world.mark()).toMatchObject({ marked: 3, problems: [] });
  world.now += wait;
  expect(await world.delete()).toMatchObject({ deleted: [{}, {}, {}], problems: [] });
  expect(world.left).toEqual([]);
});

it.each([['source'], ['secure-dr']])('marks no copy of a recovery point that is held in %s alone', async (place) => {
  await world.hold(place);
  expect(await world.mark()).toMatchObject({ marked: 0, doomed: 0 });
  expect(world.marked).toEqual([]);
});

it('takes the marks from every copy of a recovery point that was held since, and marks anew once it is released', async () => {
  await world.mark();
  await world.hold('secure');
  expect(world.marked).toHaveLength(3);
  expect(await world.mark()).toMatchObject({ marked: 0, unmarked: 3 });
  expect(world.marked).toEqual([]);
  await world.change((value) => withoutHolds(value, () => true), ['secure']);
  world.now += wait;
  expect(await world.mark()).toMatchObject({ marked: 3 });
  expect(await world.delete()).toMatchObject({ deleted: [], waiting: { 'their time has not come': 3 } });
});

it('deletes no copy of what was marked and then held, on any of its copies, though the marks are due', async () => {
  await world.mark();
  await world.hold('secure');
  world.now += wait;
  expect(await world.delete()).toMatchObject({ deleted: [], problems: [] });
  expect(world.left).toHaveLength(3);
  expect(world.marked).toHaveLength(3);
});

it('deletes no copy that was held after it was listed', async () => {
  await world.mark();
  world.now += wait;
  const copies = world.cloud.kinds().copiesOf('aurora-cluster');
  const { progress } = copies;
  // The hold arrives between the plan and the deletion of the copy in the second region.
  Object.assign(copies, {
    progress: async (...[copy, scope, signal]: Parameters<typeof progress>) => {
      if (scope.region === 'eu-central-1' && scope.access === 'pruner') {
        const found = await progress(copy, scope, signal);
        await copies.tag(found, scope, { 'farcopy:hold': 'legal' }, signal);
      }
      return progress(copy, scope, signal);
    },
  });
  expect(await world.delete()).toMatchObject({ waiting: { 'they are held since a moment ago': 1 } });
  expect(world.left).toEqual([`${oldest} in secure-dr`]);
});
