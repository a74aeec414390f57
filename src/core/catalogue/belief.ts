import { vaultRegion, type Vault } from '../backup/policy';
import { type Kinds } from '../kind';
import { type ResourceRef } from '../resource';
import { type Access, type Copy, copyTags, sourcePlace } from './copy';

/** What tells where copies lie: the fleet file. */
export interface Places {
  readonly vaults: readonly Vault[];
  readonly kinds: Kinds;
}

type Home = Pick<ResourceRef, 'account' | 'region'>;

/**
 * Where a copy of a resource lies, by its account, its region and the role that has listed it: no tag has a say, but which of two
 * vaults in one account and region is meant. Null where no copy of the resource belongs.
 */
export function placeOf(copy: Copy, access: Access, home: Home, { vaults }: Pick<Places, 'vaults'>): string | null {
  // Nobody outlives the account that it lies in: a vault there is none for this resource.
  if (copy.account === home.account) return copy.region === home.region ? sourcePlace : null;
  if (access === 'source') return null;
  const ofAccount = vaults.filter(({ account }) => account === copy.account);
  const here = ofAccount.filter((vault) => vaultRegion(vault, home.region) === copy.region);
  const named = (some: readonly Vault[]) => some.find(({ name }) => name === copy.tags[copyTags.place]) ?? some[0];
  // A vault whose region was changed in the fleet file still has what it had.
  return (named(here) ?? named(ofAccount))?.name ?? null;
}

/**
 * Why the tags of a copy are not believed; null: they are.
 *
 * @param resource as its tags say; null where they contradict each other
 * @param place as {@link placeOf} tells
 */
export function doubtOf(copy: Copy, resource: ResourceRef | null, place: string | null): string | null {
  const { account, region, createdAt, tags } = copy;
  if (resource === null) return 'its tags contradict each other about its resource';
  if (place === null)
    return `its tags say that it is of ${resource.account}/${resource.region}, and no copy of that belongs into ${account}/${region}`;
  const claimed = tags[copyTags.place] ?? '';
  if (place === sourcePlace && claimed !== sourcePlace) return `its tags say that it lies in ${claimed}`;
  const dataTime = tags[copyTags.dataTime];
  if (dataTime !== undefined && createdAt !== null && !(Date.parse(dataTime) <= Date.parse(createdAt)))
    return `its tags say that its data is from ${dataTime}, and it was made at ${createdAt}`;
  return null;
}
