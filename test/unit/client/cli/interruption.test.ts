import { CommandContext } from '../../../../src/client/cli/commandContext';

const context = () =>
  new CommandContext(
    {
      terminal: {
        stdout: { write: () => undefined },
        stderr: { write: () => undefined },
        environment: {},
        now: () => 0,
        onInterrupt: () => () => undefined,
      },
      ended: () => undefined,
      kinds: [],
    },
    { fleet: 'fleet.yaml', color: false },
    'farcopy',
  );

describe('Ctrl-C', () => {
  test('says that the work goes on, under which id, and how it is cancelled', () => {
    const interrupted = context();
    interrupted.goesOn('the restore goes', ['restore/x'], ', and removes what was created');
    interrupted.interrupt();
    expect(interrupted.signal.reason).toMatchObject({
      exitCode: 130,
      message: 'interrupted: the restore goes on: restore/x',
      hint: '`farcopy cancel restore/x --yes` ends it, and removes what was created',
    });
  });

  test('names some of many', () => {
    const interrupted = context();
    interrupted.goesOn('the backup goes', ['1', '2', '3', '4', '5', '6', '7']);
    expect(interrupted.interruption).toMatchObject({
      message: 'interrupted: the backup goes on: 1, 2, 3, 4, 5, …',
      hint: '`farcopy cancel ID --yes` ends one',
    });
  });

  test('of what leaves nothing behind is only that', () => {
    expect(context().interruption).toMatchObject({ message: 'interrupted', exitCode: 130 });
  });
});
