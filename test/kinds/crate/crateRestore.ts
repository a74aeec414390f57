import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Scope } from '../../../src/core/catalogue/copy';
import { drillTagsOf } from '../../../src/core/drill/drillScratch';
import { failureTypes } from '../../../src/core/failure';
import { isOwned, restoreTags } from '../../../src/core/restore/restoreOwnership';
import { type RestoredFacts } from '../../../src/core/restore/restorePlan';
import { checkOptions } from '../../../src/core/restore/restoreRequest';
import { type Json, step } from '../../../src/core/steps/step';
import { type Clouds, type LeftoverAbility, type Operation, type RestoreAbility } from '../../../src/kinds/kind';
import { sourceOf } from '../../../src/kinds/steps/copySteps';
import { planRestorePath } from '../../../src/kinds/steps/planRestorePath';
import { type CrateApi, type DescribedCrate, showsWithinMilliseconds } from './crateApi';
import { unlessGone } from './crateCopyOperations';
import { crateKind, crateRules } from './crateKind';

/** The service gives the id; a crate's name, which people choose, is a tag. */
const nameTag = 'name';

/** How a crate is set up. */
interface CrateConfiguration {
  readonly tags: Readonly<Record<string, string>>;
  readonly sizeGiB: number;
}

export function crateRestore(api: CrateApi, { keys }: Clouds): RestoreAbility {
  return {
    scratchOptions: {},
    async configuration({ id }, scope, signal) {
      const { tags, sizeGiB } = (await api.crate(id, scope, signal)).result;
      return { tags, sizeGiB } satisfies CrateConfiguration;
    },
    async plan(circumstances) {
      const { fleet, resource, copy, target, id, keys: chosen, options, limits, vaultAccounts, drill } = circumstances;
      checkOptions(resource.kind, crateKind.restoreOptions, options);
      const configuration = circumstances.configuration as CrateConfiguration | null;
      const path = planRestorePath({
        fleet,
        resource,
        copy,
        target,
        id,
        underDefaultKey: false,
        rules: crateRules,
        limits,
        restoresShared: false,
        copyKey: chosen.ofCopy,
        targetKey: chosen.asked ?? chosen.ofTarget ?? chosen.shareable ?? 'alias/farcopy',
        keyAsked: chosen.asked !== null,
        vaultAccounts,
      });
      for (const { scope, input } of path.steps) if (typeof input.key === 'string') await keys.arn(scope, input.key);
      const kept = Object.entries(configuration?.tags ?? {}).filter(([name]) => !name.startsWith('farcopy:'));
      const tags = {
        ...Object.fromEntries(kept),
        ...circumstances.tags,
        ...(drill === null ? {} : drillTagsOf(drill)),
        [nameTag]: id,
        [restoreTags.recoveryPoint]: copy.recoveryPoint,
      };
      const made = step({
        id: 'crate',
        type: 'create-crate',
        after: path.steps.slice(-1).map((one) => one.id),
        reads: path.steps.filter(({ type }) => type === 'copy').at(-1)?.id ?? null,
        scope: target,
        marker: id,
        expects: { seconds: 30, secondsPerGiB: 0 },
        counts: 'place',
        input: { tags },
      });
      return {
        steps: [...path.steps, made],
        usable: [made.id],
        keeps: made.id,
        lines: [
          ...path.steps.map(({ id: name, type, marker, scope }) => ({
            step: name,
            what: type === 'share' ? 'let it be read, for the time being' : `${marker}, temporary`,
            where: `${scope.account}/${scope.region}`,
          })),
          { step: 'crate', what: id, where: 'target' },
        ],
        differences: configuration === null ? ['its tags are not known'] : [],
      };
    },
  };
}

/** The step `create-crate`. */
export function createCrate(api: CrateApi): Operation {
  return {
    names: {},
    async start(call) {
      const { step: made, input, signal } = call;
      const ownership = call.ownership ?? {};
      const [found] = await ownCrates(api, made.scope, made.marker, ownership, signal);
      const tags = { ...(input.tags as Readonly<Record<string, string>>), ...ownership };
      const crate =
        found ?? (await api.createCrate(made.scope, { copy: sourceOf(call).arn, key: null, tags }, signal)).result;
      const { account, region, id, arn } = crate;
      return { handle: { kind: 'crate', account, region, id, arn } };
    },

    async look({ step: made, ownership, signal }, { id }) {
      const { result: crate, at } = await api.crate(id, made.scope, signal);
      if (crate.readyAt > at) return { id, rawStatus: 'creating', percent: null };
      if (crate.createdAt + showsWithinMilliseconds() > at)
        return { id, rawStatus: 'available, and a twin of it would not show yet', percent: 99 };
      // This one is what the restore tells of: here the twins go, older or younger.
      for (const twin of await ownCrates(api, made.scope, made.marker, ownership ?? {}, signal))
        if (twin.id !== id) await unlessGone(api.deleteCrate(twin.id, made.scope, signal));
      return { facts: factsOf(crate) as unknown as Json };
    },

    async undo({ step: made, ownership, signal, now, since }, handle) {
      const { scope, marker } = made;
      const found = await ownCrates(api, scope, marker, ownership ?? {}, signal);
      const own = handle === null ? null : await unlessGone(api.crate(handle.id, scope, signal));
      const isOurs = own !== null && isOwned(own.result.tags, ownership ?? {});
      const all = new Set([...found.map(({ id }) => id), ...(isOurs ? [own.result.id] : [])]);
      for (const id of all) await unlessGone(api.deleteCrate(id, scope, signal));
      if (now - since < showsWithinMilliseconds())
        throw applicationFailure(failureTypes.notReady, `${marker}: what was just made may not show yet`);
    },
  };
}

/** Crates that drills have made, by the names that they were given. */
export function crateLeftovers(api: CrateApi): LeftoverAbility {
  return {
    async *list(scope, signal) {
      for await (const page of api.crates(scope, null, signal))
        yield page.map(({ id, tags }) => ({
          type: 'crate',
          id: tags[nameTag] ?? id,
          title: `crate ${id}`,
          tags,
          isRestored: true,
        }));
    },
    isProtected: () => Promise.resolve(false),
    async remove({ id: name }, scope, ownership, signal) {
      for (const { id } of await ownCrates(api, scope, name, ownership, signal))
        await unlessGone(api.deleteCrate(id, scope, signal));
    },
  };
}

/** The crates of a name that a restore has made and that show by now, the oldest first. */
async function ownCrates(
  api: CrateApi,
  scope: Scope,
  name: string,
  ownership: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<readonly DescribedCrate[]> {
  if (ownership[restoreTags.restore] === undefined)
    throw applicationFailure(failureTypes.invalidInput, `${name}: nothing tells whose it is`);
  const found: DescribedCrate[] = [];
  for await (const page of api.crates(scope, [nameTag, name], signal))
    found.push(...page.filter(({ tags }) => isOwned(tags, ownership)));
  return found.sort((a, b) => a.createdAt - b.createdAt);
}

function factsOf({ id, arn, sizeGiB }: DescribedCrate): RestoredFacts {
  return {
    arn,
    lines: [`its id is ${id}, ${sizeGiB} GiB`],
    answersSql: false,
    sql: null,
    details: { crate: id },
  };
}
