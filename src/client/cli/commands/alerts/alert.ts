import { testReceivers, type TestedReceiver } from '../../../notify/testReceivers';
import { type AddCommand } from '../../addCommand';
import { actionOf } from '../../commandContext';
import { exitCodeOf, exitCodes } from '../../exitCodes';

interface AlertTestOptions {
  readonly channel?: string;
}

export const addAlert: AddCommand = (program, host) => {
  const alert = program
    .command('alert')
    .summary('try out who is told of what has happened')
    .description('What people are told of, and by which topics and channels: docs/operations.md#alerts.')
    .addHelpText(
      'after',
      `
Example:
  farcopy alert test`,
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
