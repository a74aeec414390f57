import { openState } from '../../../../activities/ledger/stateBucket';
import { ageText } from '../../../../core/report/fleetFindings';
import { CatalogueIndex } from '../../../catalogueIndex/catalogueIndex';
import { type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodes } from '../../exitCodes';
import { type Output } from '../../output';

/**
 * The index of the catalogue, for a command that was told to go by it; null: it cannot be gone by, which was told, and the clouds are asked.
 *
 * @param places only these; default: all
 * @throws CommandFailure where there is none
 */
export async function openIndex(
  { fleet, clouds, signal, out, terminal }: CommandContext,
  places?: readonly string[],
): Promise<CatalogueIndex | null> {
  if (openState(fleet, clouds.access) === null)
    throw new CommandFailure(
      '--index: the fleet file names no state bucket, where an index could lie',
      exitCodes.usage,
      'write `state` into it (docs/fleet-file.md#state), then run `farcopy catalogue index`; without --index, the clouds are asked',
    );
  let isTold = false;
  const note = (text: string) => {
    isTold = true;
    out.note(text);
  };
  const index = await CatalogueIndex.open(fleet, clouds, {
    ...{ now: terminal.now(), signal, note },
    ...(places === undefined ? {} : { places }),
  });
  if (index === null && !isTold)
    throw new CommandFailure(
      '--index: there is no index of the catalogue in the state bucket',
      exitCodes.usage,
      '`farcopy catalogue index` makes one; without --index, the clouds are asked',
    );
  return index;
}

/** Says how old it is what was told. */
export function tellIndex(out: Output, index: { readonly at: string; readonly ageSeconds: number } | null): void {
  if (index !== null)
    out.note(
      `copies are those of the index of ${out.time(index.at)}, ${ageText(index.ageSeconds)} old: what was made or deleted since is not in it; without --index, the clouds are asked`,
    );
}
