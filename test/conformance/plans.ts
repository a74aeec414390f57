/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { type Copy, copyTags, type RecoveryPointIdentity, type Scope } from '../../src/core/catalogue/copy';
import { recoveryPointId } from '../../src/core/naming';
import { type Step } from '../../src/core/steps/step';
import { type Destination } from '../../src/core/backup/policy';
import { collect, type Conformance, type Encryption, worldForEach } from './kindWorld';
import { generalTypes, policyOf, scheduledTime, vaultRoute } from './plannedSteps';
import { PlanWalk } from './planWalk';

/** Core: what the kind plans it performs, each step once however often it is asked. */
export function describePlans(conformance: Conformance): void {
  const encryptions = (conformance.encryptions ?? ['none', 'default', 'customer']).filter((one) => one !== 'forbidden');

  describe('a plan', () => {
    const here = worldForEach(conformance);

    async function walkOf(encryption: Encryption): Promise<PlanWalk> {
      const { world, kind } = here;
      const resource = await world.addResource('panda-1', encryption);
      const described = await kind.describe(resource, world.owner);
      const planned = {
        ...resource,
        encryption: await kind.encryption(described, world.owner),
        facts: described.facts,
      };
      const route: readonly Destination[] =
        conformance.route ?? vaultRoute(world.vault, world.vaultElsewhere, world.key ?? '');
      const steps = kind.description.planBackup(planned, policyOf(route, world.key), scheduledTime);
      const identity: RecoveryPointIdentity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
      return new PlanWalk(here, { steps, identity });
    }

    /** Every copy of the recovery point that the service keeps. */
    async function kept(): Promise<Copy[]> {
      const { copies } = here.kind;
      const { owner, ownerElsewhere, vault, vaultElsewhere } = here.world;
      const all = await Promise.all(
        [owner, ownerElsewhere, vault, vaultElsewhere].map((scope: Scope) => collect(copies?.list(scope) ?? none())),
      );
      return all.flat().filter(({ tags }) => tags[copyTags.fleet] === 'panda');
    }

    const own = ({ steps }: { readonly steps: readonly Step[] }) =>
      steps.filter(({ type }) => !generalTypes.includes(type));
    const makesCopy = ({ type, temporary }: Step) => (type === 'snapshot' || type === 'copy') && !temporary;

    it('has steps that the kind performs, in an order that can be walked', async () => {
      const { graph } = await walkOf('none');
      expect(graph.steps.length).toBeGreaterThan(0);
      for (const step of own(graph)) expect(here.kind.steps).toHaveProperty([step.type]);
      const seen = new Set<string>();
      for (const { id, after, behind } of graph.steps) {
        for (const before of [...after, ...behind]) expect(seen).toContain(before);
        seen.add(id);
      }
      expect(seen.size).toBe(graph.steps.length);
    });

    it.each(encryptions)('is walked to its end, of a resource that is encrypted so: %s', async (encryption) => {
      const walk = await walkOf(encryption);
      await walk.to();
      const { graph } = walk;
      const point = recoveryPointId(walk.call(graph.steps[0]!).identity.resource, scheduledTime);
      for (const step of own(graph).filter(makesCopy)) {
        const { copy } = graph.result(step.id) ?? {};
        expect(copy).toMatchObject({ place: step.place, account: step.scope.account, region: step.scope.region });
        const { tags, status } = (await here.kind.copies?.progress(copy!, step.scope)) ?? {};
        expect(status).toBe('available');
        expect(tags).toMatchObject({
          [copyTags.recoveryPoint]: point,
          [copyTags.place]: step.place,
          [copyTags.dataTime]: copy!.dataTime,
          [copyTags.verified]: expect.stringMatching(/^exists \d{4}-/) as string,
        });
      }
    });

    it('names its lasting copies as its description says, where it chooses names', async () => {
      const { capabilities, copyName } = here.kind.description;
      const isNamed = capabilities.names === 'chosen' && capabilities.copies !== false;
      expect(copyName !== undefined).toBe(isNamed);
      const walk = await walkOf('none');
      await walk.to();
      const { resource } = walk.call(walk.graph.steps[0]!).identity;
      const ids = own(walk.graph)
        .filter(makesCopy)
        .map(({ id }) => walk.graph.result(id)?.copy?.id);
      expect(ids).toEqual(ids.map((id) => copyName?.('panda', resource, scheduledTime) ?? id));
    });

    it.each(encryptions)('leaves nothing of what was made for a while: %s', async (encryption) => {
      const walk = await walkOf(encryption);
      await walk.to();
      for (const step of [...own(walk.graph)].reverse().filter(({ temporary }) => temporary)) {
        await walk.undo(step);
        await walk.undo(step);
      }
      const places = (await kept()).map(({ tags }) => tags[copyTags.place]).sort();
      const expected = own(walk.graph).filter(makesCopy);
      expect(places).toEqual(here.kind.copies === undefined ? [] : expected.map(({ place }) => place).sort());
    });

    it('makes each step once, however often it is started', async () => {
      const walk = await walkOf('none');
      for (const step of own(walk.graph)) {
        const first = await walk.start(step);
        expect((await walk.start(step)).handle).toEqual(first.handle);
        walk.graph.end(step.id, Date.now(), first.result ?? (await walk.finish(step, first.handle)));
        expect((await walk.start(step)).handle).toEqual(first.handle);
      }
      const arns = (await kept()).map(({ arn }) => arn);
      expect(arns).toHaveLength(here.kind.copies === undefined ? 0 : own(walk.graph).filter(makesCopy).length);
    });

    it('that is given up takes back what has begun, by its handle or by its marker alone, and again', async () => {
      const walk = await walkOf('none');
      const [first] = own(walk.graph);
      const { handle, result } = await walk.start(first!);
      // What is done at once has its own way back.
      if (result !== undefined) return;
      await walk.undo(first!, null);
      await walk.undo(first!, handle);
      expect(await kept()).toEqual([]);
    });

    it('that is given up leaves what is whole and stays', async () => {
      const walk = await walkOf('none');
      await walk.to();
      const before = (await kept()).length;
      for (const step of [...own(walk.graph)].reverse()) await walk.undo(step);
      expect(await kept()).toHaveLength(before);
    });
  });
}

async function* none(): AsyncGenerator<readonly Copy[]> {}
