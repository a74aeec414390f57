import { type DoomedCopy, type PrunePlan, type RefusedCopy } from '../../../core/retention/prunePlan';
import { planRetention } from '../../../activities/retention/planRetention';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { exitCodeOf, exitCodes } from '../exitCodes';
import { type Output } from '../output';
import { limited, rowLimit } from '../rowLimit';
import { type Column } from '../tables/columns';

interface PruneOptions {
  readonly plan?: boolean;
  readonly limit: number;
}

export const addPrune: AddCommand = (program, host) => {
  program
    .command('prune')
    .summary('show which copies retention lets go, and why')
    .description(
      'Reads every copy of the fleet from the clouds, and judges each by the retention of its resource’s tier ' +
        '(docs/retention.md): what stays, for which reasons; what would go, by which rule; and what is neither counted nor ' +
        'deleted. It needs no Temporal, and deletes nothing: nothing in Farcopy deletes proven copies yet.',
    )
    .option('--plan', 'show the plan')
    .option('--limit <n>', 'show at most this many copies; 0 shows all', rowLimit, 100)
    .addHelpText(
      'after',
      `
Examples:
  farcopy prune --plan
  farcopy prune --plan --json | jq '.kept[] | select(.copy.place == "secure-dr") | {id: .copy.id, reasons}'
  farcopy prune --plan --json | jq -r '.refused[].why' | sort | uniq -c

Exit code: 3 when some accounts, buckets or records could not be read, 5 when none answered. Nothing goes of a resource
whose places could not all be read.`,
    )
    .action(
      actionOf<PruneOptions, []>(host, async (context, { plan: isAsked = false, limit }) => {
        const { fleet, clouds, signal, out } = context;
        if (!isAsked)
          throw new CommandFailure(
            'prune: nothing deletes copies yet',
            exitCodes.usage,
            '`farcopy prune --plan` shows what retention would let go',
          );
        const plan = await planRetention(fleet, clouds, host.terminal.now(), signal);
        const { id, kept, doomed, refused, brakes, problems } = plan;
        out.rows(limited(doomed, limit), doomedColumns(out), 'Nothing would go.');
        if (limit !== 0 && doomed.length > limit) out.line(`${limit} of ${doomed.length} shown; --limit 0 shows all`);
        tellPlaces(out, plan);
        tellRefused(out, refused);
        for (const brake of brakes) out.line(`brake: ${brake}`);
        out.line(`plan ${id}: ${kept.length} stay, ${doomed.length} would go, ${refused.length} left alone`);
        for (const { where, message } of problems) out.note(`could not read ${where}: ${message}`);
        const all = kept.length + doomed.length + refused.length;
        const nothingAnswers = all === 0 && problems.length > 0 && problems.every(({ unreachable }) => unreachable);
        const exitCode = nothingAnswers ? exitCodes.unreachable : exitCodeOf(all, problems.length);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, ...plan });
        return exitCode;
      }),
    );
};

function doomedColumns(out: Output): Column<DoomedCopy>[] {
  return [
    { title: 'resource', cell: ({ copy }) => copy.resource },
    { title: 'place', cell: ({ copy }) => copy.place },
    { title: 'data of', cell: ({ copy }) => out.time(copy.dataTime) },
    { title: 'lets it go', cell: ({ rule }) => rule },
  ];
}

/** How many stay and go in each place, and from when the oldest is that stays. */
function tellPlaces(out: Output, { kept, doomed, refused }: PrunePlan): void {
  const staying = [...kept, ...refused].map(({ copy }) => copy);
  const going = doomed.map(({ copy }) => copy);
  const places = [...new Set([...staying, ...going].map(({ place }) => place))].sort();
  out.line();
  out.table(
    ['place', 'stay', 'would go', 'oldest that stays'],
    places.map((name) => {
      const here = staying.filter(({ place }) => place === name);
      const oldest = here.reduce<string | null>(
        (least, { dataTime }) => (dataTime !== null && (least === null || dataTime < least) ? dataTime : least),
        null,
      );
      const leaving = going.filter(({ place }) => place === name).length;
      return [name, String(here.length), String(leaving), out.time(oldest)];
    }),
    'There are no copies to judge.',
  );
}

/** Reasons, each once with its number: a thousand copies may have one. */
function tellRefused(out: Output, refused: readonly RefusedCopy[]): void {
  const reasons = new Map<string, { readonly first: string; count: number }>();
  for (const { copy, why } of refused) {
    const known = reasons.get(why);
    if (known === undefined) reasons.set(why, { first: copy.id, count: 1 });
    else known.count += 1;
  }
  if (reasons.size > 0) out.line();
  const most = [...reasons].sort(([, a], [, b]) => b.count - a.count);
  for (const [why, { first, count }] of most.slice(0, mostReasons))
    out.line(`left alone: ${first}${count > 1 ? ` and ${count - 1} more` : ''}: ${why}`);
  if (reasons.size > mostReasons) out.line(`${reasons.size - mostReasons} more reasons: --json tells all`);
}

const mostReasons = 20;
