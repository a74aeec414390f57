import { type Copy, copyTags, noHold, type Scope } from '../../../src/core/catalogue/copy';
import { type CrateApi } from './crateApi';

/** No call of the service takes a token, so a tag says whose a copy is. */
export const markerTag = 'farcopy:marker';

/** The copies that bear a marker and show by now, the oldest first: more than one where an answer was lost. */
export async function markedCopies(
  api: CrateApi,
  marker: string,
  scope: Scope,
  signal?: AbortSignal,
): Promise<readonly Copy[]> {
  const found: Copy[] = [];
  for await (const page of api.copies(scope, [markerTag, marker], signal)) found.push(...page);
  return found.sort((a, b) => (ageOrder(a) < ageOrder(b) ? -1 : 1));
}

/** Of twins the one stays that was proven, else the oldest that has not failed. */
export function keptOf(twins: readonly Copy[]): Copy | undefined {
  return twins.find((twin) => !isSuperfluous(twin)) ?? twins.find(({ status }) => status !== 'failed') ?? twins[0];
}

/** A copy that was proven, or is held, is nobody's superfluous twin. */
export function isSuperfluous({ tags }: Copy): boolean {
  return tags[copyTags.verified] === undefined && (tags[copyTags.hold] ?? noHold) === noHold;
}

const ageOrder = ({ createdAt, id }: Copy) => `${createdAt ?? ''} ${id}`;
