/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { failureTypes } from '../../src/core/failure';
import { isOwned } from '../../src/core/restore/restoreOwnership';
import { type RestoreAbility } from '../../src/kinds/kind';
import { describeAbility } from './ability';
import { collect, type Conformance, type Encryption, isNamed, worldForEach } from './kindWorld';
import { rejection } from './rejection';
import { copyInVault, copyOf, factsOf, ofAnother, ownership, planOf, restoreOf } from './restoring';

/** What brings a copy back. */
export function describeRestore(conformance: Conformance): void {
  const { declared } = conformance;
  const encrypted: Encryption = conformance.encryptions?.includes('customer') === false ? 'none' : 'customer';

  describeAbility('a restore', declared.restore !== undefined && declared.copies !== undefined, () => {
    const here = worldForEach(conformance);
    const ability = (): RestoreAbility => here.world.kinds.restoreOf(declared.description.name);
    const scene = async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      return { resource, copy: await copyOf(here, resource) };
    };
    const found = async (id: string) =>
      (await collect(here.kind.discover(here.world.owner))).find((one) => isNamed(here.world, one, id));
    const itWhereNamesAreTaken = conformance.assignsIds === true ? it.skip : it;

    it('knows how a resource is set up, and of one that is gone that it is', async () => {
      const resource = await here.world.addResource('panda-1', encrypted);
      expect(await ability().configuration(resource, here.world.owner)).toBeInstanceOf(Object);
      const missing = { ...resource, id: 'panda-9', arn: resource.arn.replace('panda-1', 'panda-9') };
      expect(await rejection(ability().configuration(missing, here.world.owner))).toMatchObject({
        type: failureTypes.notFound,
      });
    });

    it('is planned without anything being made, step by step, and says what it will do', async () => {
      const { resource, copy } = await scene();
      const plan = await planOf(here, resource, copy);
      expect(plan.lines.length).toBeGreaterThan(0);
      const ids = plan.steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of [...plan.usable, plan.keeps]) expect(ids).toContain(id);
      for (const { type } of plan.steps) expect(here.kind.steps).toHaveProperty([type]);
      expect(await found('panda-2')).toBeUndefined();
    });

    it('makes the resource anew, with the tags of whoever asked, and tells how it is reached', async () => {
      const { resource, copy } = await scene();
      const walk = await restoreOf(here, resource, copy);
      await walk.to();
      const made = await found('panda-2');
      expect(made).toMatchObject({ status: 'available', tags: { team: 'shop', ...ownership } });
      const facts = factsOf(walk);
      expect(facts).toMatchObject({ arn: made?.arn, answersSql: declared.description.capabilities.answersSql });
      expect(facts.lines).toBeInstanceOf(Array);
      if (!facts.answersSql) return;
      expect(facts.sql).toMatchObject({ host: expect.any(String) as string });
      const located = await here.kind.sql?.locate('panda-2', here.world.owner);
      expect(located).toMatchObject({ sql: facts.sql, tags: ownership });
    });

    it('makes each step once, however often it is started, and is no obstacle to itself', async () => {
      const { resource, copy } = await scene();
      const walk = await restoreOf(here, resource, copy);
      for (const step of walk.graph.steps) {
        const first = await walk.start(step);
        expect((await walk.start(step)).handle).toEqual(first.handle);
        walk.graph.end(step.id, Date.now(), first.result ?? (await walk.finish(step, first.handle)));
      }
      expect((await planOf(here, resource, copy)).steps).toHaveLength(walk.graph.steps.length);
    });

    it('whose answer was lost goes on with what is there', async () => {
      const { resource, copy } = await scene();
      const walk = await restoreOf(here, resource, copy);
      await here.world.loseAnswer('restore');
      expect(await rejection(walk.to())).toMatchObject({ retried: true });
      await walk.to();
      expect(await found('panda-2')).toMatchObject({ tags: ownership });
    });

    itWhereNamesAreTaken(
      'never overwrites: a taken identifier is refused, with one that is free, before anything is made',
      async () => {
        const { resource, copy } = await scene();
        const refused = await rejection(planOf(here, resource, copy, { id: 'panda-1' }));
        expect(refused).toMatchObject({ type: failureTypes.conflict, retried: false });
        expect(refused.message).toContain('panda-1-restored');
      },
    );

    itWhereNamesAreTaken('never overwrites what another restore has made since it was planned', async () => {
      const { resource, copy } = await scene();
      const late = await restoreOf(here, resource, copy, { ownership: ofAnother });
      await (await restoreOf(here, resource, copy)).to();
      expect(await rejection(late.to())).toMatchObject({ type: failureTypes.conflict, retried: false });
      expect((await found('panda-2'))?.tags).toMatchObject(ownership);
    });

    it('refuses options that the kind does not have, and names them', async () => {
      const { resource, copy } = await scene();
      const refused = await rejection(planOf(here, resource, copy, { options: { nonsense: true } }));
      expect(refused).toMatchObject({ type: failureTypes.invalidInput, retried: false });
      expect(refused.message).toContain('options.nonsense');
    });

    it('is taken back by whoever made it, and by nobody else', async () => {
      const { resource, copy } = await scene();
      const walk = await restoreOf(here, resource, copy);
      await walk.to();
      const steps = [...walk.graph.steps].reverse();
      for (const step of steps) await walk.undo(step, null, ofAnother);
      expect(await found('panda-2')).toMatchObject({ status: 'available' });

      for (const step of steps) await walk.undo(step, null);
      for (const step of steps) await walk.undo(step);
      expect(await found('panda-2')).toBeUndefined();
      expect(await found('panda-1')).toMatchObject({ arn: resource.arn });
      const { copies } = here.kind;
      expect(await copies?.progress(copy.copy, here.world.owner)).toMatchObject({ status: 'available' });
    });

    it('that is given up half-way is taken back by the markers alone', async () => {
      const { resource, copy } = await scene();
      const walk = await restoreOf(here, resource, copy);
      const { keeps } = await planOf(here, resource, copy);
      for (const step of walk.graph.steps) {
        if (step.id === keeps) break;
        await walk.through(step);
      }
      await walk.start(walk.step(keeps));
      for (const step of [...walk.graph.steps].reverse()) await walk.undo(step, null);
      expect(await found('panda-2')).toBeUndefined();
    });

    describeAbility('of another account’s copy', declared.copies?.sharing !== undefined, () => {
      it('reads what it is lent on the way, and gives all of that back', async () => {
        const resource = await here.world.addResource('panda-1', encrypted);
        const copy = await copyInVault(here, resource);
        const walk = await restoreOf(here, resource, copy);
        await walk.to();
        expect(await found('panda-2')).toMatchObject({ status: 'available' });
        for (const step of [...walk.graph.steps].reverse().filter(({ temporary }) => temporary)) await walk.undo(step);

        const { copies } = here.kind;
        const { owner, vault } = here.world;
        expect(await copies?.sharing?.sharedWith(copy.copy, vault)).toEqual([]);
        const left = await collect(copies?.list(owner) ?? (async function* () {})());
        expect(left.filter(({ tags }) => isOwned(tags, ownership))).toEqual([]);
        expect(await found('panda-2')).toMatchObject({ status: 'available' });
      });
    });
  });
}
