import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Copy, type CopyRef, copyTags } from '../../../src/core/catalogue/copy';
import { failureTypes } from '../../../src/core/failure';
import { type Operation, type StepCall } from '../../../src/kinds/kind';
import { refOf } from '../../../src/kinds/steps/copySteps';
import { type CrateApi, showsWithinMilliseconds } from './crateApi';
import { unlessGone } from './crateCopyOperations';
import { isSuperfluous, keptOf, markedCopies } from './markedCopies';

/**
 * A step that makes a copy, of a service that knows no tokens and shows late what was made: a lost answer leaves a twin, which
 * is found by its marker once it shows, and removed. Nothing is proven before every twin would show.
 */
export function withoutTwins(api: CrateApi, made: Required<Operation>): Operation {
  return {
    names: made.names,
    start: made.start,

    async look(call, handle) {
      const { scope } = call.step;
      const twins = await twinsOf(call, handle);
      const kept = keptOf(twins);
      if (kept === undefined)
        throw applicationFailure(failureTypes.notFound, `${handle.arn}: there is no such copy any more`);
      for (const twin of twins)
        if (twin !== kept && isSuperfluous(twin)) await unlessGone(api.deleteCopy(twin.id, scope, call.signal));
      const { result, at } = await api.copy(kept.id, scope, call.signal);
      if (result.status === 'available' && at < Date.parse(result.createdAt ?? '') + showsWithinMilliseconds())
        return { id: kept.id, rawStatus: 'completed, and a twin of it would not show yet', percent: 99 };
      // What shows by now may not have shown a moment ago.
      const now = result.status === 'available' ? await twinsOf(call, refOf(kept)) : [];
      if (now.some(({ id }) => id !== kept.id))
        return { id: kept.id, rawStatus: 'completed, and a twin of it is there', percent: 99 };
      return made.look(call, refOf(kept));
    },

    async undo(call, handle, cancelled) {
      const { temporary, scope } = call.step;
      const twins = await twinsOf(call, handle);
      const kept = keptOf(twins);
      for (const twin of twins)
        if (twin !== kept && isSuperfluous(twin)) await unlessGone(api.deleteCopy(twin.id, scope, call.signal));
      if (kept !== undefined)
        await (temporary && isLinkOfChain(call) ? keepNewest(call) : made.undo(call, refOf(kept), cancelled));
      if (call.now - call.since < showsWithinMilliseconds())
        throw applicationFailure(failureTypes.notReady, `${call.step.id}: what was just made may not show yet`);
    },
  };

  /** Everything that this step may have made, the oldest first: what has just been made shows to its id only. */
  async function twinsOf({ step, signal }: StepCall, handle: CopyRef | null): Promise<readonly Copy[]> {
    const shown = await markedCopies(api, step.marker, step.scope, signal);
    if (handle === null) return shown;
    const own = await unlessGone(api.copy(handle.id, step.scope, signal));
    return own === null || shown.some(({ id }) => id === own.result.id) ? shown : [...shown, own.result];
  }

  /**
   * Copies are incremental while the last one is there: an intermediate stays until the next has taken its place, or every
   * night's would be whole.
   */
  async function keepNewest({ identity, step, signal }: StepCall): Promise<void> {
    const chain: Copy[] = [];
    for await (const page of api.copies(step.scope, [copyTags.resource, identity.resource.arn], signal))
      chain.push(
        ...page.filter(
          ({ tags, status }) =>
            tags[copyTags.fleet] === identity.fleet &&
            tags[copyTags.place] === step.place &&
            tags[copyTags.verified] !== undefined &&
            status === 'available',
        ),
      );
    const [, ...older] = chain.sort((a, b) => ((a.createdAt ?? '') > (b.createdAt ?? '') ? -1 : 1));
    for (const { id } of older) await unlessGone(api.deleteCopy(id, step.scope, signal));
  }
}

/** An intermediate of backups; what a restore makes on its way has no next. */
function isLinkOfChain({ ownership, step }: StepCall): boolean {
  return ownership === null && step.place?.endsWith('-landing') === true;
}
