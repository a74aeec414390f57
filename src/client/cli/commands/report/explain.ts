import { type Client } from '@temporalio/client';
import { type PlaceFreshness } from '../../../../core/report/freshness';
import { ageText } from '../../../../core/report/fleetFindings';
import { holdText } from '../../../../core/retention/hold';
import { departureText } from '../../../../core/retention/mark';
import { printable } from '../../../../core/plainText';
import { parseResourceArgument } from '../../../catalogue/resourceArgument';
import { type Explanation, explainResource } from '../../../report/explainResource';
import { lookAtFleet } from '../../../report/lookAtFleet';
import { temporalUi } from '../../../temporalUi';
import { loadPrices } from '../../../report/priceTable';
import { pauseText } from '../../../../core/schedulePause';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { durationText } from '../../durationText';
import { CommandFailure } from '../../commandFailure';
import { exitCodeOf, exitCodes } from '../../exitCodes';
import { type Output } from '../../output';
import { detailsOf } from '../status';
import { tellUnreadable } from './lookExitCode';

export const addExplain: AddCommand = (program, host) => {
  program
    .command('explain')
    .summary('tell why a resource is backed up as it is, or is not')
    .description(
      'Tells of one resource which rule of the fleet file brings it into which tier, or why none does; to which places its copies ' +
        'go, and how old the newest verified one is in each against the RPO; when the next round begins; what runs, waits or ' +
        'fails; how its last drill went; and what retention will do with its copies. Reads the clouds and Temporal, and changes nothing.',
    )
    .argument('<resource>', 'its identifier, its path kind/account/region/id, or its ARN')
    .addHelpText(
      'after',
      `
Examples:
  farcopy explain panda-cluster-1
  farcopy explain panda-cluster-1 --json | jq '.places[] | {place, state, ageSeconds}'

Exit code: 3 when something could not be read, 5 when nobody who answered knows it.`,
    )
    .action(
      actionOf<object, [string]>(host, async (context, _options, name) => {
        const { fleet, clouds, signal, out, terminal } = context;
        const argument = parseResourceArgument(name, context.kinds);
        const ui = temporalUi();
        let client: Client | null = null;
        const connect = async () => (client = await context.temporal());
        const look = await lookAtFleet(fleet, clouds, connect, { now: terminal.now(), signal, only: [argument] });
        const explained = await explainResource(fleet, look, loadPrices(), argument, client);
        tellUnreadable(look, out);
        const { unreadable } = look;
        if (explained === null)
          throw new CommandFailure(
            `${name}: nobody who answered knows it, and not everybody could be asked`,
            unreadable.every(({ unreachable }) => unreachable) ? exitCodes.unreachable : exitCodes.partiallyFailed,
            '`farcopy check` tells what is missing',
          );
        const workflows = ui?.ofResource(explained) ?? null;
        const temporalAnswered = look.temporal !== null;
        tell(explained, { temporalAnswered, now: look.now, workflows }, out);
        const exitCode = exitCodeOf(1, unreadable.length);
        out.document(exitCode === exitCodes.ok, {
          ...{ fleet: fleet.name, at: new Date(look.now).toISOString(), temporalAnswered, workflows },
          ...{ unreadable, ...explained },
        });
        return exitCode;
      }),
    );
};

interface Around {
  readonly temporalAnswered: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Its workflows in the Temporal UI; null: nobody has said where that is. */
  readonly workflows: string | null;
}

function tell(explained: Explanation, { temporalAnswered, now, workflows }: Around, out: Output): void {
  const { id, kind, account, region, tier, rpoSeconds, steps, places, lifecycle, findings } = explained;
  // Tags and messages of others are in it: none may begin a line of its own.
  const why = printable(explained.why);
  out.line(`${id}: ${kind} in ${account}/${region}`);
  out.line(`  tier: ${tier === null ? `none: ${why}` : `${tier}, by ${why}`}`);
  if (rpoSeconds !== null) out.line(`  RPO: ${durationText(rpoSeconds)}`);
  out.line(`  next round: ${nextText(explained, temporalAnswered, out)}`);
  if (steps.length > 0) out.line(`  steps: ${steps.join(' → ')}`);
  for (const place of places) out.line(`  ${place.place}: ${placeText(place, out)}`);
  if (lifecycle === null) out.line(`  lifecycle: ${temporalAnswered ? 'none yet' : 'Temporal did not answer'}`);
  else if (lifecycle.lifecycle === null) out.line('  lifecycle: no worker answers for it');
  else {
    out.line(`  lifecycle: ${lifecycle.state.toLowerCase()}${lifecycle.lifecycle.paused ? ', paused' : ''}`);
    for (const line of detailsOf(lifecycle, out, now)) out.line(`    ${line}`);
  }
  if (workflows !== null) out.line(`  workflows: ${workflows}`);
  out.line(`  last drill: ${drillText(explained, out)}`);
  for (const { place, stay, leftAlone, go } of explained.retention) {
    out.line(
      `  retention in ${place}: ${stay} stay, ${go.length} would go${leftAlone === 0 ? '' : `, ${leftAlone} left alone`}`,
    );
    for (const { dataTime, rule, departure } of go.slice(0, mostGoing))
      out.line(`    data of ${out.time(dataTime)}: ${rule}; ${departureText(departure, (time) => out.time(time))}`);
    if (go.length > mostGoing) out.line(`    and ${go.length - mostGoing} more: --json tells all`);
  }
  for (const { hold, recoveryPoints, places, unlocked } of explained.holds) {
    const notLocked = unlocked.length === 0 ? '' : `; not locked by the service in ${unlocked.join(', ')}`;
    out.line(`  held: ${holdText(hold)} (${recoveryPoints} recovery points, in ${places.join(', ')}${notLocked})`);
  }
  for (const { severity, message, mend } of findings) {
    out.line(`  ${severity}: ${message}`);
    out.line(`    → ${mend}`);
  }
}

const mostGoing = 5;

function nextText({ schedule, tier }: Explanation, temporalAnswered: boolean, out: Output): string {
  if (tier === null) return 'none';
  if (!temporalAnswered) return 'Temporal did not answer';
  if (schedule === null) return 'not known: the schedules in Temporal could not be read';
  if (!schedule.exists) return 'Temporal has no such schedule yet; run `farcopy apply`';
  const { words, pause, next } = schedule;
  if (pause !== null) return pauseText(pause, (time) => out.time(time));
  return `${out.time(next[0] ?? null)} (${words})`;
}

function placeText({ state, newest, ageSeconds, copies }: PlaceFreshness, out: Output): string {
  const words = {
    met: 'met',
    'at-rest': 'met, since nothing has changed',
    missed: 'MISSED',
    never: 'MISSED',
    unknown: 'not known',
  };
  const count = `${copies} verified ${copies === 1 ? 'copy' : 'copies'}`;
  if (state === 'waiting')
    return 'waits for its first verified copy: it is younger than its RPO, or protected for less';
  return newest === null
    ? `${words[state]}: no verified copy is there`
    : `${words[state]}: ${count}, the newest of ${out.time(newest)}, ${ageText(ageSeconds ?? 0)} old`;
}

function drillText({ lastDrill }: Explanation, out: Output): string {
  if (lastDrill === null) return 'none is known';
  const { drill, verdict, startedAt, rtoSeconds, reason } = lastDrill;
  const rto = rtoSeconds === null ? '' : `, RTO ${durationText(rtoSeconds)}`;
  return `${drill} of ${out.time(startedAt)}: ${verdict}${rto}${reason === null ? '' : `: ${printable(reason)}`}`;
}
