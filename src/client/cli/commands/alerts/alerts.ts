import { fleetTaskQueue } from '../../../../core/naming';
import { type AlertsStatus, listAlerts, type PendingDelivery } from '../../../notify/listAlerts';
import { pollingWorkers } from '../../../pollingWorkers';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodes } from '../../exitCodes';
import { type Output } from '../../output';

interface AlertsOptions {
  readonly all?: boolean;
}

/** Of what is open, without `--all`. */
const shownOpen = 50;

export const addAlerts: AddCommand = (program, host) => {
  program
    .command('alerts')
    .summary('show what is open, and who has heard of it')
    .description(
      'Shows what is open of the fleet, the oldest first: since when, what, and which topics and channels have heard of it. Below it ' +
        'stands who could not be told, since when, how often it was tried and why, and what was given up after a week. It changes nothing.',
    )
    .option('--all', 'show all that is open, and what has ended lately')
    .addHelpText(
      'after',
      `
Examples:
  farcopy alerts
  farcopy alerts --all
  farcopy alerts --json | jq '.underWay[] | select(.problem != null)'

Exit code: 0, whatever is open. It is null in \`total\` where no worker answers.`,
    )
    .action(
      actionOf<AlertsOptions, []>(host, async (context, { all = false }) => {
        const { fleet, out } = context;
        const client = await context.temporal();
        const hasWorker = (await pollingWorkers(client, fleetTaskQueue(fleet.name))) > 0;
        const status = hasWorker ? await listAlerts(client, fleet.name, all ? Infinity : shownOpen) : null;
        if (status === null)
          out.note(
            hasWorker
              ? 'no worker has answered, so what is open is not known'
              : `no worker of fleet ${fleet.name} runs, so what is open is not known, and nobody is told anything; start one: farcopy worker`,
          );
        else print(status, all, out);
        const unknown = { state: null, total: null, open: [], ended: [], underWay: [], lost: [], beyond: null };
        out.document(true, { fleet: fleet.name, workers: hasWorker, ...(status ?? unknown) });
        return exitCodes.ok;
      }),
    );
};

function print({ state, total, open, ended, underWay, lost, beyond }: AlertsStatus, all: boolean, out: Output): void {
  if (state !== null && state !== 'RUNNING') out.note(endedText(state));
  out.table(
    ['since', 'event', 'what', 'reopened', 'heard by', 'key'],
    open.map(({ key, since, event, subject, heard, timesReopened }) => [
      out.shortTime(since),
      out.state('failed', event),
      subject,
      timesReopened === 0 ? '' : String(timesReopened),
      heard.length === 0 ? 'nobody yet' : heard.join(', '),
      key,
    ]),
    'Nothing is open.',
  );
  if (open.length < total) out.line(`${open.length} of ${total} shown; --all shows all`);
  if (beyond > 0)
    out.line(`${beyond} more there was no room for: they were told, or are told again by whoever watches`);
  if (all && ended.length > 0) {
    out.line('\nEnded lately');
    out.table(
      ['since', 'until', 'event', 'what'],
      ended.map(({ since, resolvedAt, event, key }) => [out.shortTime(since), out.shortTime(resolvedAt), event, key]),
      '',
    );
  }
  for (const line of untoldLines(underWay, out)) out.line(line);
  for (const { receiver, subject, givenUpAt, problem } of lost)
    out.line(`${receiver} was never told, given up at ${out.time(givenUpAt)}: ${subject}; ${problem}`);
}

/** What stands in it is what was open then. */
export function endedText(state: string): string {
  return `the workflow that tells people was ended (${state}): what was open then stays untold until it is told anew; see docs/runbook.md#alerts-do-not-answer`;
}

/** One a receiver: what keeps one message keeps the others. */
function untoldLines(underWay: readonly PendingDelivery[], out: Output): string[] {
  const receivers = new Map<string, PendingDelivery[]>();
  for (const one of underWay) receivers.set(one.receiver, [...(receivers.get(one.receiver) ?? []), one]);
  return [...receivers].flatMap(([receiver, [first, ...more]]) => {
    if (first === undefined) return [];
    const { since, tries, next, problem, subject } = first;
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    const again = next === null ? '' : `, next at ${out.moment(next)}`;
    if (problem === null) return [`${receiver} is being told: ${subject}${others}`];
    return [
      `${receiver} could not be told since ${out.time(since)}, tried ${tries} times${again}: ${problem}`,
      `  ${subject}${others}`,
    ];
  });
}
