import { unprotected, type Unprotected } from '../../core/backup/unprotected';
import { type Scope } from '../../core/catalogue/copy';
import { type Sighting } from '../../core/kind';
import { type KindOperations } from '../../kinds/kind';
import { messageOf } from '../../core/failure';

/**
 * Resources of an account and region that no rule of the fleet file can reach.
 */
export async function findUnprotected(
  kinds: readonly Pick<KindOperations, 'sightings'>[],
  selected: ReadonlySet<string>,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Unprotected[]> {
  const seen: Sighting[] = [];
  for (const kind of kinds) for await (const page of kind.sightings?.(scope, signal) ?? []) seen.push(...page);
  return unprotected(seen, selected);
}

/** The error of a look that could not see everything, in words that do not claim that all is protected. */
export function unprotectedUnknown(error: unknown): Error {
  const message = messageOf(error);
  return new Error(`nobody knows what is unprotected there: ${message}`, { cause: error });
}
