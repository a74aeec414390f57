import { failureTypeOf, failureTypes } from '../../core/failure';
import { type ResourceKind } from '../../core/resource';
import { type KindOperations } from '../../kinds/kind';

/** A kind that could not be asked. */
export interface KindProblem {
  readonly kind: ResourceKind;
  readonly message: string;
}

/**
 * Asks one kind after the other. A kind that the account refuses (it lacks a permission, mostly) keeps no other from being
 * asked; a failure that a retry may mend ends it.
 *
 * @throws the first failure where every kind was refused
 */
export async function askEachKind<K extends Pick<KindOperations, 'description'>>(
  kinds: readonly K[],
  ask: (kind: K) => Promise<void>,
): Promise<readonly KindProblem[]> {
  const refusals: { readonly kind: ResourceKind; readonly error: Error }[] = [];
  for (const kind of kinds) {
    try {
      await ask(kind);
    } catch (error) {
      if (!(error instanceof Error) || !isLasting(error)) throw error;
      refusals.push({ kind: kind.description.name, error });
    }
  }
  const [first] = refusals;
  if (first !== undefined && refusals.length === kinds.length) throw first.error;
  return refusals.map(({ kind, error: { message } }) => ({ kind, message }));
}

const isLasting = (error: Error) =>
  failureTypeOf(error) === failureTypes.configuration || ('nonRetryable' in error && error.nonRetryable === true);
