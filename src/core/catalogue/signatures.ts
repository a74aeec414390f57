import { type CataloguedCopy } from './catalogue';
import { copyTags, sourcePlace } from './copy';
import { type Signatures } from './proof';

/** By recovery points: of copies that lie in vaults and are believed; undefined of one that no vault has. */
export function signaturesOf(copies: readonly CataloguedCopy[]): ReadonlyMap<string, Signatures> {
  const signatures = new Map<string, Signatures>();
  for (const { recoveryPoint, place, temporary, doubt, dataTime, verified, copy } of copies) {
    if (place === sourcePlace || temporary || doubt !== null || verified === null) continue;
    const before = signatures.get(recoveryPoint) ?? { manifests: [], bundles: [], dataTimes: [] };
    signatures.set(recoveryPoint, {
      manifests: [...before.manifests, ...words(copy.tags[copyTags.manifest])],
      bundles: [...before.bundles, ...words(copy.tags[copyTags.bundle])],
      dataTimes: [...before.dataTimes, ...(dataTime === null ? [] : [dataTime])],
    });
  }
  return signatures;
}

const words = (text: string | undefined) => (text ?? '').split(' ').filter((word) => word !== '');
