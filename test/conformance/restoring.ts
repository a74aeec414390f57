import { catalogued, type CataloguedCopy } from '../../src/core/catalogue/catalogue';
import { type Places } from '../../src/core/catalogue/belief';
import { copyTags, type Scope, sourcePlace } from '../../src/core/catalogue/copy';
import { recoveryPointTags } from '../../src/core/backup/recoveryPointTags';
import { Kinds } from '../../src/core/kind';
import { type ResourceRef } from '../../src/core/resource';
import { type RestoredFacts, type RestoredThing } from '../../src/core/restore/restorePlan';
import { type RestoreOptions } from '../../src/core/restore/restoreRequest';
import { type RestoreCircumstances } from '../../src/kinds/kind';
import { type WorldOfTest } from './kindWorld';
import { scheduledTime } from './plannedSteps';
import { PlanWalk } from './planWalk';

export const ownership = { 'farcopy:restore': 'restore/1', 'farcopy:restore-run': 'run-1' };
export const ofAnother = { ...ownership, 'farcopy:restore-run': 'run-2' };

const identityOf = (resource: ResourceRef) => ({ fleet: 'panda', tier: 'standard', resource, scheduledTime });

/** As a fleet file with one vault says it. */
export function placesOf({ world: { vault }, kind }: WorldOfTest): Places {
  const secure = { name: 'secure', account: vault.account, region: null, key: 'alias/farcopy' };
  return { vaults: [secure], kinds: new Kinds([kind.description]) };
}

/** A verified copy of a resource, in its own account. */
export async function copyOf(here: WorldOfTest, resource: ResourceRef): Promise<CataloguedCopy> {
  const { world, kind } = here;
  const copies = world.kinds.copiesOf(kind.description.name);
  const dataTime = '2026-11-21T02:03:00Z';
  const tags = {
    ...recoveryPointTags(identityOf(resource), sourcePlace, dataTime),
    [copyTags.verified]: `exists ${dataTime}`,
  };
  const begun = await copies.snapshot({ resource, marker: 'farcopy-snap-1', tags });
  await world.finish(begun);
  return catalogued(await copies.progress(begun, world.owner), 'source', placesOf(here));
}

/** The same in another account, where no key of the old one is needed. */
export async function copyInVault(here: WorldOfTest, resource: ResourceRef): Promise<CataloguedCopy> {
  const { world, kind } = here;
  const { owner, vault, key } = world;
  const copies = world.kinds.copiesOf(kind.description.name);
  const { copy: source } = await copyOf(here, resource);
  await copies.sharing?.share(source, owner, vault.account);
  const tags = { ...source.tags, [copyTags.place]: 'secure' };
  const pulled = await copies.copy({
    source,
    target: vault,
    marker: 'farcopy-copy-1',
    key: source.keyArn === null ? null : key,
    tags,
  });
  await world.finish(pulled);
  await copies.sharing?.unshare(source, owner, vault.account);
  return catalogued(await copies.progress(pulled, vault), 'vault', placesOf(here));
}

export interface Asked {
  readonly id?: string;
  readonly options?: RestoreOptions;
  readonly target?: Scope;
  readonly ownership?: Readonly<Record<string, string>>;
  readonly configuration?: RestoreCircumstances['configuration'];
}

/** What a restore of a copy would do. */
export async function planOf(
  here: WorldOfTest,
  resource: ResourceRef,
  copy: CataloguedCopy,
  asked: Asked = {},
): Promise<RestoredThing> {
  const { world, kind } = here;
  const ability = world.kinds.restoreOf(kind.description.name);
  const configuration =
    asked.configuration === undefined ? await ability.configuration(resource, world.owner) : asked.configuration;
  return ability.plan({
    fleet: 'panda',
    resource,
    copy,
    target: asked.target ?? world.owner,
    id: asked.id ?? 'panda-2',
    options: asked.options ?? {},
    tags: { team: 'shop' },
    drill: null,
    ownership: asked.ownership ?? ownership,
    configuration,
    keys: { asked: null, ofTarget: null, ofCopy: world.key, shareable: world.key },
    vaultAccounts: [],
    limits: [],
  });
}

/** The same, ready to be walked. */
export async function restoreOf(
  here: WorldOfTest,
  resource: ResourceRef,
  copy: CataloguedCopy,
  asked: Asked = {},
): Promise<PlanWalk> {
  const { steps } = await planOf(here, resource, copy, asked);
  const { kind, account, region, id, arn, keyArn, sizeGiB } = copy.copy;
  return new PlanWalk(here, {
    steps,
    identity: identityOf(resource),
    ownership: asked.ownership ?? ownership,
    source: {
      ...{ kind, account, region, id, arn, keyArn, sizeGiB, place: copy.place },
      dataTime: copy.copy.takenAt ?? copy.dataTime ?? copy.scheduledTime,
      verifiedAt: '2026-11-21T02:03:00Z',
    },
  });
}

/** What the last steps tell of what was made. */
export function factsOf({ graph }: PlanWalk): RestoredFacts {
  return graph.steps.flatMap(({ id }) => graph.result(id)?.facts ?? []).at(-1) as unknown as RestoredFacts;
}
