import { type Copy, type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type CopyName, type CopyOperations } from '../../kinds/kind';

/** A copy as its service describes it now; null of what is there no more. */
export async function copyThere(
  copies: CopyOperations,
  name: CopyName,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Copy | null> {
  try {
    return await copies.progress(name, scope, signal);
  } catch (error) {
    if (failureTypeOf(error) !== failureTypes.notFound) throw error;
    return null;
  }
}
