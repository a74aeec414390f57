import { type NamedResource } from '../../backup/recoveryPointSnapshot';
import { parseResourceArgument, type ResourceArgument, resolveResources } from '../../catalogue/resourceArgument';
import { resourceNames } from '../../backup/resourceNames';
import { type LifecycleSignal, signalLifecycles } from '../../backup/signalLifecycles';
import { toldBy } from '../../../core/ledger/entry';
import { callerName } from '../../callerName';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { exitCodes } from '../exitCodes';
import { listedLifecycles } from './status';

interface SignalOptions {
  readonly reason?: string;
}

interface SignalCommand {
  readonly signal: Extract<LifecycleSignal, 'pause' | 'resume' | 'retire'>;
  readonly summary: string;
  readonly description: string;
  readonly done: string;
}

const signalCommands: readonly SignalCommand[] = [
  {
    signal: 'pause',
    summary: 'stop the backups of resources for a while',
    description:
      'No recovery point begins, and none in flight begins its next step, until `resume`. `farcopy backup` makes one all ' +
      'the same. The RPO alert still comes.',
    done: 'paused',
  },
  {
    signal: 'resume',
    summary: 'go on with the backups of paused resources',
    description:
      'Ends a pause. Recovery points in flight go on too, also those whose lifecycle was terminated meanwhile: name such a resource by its path.',
    done: 'resumed',
  },
  {
    signal: 'retire',
    summary: 'end the protection of resources that are gone',
    description:
      'Ends the lifecycle of a resource once its recovery point in flight has ended. Its copies stay until retention lets ' +
      'them go. While the fleet file still selects the resource, its next round begins a new lifecycle.',
    done: 'retired',
  },
];

/** The commands that tell lifecycles something: `pause`, `resume`, `retire`. */
export const addSignals: AddCommand = (program, host) => {
  for (const { signal, summary, description, done } of signalCommands)
    program
      .command(signal)
      .summary(summary)
      .description(description)
      .argument('<resource...>', 'identifier, path kind/account/region/id (or the end of it), or ARN')
      .option('--reason <text>', 'why: it is kept in the ledger, if the fleet has one')
      .addHelpText(
        'after',
        `
Examples:
  farcopy ${signal} panda-cluster-1 --reason "ticket 4711"
  farcopy ${signal} 999999999999/eu-west-1/panda-cluster-1
  temporal workflow signal --name ${signal} -w protect/KIND/999999999999/eu-west-1/panda-cluster-1`,
      )
      .action(
        actionOf<SignalOptions, [string[]]>(host, async (context, { reason }, names) => {
          const { fleet, out } = context;
          const client = await context.temporal();
          const resources = await protectedResources(
            context,
            names.map((name) => parseResourceArgument(name, context.kinds)),
          );
          await signalLifecycles(client, resources, signal, toldBy({ by: callerName(), why: reason }));
          const nameOf = resourceNames(resources);
          for (const resource of resources) out.line(`${nameOf(resource)}: ${done}`);
          out.document(true, { fleet: fleet.name, signal, resources });
          return exitCodes.ok;
        }),
      );
};

/** A whole path or ARN needs no list, which lags behind: a lifecycle that has just begun is found by it. */
export async function protectedResources(
  context: CommandContext,
  named: readonly ResourceArgument[],
): Promise<NamedResource[]> {
  const whole = named.flatMap(({ ids, account, region }) => {
    const [[kind, id] = ['', ''], ...others] = Object.entries(ids);
    return others.length > 0 || account === undefined || region === undefined ? [] : [{ kind, account, region, id }];
  });
  if (whole.length === named.length) return whole;
  const { fleet } = context;
  const listed = await listedLifecycles(await context.temporal(), fleet.name);
  const resources = resolveResources(named, [...listed], `the protected resources of fleet ${fleet.name}`);
  return resources.map(({ kind, account, region, id }) => ({ kind, account, region, id }));
}
