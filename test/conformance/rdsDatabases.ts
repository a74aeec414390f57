/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { catalogued } from '../../src/core/catalogue/catalogue';
import { failureTypes } from '../../src/core/failure';
import { type ParameterGroup } from '../../src/kinds/rds/databaseConfiguration';
import { type Json } from '../../src/core/steps/step';
import { type Resource } from '../../src/core/resource';
import { collect, type Conformance, worldForEach } from './kindWorld';
import { rejection } from './rejection';
import { copyOf, factsOf, ofAnother, ownership, placesOf, restoreOf } from './restoring';

/** What is true of databases of RDS alone: their instances, parameter groups, settings and protection. */
export function describeRdsDatabases(conformance: Conformance): void {
  const { name } = conformance;

  describe(`${name} as a database of RDS`, () => {
    const here = worldForEach(conformance);
    const scene = async (options: Readonly<Record<string, Json>> = {}, groups: readonly ParameterGroup[] = []) => {
      const resource = await here.world.addResource('panda-1', 'customer');
      const copy = await copyOf(here, resource);
      const told = (await here.kind.restore?.configuration(resource, here.world.owner)) as object;
      const configuration = (groups.length === 0 ? told : { ...told, parameterGroup: groups[0] }) as Json;
      return restoreOf(here, resource, copy, { options: { port: 5433, ...options }, configuration });
    };
    const things = () => collect(here.kind.leftovers!.list(here.world.owner));
    const database = async (): Promise<Resource | undefined> =>
      (await collect(here.kind.discover(here.world.owner))).find(({ id }) => id === 'panda-2');
    const details = (walk: Awaited<ReturnType<typeof scene>>) =>
      factsOf(walk).details as { port: number; instances: { id: string; class: string; writer: boolean }[] };

    it('is made with its settings, and a cluster gets its instances, each once', async () => {
      const walk = await scene({ instanceClasses: ['db.r6g.large'] });
      await walk.to();
      expect(details(walk).port).toBe(5433);
      const members = walk.graph.steps.filter(({ type }) => type === 'instance');
      expect(details(walk).instances).toMatchObject(
        members.map(({ marker }) => ({ id: marker, class: 'db.r6g.large', writer: true })),
      );
    });

    it('tells its configuration with nothing unread', async () => {
      const resource = await here.world.addResource('panda-1', 'customer');
      const told = (await here.kind.restore!.configuration(resource, here.world.owner)) as never as {
        engine: string;
        instances: object[];
        unread: string[];
      };
      expect(told.instances).toMatchObject([{ writer: true, class: expect.stringMatching(/^db\./) as string }]);
      expect(told.unread).toEqual([]);
    });

    it('has parameter groups made that are missing, found by their tags, and taken back by their own restore only', async () => {
      const { engine } = await here.kind.describe(await here.world.addResource('panda-0', 'none'), here.world.owner);
      const group = { name: 'panda-params', family: `${engine}16`, description: 'of panda', parameters: [] };
      here.world.lacks?.(group.name);
      const walk = await scene({ createParameterGroups: true }, [group]);
      const found = async () => (await things()).filter(({ id }) => id === group.name);
      expect(await found()).toEqual([]);
      const step = walk.step('parameter-groups');
      await walk.start(step);
      await walk.start(step);
      expect(await found()).toMatchObject([{ isRestored: false, tags: ownership }]);
      await walk.undo(step, null, ofAnother);
      expect(await found()).toHaveLength(1);
      await walk.undo(step);
      expect(await found()).toEqual([]);
    });

    it('that someone has protected since is left alone, with its instances', async () => {
      const asked = await scene();
      await asked.to('database');
      for (const step of asked.graph.steps.filter(({ type }) => type === 'instance')) await asked.through(step);
      // The same database, of a restore that protects it: as a person would have done by hand.
      const [settings] = (await planned({ deletionProtection: true })).filter(({ type }) => type === 'settings');
      await asked.start(settings!);
      const before = await database();
      const thing = (await things()).find(({ id }) => id === 'panda-2')!;
      expect(await here.kind.leftovers!.isProtected(thing, here.world.owner)).toBe(true);
      const attempt = here.kind.leftovers!.remove(thing, here.world.owner, ownership);
      expect(await rejection(attempt)).toMatchObject({ type: failureTypes.conflict });
      expect(await rejection(asked.undo(asked.step('database')))).toMatchObject({ type: failureTypes.conflict });
      // How far back it may be restored goes on by itself.
      const still = (one: Resource | undefined) => ({ ...one, posture: { ...one?.posture, restorableUntil: null } });
      expect(still(await database())).toEqual(still(before));
      const { steps } = asked.graph;
      const kept = await asked.finish(steps.at(-2)!, asked.handles.get(steps.at(-2)!.id)!);
      expect(kept).not.toHaveProperty('rawStatus');

      async function planned(options: Readonly<Record<string, Json>>) {
        const { identity } = asked.call(asked.step('database'));
        const { resource } = identity;
        const copy = (await collect(here.kind.copies!.list(here.world.owner)))[0]!;
        return (await restoreOf(here, resource, catalogued(copy, 'source', placesOf(here)), { options })).graph.steps;
      }
    });

    it('that is protected once it has ended is taken back all the same', async () => {
      const walk = await scene({ deletionProtection: true });
      await walk.to();
      const thing = (await things()).find(({ id }) => id === 'panda-2')!;
      expect(await here.kind.leftovers!.isProtected(thing, here.world.owner)).toBe(true);
      for (const step of [...walk.graph.steps].reverse()) await walk.undo(step);
      expect(await database()).toBeUndefined();
    });
  });
}
