import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { type Command } from 'commander';
import { type Client } from '@temporalio/client';
import { describeIssue, type Fleet, loadFleet } from '../../config';
import { type RetentionRole } from '../../core/catalogue/copy';
import { type Kinds } from '../../core/kind';
import { type Kind } from '../../kinds/kind';
import { describedKinds } from '../../kinds/registry';
import { connectTemporal, type TemporalConnection } from '../connectTemporal';
import { temporalConfig } from '../temporalConfig';
import { type FleetClouds, openClouds } from '../../activities/catalogue/fleetClouds';
import { CommandFailure } from './commandFailure';
import { CommandTraces } from '../traces/commandTraces';
import { type ExitCode, exitCodes } from './exitCodes';
import { Output } from './output';
import { requireRole } from './requireRole';
import { type Terminal } from './terminal';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly fleet: string;
  readonly overlay?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly utc?: boolean;
  readonly verbose?: boolean;
}

/** What goes on when a command is interrupted. */
interface Ongoing {
  readonly what: string;
  readonly workflowIds: readonly string[];
  /** What cancelling it does besides. */
  readonly effect: string;
  /** The command that cancels a workflow. */
  readonly cancelWith: (workflowId: string) => string;
}

/** An interruption names no more workflows than can be read. */
const mostNamed = 5;

const cancelOf = (workflowId: string) => `farcopy cancel ${workflowId} --yes`;

/** What a command works with: what is asked for is made then, and closed when the command has ended. */
export class CommandContext {
  readonly out: Output;
  readonly terminal: Terminal;
  /** Every kind that a fleet may protect. */
  readonly kinds: Kinds;
  private readonly abort = new AbortController();
  private loaded: Fleet | undefined;
  private connection: Promise<TemporalConnection> | undefined;
  private readonly opened = new Map<RetentionRole | null, FleetClouds>();
  private traces: CommandTraces | null | undefined;
  private ongoing: Ongoing | undefined;

  /** @param command as it is called: `farcopy backup` */
  constructor(
    private readonly host: Host,
    readonly options: GlobalOptions,
    private readonly command: string,
  ) {
    this.terminal = host.terminal;
    // Every call that is under way listens: as many as there are accounts, regions and kinds.
    setMaxListeners(0, this.abort.signal);
    this.kinds = describedKinds(host.kinds);
    this.out = outputOf(host.terminal, options);
  }

  /** Aborted when the person has enough. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  interrupt(): void {
    this.abort.abort(this.interruption);
  }

  /** Says what goes on when the command is interrupted from here on, and how that is ended. */
  goesOn(what: string, workflowIds: readonly string[], effect = '', cancelWith = cancelOf): void {
    this.ongoing = { what, workflowIds, effect, cancelWith };
  }

  get interruption(): CommandFailure {
    if (this.ongoing === undefined) return new CommandFailure('interrupted', exitCodes.interrupted);
    const { what, workflowIds, effect, cancelWith } = this.ongoing;
    const [first] = workflowIds;
    if (first === undefined) return new CommandFailure('interrupted', exitCodes.interrupted);
    const ids = [...workflowIds.slice(0, mostNamed), ...(workflowIds.length > mostNamed ? ['…'] : [])];
    const isOne = workflowIds.length === 1;
    return new CommandFailure(
      `interrupted: ${what} on: ${ids.join(', ')}`,
      exitCodes.interrupted,
      `\`${cancelWith(isOne ? first : 'ID')}\` ends ${isOne ? 'it' : 'one'}${effect}`,
    );
  }

  /** The fleet file; its warnings are told once. */
  get fleet(): Fleet {
    if (this.loaded === undefined) {
      const { fleet: file } = this.options;
      if (!existsSync(file))
        throw new CommandFailure(
          `${file === '' ? 'an empty name' : file}: there is no such fleet file`,
          exitCodes.usage,
          'name it by --fleet or FARCOPY_FLEET; `farcopy init` writes an example',
        );
      this.loaded = loadFleet(this.options.fleet, { kinds: this.kinds, overlay: this.options.overlay });
      for (const warning of this.loaded.warnings) this.out.note(`warning: ${describeIssue(warning)}`);
    }
    return this.loaded;
  }

  async temporal(): Promise<Client> {
    return (await this.temporalConnection()).client;
  }

  temporalConnection(): Promise<TemporalConnection> {
    return (this.connection ??= connectTemporal(temporalConfig(), this.traced()?.interceptors));
  }

  get clouds(): FleetClouds {
    return this.cloudsAs(null);
  }

  /**
   * The clouds as a role of retention opens them, or with null as the role of each place does.
   *
   * @throws CommandFailure where the fleet file names no such role
   */
  cloudsAs(role: RetentionRole | null): FleetClouds {
    if (role !== null) requireRole(this.fleet, role);
    const known = this.opened.get(role) ?? openClouds(this.fleet, this.host.kinds, role, this.traced()?.onCall);
    this.opened.set(role, known);
    return known;
  }

  /** @param error the type of what has ended the command; null: it has done its work */
  async close(error: string | null): Promise<void> {
    for (const clouds of this.opened.values()) clouds.close();
    const connection = await this.connection?.catch(() => undefined);
    await connection?.close();
    await this.traces?.close(error);
  }

  /** Once something outside is asked; null: nothing is traced. */
  private traced(): CommandTraces | null {
    if (this.traces === undefined)
      this.traces = CommandTraces.open(this.command, (line) => this.out.note(`warning: ${line}`));
    return this.traces;
  }
}

/** Words for when nothing but the options is known yet. */
export function outputOf(terminal: Terminal, { json = false, color, utc = false }: GlobalOptions): Output {
  return new Output(terminal, { json, color, utc });
}

export type CommandWork<Options, Args extends readonly unknown[]> = (
  context: CommandContext,
  options: Options,
  ...args: Args
) => Promise<ExitCode> | ExitCode;

/** Tells how a command ended, for whoever runs the program. */
export type Ended = (exitCode: ExitCode) => void;

/** All that commands know of where they run. */
export interface Host {
  readonly terminal: Terminal;
  /** Called with the exit code of the command that ran. */
  readonly ended: Ended;
  /** Every kind that a fleet may protect. */
  readonly kinds: readonly Kind[];
}

/**
 * Makes commander's action of a command's work. Ctrl-C ends the work at once; with `endsItself` the work ends itself when its
 * signal is aborted, and Ctrl-C a second time ends it then.
 */
export function actionOf<Options, Args extends readonly unknown[]>(
  host: Host,
  work: CommandWork<Options, Args>,
  { endsItself = false }: { readonly endsItself?: boolean } = {},
): (...args: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.pop() as Command;
    const options = given.pop() as Options;
    const context = new CommandContext(host, command.optsWithGlobals<GlobalOptions>(), nameOf(command));
    let failure: string | null = null;
    let giveUp = (_reason: Error): void => undefined;
    const givenUp = new Promise<never>((_resolve, reject) => (giveUp = reject));
    const stopListening = host.terminal.onInterrupt(() => {
      if (!endsItself || context.signal.aborted) giveUp(context.interruption);
      context.interrupt();
    });
    try {
      host.ended(await Promise.race([Promise.resolve(work(context, options, ...(given as unknown as Args))), givenUp]));
    } catch (error) {
      failure = (error as { readonly name?: string }).name ?? 'Error';
      throw error;
    } finally {
      stopListening();
      await context.close(failure);
    }
  };
}

/** `farcopy alert test` */
function nameOf(command: Command): string {
  return [...(command.parent === null ? [] : [nameOf(command.parent)]), command.name()].join(' ');
}
