import { openState } from '../../../../activities/ledger/stateBucket';
import { bucketName } from '../../../../core/catalogue/bucket';
import { indexLayout } from '../../../../core/catalogueIndex/indexLayout';
import { ageText } from '../../../../core/report/fleetFindings';
import { CatalogueIndex } from '../../../catalogueIndex/catalogueIndex';
import { otherPlaces } from '../../../catalogueIndex/shardFile';
import { writeIndex } from '../../../catalogueIndex/writeIndex';
import { type AddCommand } from '../../addCommand';
import { actionOf, type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodeOf, exitCodes } from '../../exitCodes';

interface IndexOptions {
  readonly show?: boolean;
}

export const addCatalogue: AddCommand = (program, host) => {
  const catalogue = program
    .command('catalogue')
    .summary('keep an index of all copies, for large fleets')
    .addHelpText('after', '\nExamples:\n  farcopy catalogue index\n  farcopy catalogue index --show');
  catalogue
    .command('index')
    .summary('make the index anew from what the clouds list')
    .description(
      'Reads every copy of the fleet from the clouds, and writes what retention and reports go by into the bucket that the fleet file ' +
        'names as `state`. `status --places`, `report` and `prune --plan` read that with --index, and say how old it is; without, they ' +
        'ask the clouds. Nothing is marked, deleted or alerted by it (docs/catalogue-index.md).',
    )
    .option('--show', 'only tell of the index that is there: how old it is, and what it has')
    .addHelpText(
      'after',
      `
Examples:
  farcopy catalogue index
  farcopy catalogue index --show
  farcopy catalogue index --json | jq '.shards[] | {place, copies}'

Exit code: 3 when some accounts, buckets or records could not be read: the index says so, and whoever reads it tells it. 4 when it cannot be
written, 5 when nothing answered: the index of before stays then. With --show, 4 when there is none that can be read.`,
    )
    .action(
      actionOf<IndexOptions, []>(host, async (context, { show = false }) => {
        const { fleet, clouds, signal, out, terminal } = context;
        const state = openState(fleet, clouds.access);
        if (state === null)
          throw new CommandFailure(
            'catalogue index: the fleet file names no state bucket',
            exitCodes.usage,
            'write `state` into it: docs/fleet-file.md#state',
          );
        if (show) return showIndex(context);
        const written = await writeIndex(fleet, clouds, state, {
          now: terminal.now(),
          signal,
          onProgress: (text) => out.note(text),
        });
        const { isWritten, problems, shards, copies, at } = written;
        const key = `${bucketName(state.url)}/${indexLayout.manifest(fleet.name)}`;
        if (isWritten) {
          out.table(
            ['place', 'copies', 'bytes'],
            shards.map((one) => [one.place ?? otherPlaces, String(one.copies), String(one.bytes)]),
            'There are no copies.',
          );
          out.line(`${key}: ${copies} copies, as they were ${out.time(at)}`);
        } else out.note(`${key} is not written: nothing of the clouds could be read`);
        for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
        const nothingAnswers = !isWritten && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(isWritten ? 1 : 0, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...written });
        return exitCode;
      }),
    );
};

async function showIndex({ fleet, clouds, signal, out, terminal }: CommandContext) {
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    out.note(text);
  };
  const index = await CatalogueIndex.open(fleet, clouds, { now: terminal.now(), signal, note });
  if (index === null) {
    if (notes.length === 0) note('there is no index of the catalogue; `farcopy catalogue index` makes one');
    out.document(false, { fleet: fleet.name, index: null, notes });
    return exitCodes.failed;
  }
  const { at, ageSeconds, manifest } = index;
  const shards = manifest.shards.map(({ place, copies, bytes }) => ({ place, copies, bytes }));
  out.table(
    ['place', 'copies', 'bytes'],
    shards.map((one) => [one.place ?? otherPlaces, String(one.copies), String(one.bytes)]),
    'It has no copies.',
  );
  out.line(`${manifest.copies} copies, as they were ${out.time(at)}: ${ageText(ageSeconds)} old`);
  for (const { where, message } of manifest.problems)
    out.note(`when it was made, ${where} could not be read: ${message}`);
  const exitCode = exitCodeOf(1, notes.length + manifest.problems.length);
  out.document(exitCode === exitCodes.ok, {
    fleet: fleet.name,
    index: { at, ageSeconds, copies: manifest.copies, shards, problems: manifest.problems },
    notes,
  });
  return exitCode;
}
