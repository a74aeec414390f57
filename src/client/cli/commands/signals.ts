import { suggestion } from '../../../config/reading/suggestion';
import { parseDuration } from '../../../core/duration';
import { toldBy } from '../../../core/ledger/entry';
import { fleetBackupScheduleId } from '../../../core/naming';
import { callerName } from '../../callerName';
import { type NamedResource } from '../../backup/recoveryPointSnapshot';
import { parseResourceArgument, type ResourceArgument, resolveResources } from '../../catalogue/resourceArgument';
import { resourceNames } from '../../backup/resourceNames';
import { type LifecycleSignal, signalLifecycles } from '../../backup/signalLifecycles';
import { pauseSchedule, resumeSchedule } from '../../schedule/schedulePause';
import { pauseText, type SchedulePause } from '../../../core/schedulePause';
import { type AddCommand } from '../addCommand';
import { actionOf, type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodes } from '../exitCodes';
import { listedLifecycles } from './status';

interface SignalCommand {
  readonly signal: Extract<LifecycleSignal, 'pause' | 'resume' | 'retire'>;
  readonly summary: string;
  readonly description: string;
  readonly done: string;
}

const signalCommands: readonly SignalCommand[] = [
  {
    signal: 'pause',
    summary: 'stop the backups of resources, or the rounds of a tier, for a while',
    description:
      'Of resources: no recovery point begins, and none in flight begins its next step, until `resume`. Of a tier: its schedule ' +
      'starts no round until `resume`, or until the end that you give; what runs goes on. `farcopy backup` makes a recovery ' +
      'point all the same. The RPO alert still comes.',
    done: 'paused',
  },
  {
    signal: 'resume',
    summary: 'go on with the backups of paused resources, or the rounds of a paused tier',
    description:
      'Ends a pause, of resources or of a tier. Recovery points in flight go on too, also those whose lifecycle was terminated meanwhile: name such a resource by its path.',
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

interface PauseOptions {
  readonly tier?: readonly string[];
  readonly reason?: string;
  readonly for?: string;
  readonly until?: string;
  readonly by?: string;
}

/** The commands that tell lifecycles something: `pause`, `resume`, `retire`. The first two speak of tiers, too. */
export const addSignals: AddCommand = (program, host) => {
  for (const { signal, summary, description, done } of signalCommands) {
    const isOfTiers = signal !== 'retire';
    const command = program
      .command(signal)
      .summary(summary)
      .description(description)
      .argument(
        isOfTiers ? '[resource...]' : '<resource...>',
        'identifier, path kind/account/region/id (or the end of it), or ARN',
      );
    if (isOfTiers) command.option('--tier <name>', 'the schedule of this tier; may be given several times', listed);
    command.option(
      '--reason <text>',
      'why: of a tier, whoever sees that it stands still is told it; of resources, the ledger keeps it',
    );
    if (signal === 'pause')
      command
        .option('--for <duration>', 'of a tier: it goes on by itself after `90m`, `8h`, `2d`')
        .option('--until <time>', 'of a tier: it goes on by itself then, as in 2026-12-01T06:00+01:00')
        .option('--by <name>', 'of a tier: who pauses it; default: who you are on this machine');
    command
      .addHelpText(
        'after',
        `
Examples:
  farcopy ${signal} panda-cluster-1 --reason "ticket 4711"
  farcopy ${signal} 999999999999/eu-west-1/panda-cluster-1${tierExamples[signal]}
  temporal workflow signal --name ${signal} -w protect/KIND/999999999999/eu-west-1/panda-cluster-1`,
      )
      .action(
        actionOf<PauseOptions, [string[]]>(host, async (context, options, names) => {
          if (options.tier !== undefined) return ofTiers(context, signal === 'pause', options, names);
          const given = (['for', 'until', 'by'] as const).find((option) => options[option] !== undefined);
          if (given !== undefined)
            throw new CommandFailure(`--${given} is for a tier`, exitCodes.usage, 'name one by --tier');
          if (names.length === 0)
            throw new CommandFailure('nothing is named', exitCodes.usage, 'name resources, or a tier by --tier');
          const { fleet, out } = context;
          const client = await context.temporal();
          const resources = await protectedResources(
            context,
            names.map((name) => parseResourceArgument(name, context.kinds)),
          );
          await signalLifecycles(client, resources, signal, toldBy({ by: callerName(), why: options.reason }));
          const nameOf = resourceNames(resources);
          for (const resource of resources) out.line(`${nameOf(resource)}: ${done}`);
          out.document(true, { fleet: fleet.name, signal, resources });
          return exitCodes.ok;
        }),
      );
  }
};

const tierExamples: Readonly<Record<SignalCommand['signal'], string>> = {
  pause: `
  farcopy pause --tier critical --for 4h --reason "migration of the shop"
  farcopy pause --tier standard --until 2026-12-27T06:00+01:00 --reason "change freeze"`,
  resume: '\n  farcopy resume --tier critical',
  retire: '',
};

/** Pauses the schedules of tiers, or has them go on. All are looked for first. */
async function ofTiers(
  context: CommandContext,
  pauses: boolean,
  options: PauseOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const { fleet, out, terminal } = context;
  if (names.length > 0)
    throw new CommandFailure('resources and --tier exclude each other', exitCodes.usage, 'use one command for each');
  const tiers = [...new Set(options.tier ?? [])].map((name) => {
    const tier = fleet.tiers.find((one) => one.name === name);
    const known = fleet.tiers.map((one) => one.name);
    if (tier === undefined)
      throw new CommandFailure(`there is no tier ${name}`, exitCodes.usage, suggestion(name, known));
    if (tier.paused)
      throw new CommandFailure(
        `the fleet file pauses tier ${name}`,
        exitCodes.usage,
        'take `paused: true` out of it, then run `farcopy apply`',
      );
    return name;
  });
  const now = terminal.now();
  const pause = pauses ? pauseFrom(options, now) : null;
  const client = await context.temporal();
  const changed: { tier: string; scheduleId: string; pause: SchedulePause | null }[] = [];
  for (const tier of tiers) {
    const scheduleId = fleetBackupScheduleId(fleet.name, tier);
    if (pause !== null) await pauseSchedule(client, scheduleId, pause);
    const wasPaused = pause !== null || (await resumeSchedule(client, scheduleId, now));
    const text =
      pause === null ? (wasPaused ? 'goes on' : 'was not paused') : pauseText(pause, (time) => out.time(time));
    out.line(`tier ${tier}: ${text}`);
    changed.push({ tier, scheduleId, pause });
  }
  out.document(true, { fleet: fleet.name, signal: pauses ? 'pause' : 'resume', tiers: changed });
  return exitCodes.ok;
}

/** @throws CommandFailure of what is no pause */
function pauseFrom({ reason, for: duration, until, by }: PauseOptions, now: number): SchedulePause {
  const refuse = (message: string, hint: string) => new CommandFailure(message, exitCodes.usage, hint);
  if (reason === undefined || reason.trim() === '')
    throw refuse('a pause of a tier has a reason', 'say why: --reason "…"');
  if (duration !== undefined && until !== undefined) throw refuse('--for and --until exclude each other', 'give one');
  const end = duration !== undefined ? afterNow(duration) : until !== undefined ? momentOf(until) : null;
  if (end !== null && end <= now) throw refuse('the end of the pause is not in the future', 'give a later one');
  return {
    by: by ?? callerName(),
    reason: reason.trim().slice(0, longestReason),
    since: new Date(now).toISOString(),
    until: end === null ? null : new Date(end).toISOString(),
  };

  function afterNow(text: string): number {
    const seconds = parseDuration(text);
    if (seconds === null) throw refuse(`--for ${text}: not a duration`, 'write `90m`, `8h` or `2d`');
    return Math.ceil(now / 1000 + seconds) * 1000;
  }

  function momentOf(text: string): number {
    const moment = zonedPattern.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(moment))
      throw refuse(`--until ${text}: not a time with a zone`, 'write 2026-12-01T06:00Z or 2026-12-01T06:00+01:00');
    return Math.floor(moment / 1000) * 1000;
  }
}

/** A time without a zone would be another one on another machine. */
const zonedPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;
const longestReason = 500;
const listed = (name: string, before: readonly string[] = []) => [...before, name];

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
