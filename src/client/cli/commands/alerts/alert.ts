import { toldBy } from '../../../../core/ledger/entry';
import { callerName } from '../../../callerName';
import { closeAlerts } from '../../../notify/closeAlerts';
import { testReceivers, type TestedReceiver } from '../../../notify/testReceivers';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodeOf, exitCodes } from '../../exitCodes';
import { requireWorker } from '../../requireWorker';
import { tellActs } from '../ledger/tellActs';

interface AlertCloseOptions {
  readonly reason?: string;
}

interface AlertTestOptions {
  readonly channel?: string;
}

export const addAlert: AddCommand = (program, host) => {
  const alert = program
    .command('alert')
    .summary('try out who is told of what has happened; close what is open')
    .description('What people are told of, and by which topics and channels: docs/operations.md#alerts.')
    .addHelpText(
      'after',
      `
Examples:
  farcopy alert test
  farcopy alert close round/standard --reason "the tier is gone"`,
    );
  alert
    .command('close')
    .summary('close what is open, and will not end by itself')
    .description(
      'Closes alerts by hand, such as those of a tier, a drill or a database that is gone. Whoever has heard of one hears that it was ' +
        'closed, by whom and why. It opens again as soon as what it tells of is told anew: a missed RPO within a day. ' +
        'Nothing is muted by it.',
    )
    .argument('<key...>', 'as `farcopy alerts` shows it, or the end of it')
    .option('--reason <text>', 'why: who hears of it is told it, and the ledger keeps it')
    .addHelpText(
      'after',
      `
Examples:
  farcopy alert close round/standard --reason "the tier is gone"
  farcopy alert close 999999999999/eu-west-1/panda-cluster-1
  farcopy alerts --all --json | jq -r '.open[].key'`,
    )
    .action(
      actionOf<AlertCloseOptions, [string[]]>(host, async (context, { reason }, keys) => {
        const { fleet, out, terminal } = context;
        const client = await context.temporal();
        await requireWorker(context);
        const told = toldBy({ by: callerName(), why: reason });
        const closed = await closeAlerts(client, fleet.name, keys, told);
        const act = { outcome: 'close-alert', tier: null, resource: null, told, now: terminal.now() };
        const ledger = await tellActs(
          context,
          closed.map(({ key }) => ({ ...act, what: key })),
        );
        for (const { key, subject } of closed) out.line(`closed: ${subject} (${key})`);
        out.document(true, { fleet: fleet.name, closed, ledger });
        return exitCodes.ok;
      }),
    );
  alert
    .command('test')
    .summary('send a test message to every topic and channel')
    .description(
      'Sends a test message to every topic and channel of the fleet file, whatever `events` it hears of, from this machine: ' +
        'with the roles and the environment variables that are here, without Temporal. It is sent once, and not again. ' +
        'Resolve by hand what it triggers in PagerDuty.',
    )
    .option('--channel <name>', 'only this one: the name of a channel, or the ARN of a topic')
    .addHelpText(
      'after',
      `
Examples:
  farcopy alert test
  farcopy alert test --channel on-call
  farcopy alert test --json | jq '.receivers[] | select(.state != "told")'

Exit code: 0 all were told, 3 some, 4 none, 5 none, and nothing else is wrong than that they do not answer.`,
    )
    .action(
      actionOf<AlertTestOptions, []>(host, async (context, { channel }) => {
        const { fleet, clouds, out, signal, terminal } = context;
        const tested = await testReceivers(fleet, clouds.access, { channel, now: terminal.now(), signal });
        out.table(
          ['', 'type', 'who', ''],
          tested.map(({ state, type, name, problem }) => [out.state(state), type, name, problem ?? '']),
          '',
        );
        const exitCode = exitCodeOfTest(tested);
        out.document(exitCode === exitCodes.ok, { fleet: fleet.name, receivers: tested });
        return exitCode;
      }),
    );
};

function exitCodeOfTest(tested: readonly TestedReceiver[]) {
  const bad = tested.filter(({ state }) => state !== 'told');
  if (bad.length > 0 && bad.length === tested.length && bad.every(({ state }) => state === 'unreachable'))
    return exitCodes.unreachable;
  return exitCodeOf(tested.length - bad.length, bad.length);
}
