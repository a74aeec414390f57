import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Copy, copyTags, noHold, type Scope } from '../../../src/core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../../src/core/failure';
import { type Clouds, type CopyOperations } from '../../../src/kinds/kind';
import { type CrateApi, type Tags } from './crateApi';
import { keptOf, markedCopies, markerTag } from './markedCopies';

/** Copies that the service keeps: looked for by their marker before each is made. */
export function crateCopyOperations(api: CrateApi, keys: Clouds['keys']): CopyOperations {
  return {
    snapshot: ({ resource, marker, tags }, signal) => {
      const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
      const ours = { ...tags, [markerTag]: marker };
      return adoptOrMake(marker, scope, { resourceId: resource.arn }, tags, signal, () =>
        api.createCopy(scope, resource.id, ours, signal),
      );
    },
    async copy({ source, target, marker, key, tags }, signal) {
      const keyArn = key === null ? null : await keys.arn(target, key);
      const ours = { ...tags, [markerTag]: marker };
      return adoptOrMake(marker, target, { sourceArn: source.arn }, tags, signal, () =>
        api.importCopy(target, source.arn, keyArn, ours, signal),
      );
    },
    progress: async ({ id }, scope, signal) => (await api.copy(id, scope, signal)).result,
    find: async (marker, scope, signal) => keptOf(await markedCopies(api, marker, scope, signal)) ?? null,
    async cancel({ id }, scope, signal) {
      const found = await unlessGone(api.copy(id, scope, signal));
      if (found === null) return;
      const { status, tags, arn } = found.result;
      if (status !== 'in-progress' && status !== 'failed') return;
      if (tags[copyTags.verified] !== undefined || (tags[copyTags.hold] ?? noHold) !== noHold) return;
      if (tags[copyTags.recoveryPoint] === undefined)
        throw applicationFailure(failureTypes.conflict, `${arn}: not ours to remove, it has no tags of Farcopy`);
      await unlessGone(api.deleteCopy(id, scope, signal));
    },
    tag: ({ id }, scope, tags, signal) => api.tagCopy(id, scope, tags, signal),
    delete: async ({ id }, scope, signal) => void (await unlessGone(api.deleteCopy(id, scope, signal))),
    list: (scope, signal) => api.copies(scope, null, signal),
    sharing: {
      share: ({ id }, scope, account, signal) => api.share(id, scope, account, signal),
      unshare: async ({ id }, scope, account, signal) =>
        void (await unlessGone(api.unshare(id, scope, account, signal))),
      sharedWith: async ({ id }, scope, signal) => (await unlessGone(api.sharedWith(id, scope, signal))) ?? [],
    },
  };

  async function adoptOrMake(
    marker: string,
    scope: Scope,
    origin: { readonly resourceId?: string; readonly sourceArn?: string },
    tags: Tags,
    signal: AbortSignal | undefined,
    make: () => Promise<Copy>,
  ): Promise<Copy> {
    const found = keptOf(await markedCopies(api, marker, scope, signal));
    if (found === undefined) return make();
    const different = [
      ...Object.entries(origin)
        .filter(([name, value]) => found[name as keyof typeof origin] !== value)
        .map(([name, value]) => `its ${name} is not ${value}`),
      ...[copyTags.fleet, copyTags.resource, copyTags.recoveryPoint]
        .filter((name) => found.tags[name] !== tags[name])
        .map((name) => `tag ${name} is ${found.tags[name] ?? 'missing'}`),
    ];
    if (different.length > 0)
      throw applicationFailure(
        failureTypes.conflict,
        `${found.arn} bears the marker ${marker} and is not ours: ${different.join('; ')}; delete it`,
      );
    if (found.status !== 'failed') return found;
    await unlessGone(api.deleteCopy(found.id, scope, signal));
    return make();
  }
}

export async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (failureTypeOf(error) === failureTypes.notFound) return null;
    throw error;
  }
}
