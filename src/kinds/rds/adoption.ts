import { copyTags, type Copy } from '../../core/catalogue/copy';

/** Where a copy must come from to be ours. */
export type Origin = { readonly resourceId: string } | { readonly sourceArn: string };

const identifying = [copyTags.fleet, copyTags.resource, copyTags.recoveryPoint];

/**
 * Whether what bears our deterministic id is what we would have made: of the same origin, with the same identifying tags, its data
 * of the same time. Its proof compares the times that AWS tells (src/kinds/steps/copySteps.ts). RDS tells the source of an
 * instance's copy only across accounts and regions, but of every one when its data was taken.
 * Returns what differs, null if nothing does.
 */
export function differenceFrom(found: Copy, origin: Origin, tags: Readonly<Record<string, string>>): string | null {
  const { manual, resourceId, sourceArn, takenAt } = found;
  if (!manual) return 'it is an automated snapshot';
  if ('resourceId' in origin) {
    if (resourceId?.toLowerCase() !== origin.resourceId.toLowerCase())
      return `it was taken of ${resourceId ?? 'something unknown'}`;
    if (sourceArn !== null) return `it was copied from ${sourceArn}`;
  } else if (sourceArn === null ? takenAt === undefined : sourceArn !== origin.sourceArn)
    return `it was copied from ${sourceArn ?? 'nothing that AWS tells'}`;
  const tag = identifying.find((name) => found.tags[name] !== tags[name]);
  return tag === undefined ? null : `its tag ${tag} is ${found.tags[tag] ?? 'missing'}`;
}
