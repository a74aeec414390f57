import { ageText } from '../../../../core/report/fleetFindings';
import { CatalogueIndex } from '../../../catalogueIndex/catalogueIndex';
import { type CommandContext } from '../../commandContext';
import { type Output } from '../../output';

/** The index of the catalogue, where there is one that can be gone by; null: the clouds are asked. @param places only these; default: all */
export function openIndex(
  { fleet, clouds, signal, out, terminal }: CommandContext,
  places?: readonly string[],
): Promise<CatalogueIndex | null> {
  const note = (text: string) => out.note(text);
  return CatalogueIndex.open(fleet, clouds, {
    ...{ now: terminal.now(), signal, note },
    ...(places === undefined ? {} : { places }),
  });
}

/** Says how old it is what was told. */
export function tellIndex(out: Output, index: { readonly at: string; readonly ageSeconds: number } | null): void {
  if (index !== null)
    out.note(
      `copies are those of the index of ${out.time(index.at)}, ${ageText(index.ageSeconds)} old: what was made or deleted since is not in it; --fresh asks the clouds`,
    );
}
