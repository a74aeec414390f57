import { copyTags, type Copy } from '../../core/catalogue/copy';

/** Where a copy must come from to be ours. */
export type Origin = { readonly resourceId: string } | { readonly sourceArn: string };

const identifying = [copyTags.fleet, copyTags.resource, copyTags.recoveryPoint];

/**
 * Whether what bears our deterministic id is what we would have made: of the same origin, with the same identifying tags.
 * RDS tells the source of an instance's copy only across accounts and regions; where it does not, the tags decide alone.
 * Returns what differs, null if nothing does.
 */
export function differenceFrom(found: Copy, origin: Origin, tags: Readonly<Record<string, string>>): string | null {
  if (!found.manual) return 'it is an automated snapshot';
  if ('resourceId' in origin && found.resourceId?.toLowerCase() !== origin.resourceId.toLowerCase()) {
    return `it was taken of ${found.resourceId ?? 'something unknown'}`;
  }
  if ('sourceArn' in origin && found.sourceArn !== null && found.sourceArn !== origin.sourceArn) {
    return `it was copied from ${found.sourceArn}`;
  }
  const tag = identifying.find((name) => found.tags[name] !== tags[name]);
  return tag === undefined ? null : `its tag ${tag} is ${found.tags[tag] ?? 'missing'}`;
}
