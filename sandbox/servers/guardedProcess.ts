import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { packageFile } from '../provision/packageFile';

/** A command to run under the guard. */
export interface GuardedCommand {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The command's whole environment. */
  env: NodeJS.ProcessEnv;
  /** Gets stdout and stderr, appended. */
  logFile: string;
  /** How long the command may take to end on {@link stopSignal} before SIGKILL; 0 kills it at once. */
  graceSeconds: number;
  /** What asks the command to end. Default: SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Who it runs as, where this process may choose. Default: whoever this process runs as. */
  user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Called with each line of stdout, which then goes to the log through this process. */
  onStdoutLine?: (line: string) => void;
}

/** How a guarded process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether `stop` had been called. */
  requested: boolean;
}

/** A running command that cannot outlive this process. */
export interface GuardedProcess {
  /** Of the command itself, which is also its process group. */
  pid: number;
  /** Resolves when the command has ended, however it did. Never rejects. */
  ended: Promise<ProcessEnd>;
  /** The stop signal, SIGKILL after the grace, and waits for the end. May be called any number of times. */
  stop: () => Promise<void>;
}

type GuardMessage =
  | { event: 'started'; pid: number }
  | { event: 'failed'; message: string }
  | { event: 'ended'; code: number | null; signal: NodeJS.Signals | null };

/**
 * Starts a command as the child of a small guard process, in a process group of its own. When this process ends, in
 * whatever way, the guard ends the whole group.
 *
 * @throws Error when the command cannot be started.
 */
export async function startGuarded(command: GuardedCommand): Promise<GuardedProcess> {
  const guard = spawnGuard(command);
  if (command.onStdoutLine !== undefined) passOnLines(guard, command.logFile, command.onStdoutLine);
  let requested = false;

  const started = new Promise<number>((resolve, reject) => {
    guard.on('message', (message: GuardMessage) => {
      if (message.event === 'started') resolve(message.pid);
      if (message.event === 'failed') reject(new Error(`${command.command} cannot be started: ${message.message}`));
    });
    guard.once('error', reject);
    guard.once('close', () => reject(new Error(`${command.command} cannot be started: its guard process was killed`)));
  });

  const ended = new Promise<ProcessEnd>((resolve) => {
    let end: Omit<ProcessEnd, 'requested'> | undefined;
    guard.on('message', (message: GuardMessage) => {
      if (message.event === 'ended') end = { code: message.code, signal: message.signal };
    });
    guard.once('close', () => {
      // Without a last word the guard itself was killed: its work is done from here.
      if (end === undefined) void started.then(killGroup, () => {});
      resolve({ ...(end ?? { code: null, signal: 'SIGKILL' }), requested });
    });
  });

  const pid = await started;
  return {
    pid,
    ended,
    async stop() {
      requested = true;
      if (guard.connected) guard.send('stop', () => {});
      await ended;
    },
  };
}

function spawnGuard(guarded: GuardedCommand): ChildProcess {
  const { command, args, cwd, env, logFile, graceSeconds, stopSignal = 'SIGTERM', user, onStdoutLine } = guarded;
  const log = openSync(logFile, 'a');
  try {
    return spawn(
      process.execPath,
      [
        packageFile('sandbox', 'servers', 'guard.js'),
        JSON.stringify({ graceMilliseconds: graceSeconds * 1000, stopSignal, user }),
        command,
        ...args,
      ],
      {
        cwd,
        // Options meant for this Node.js process (an inspector's port, a loader) must not reach the guard.
        env: { ...env, NODE_OPTIONS: undefined },
        stdio: ['ignore', onStdoutLine === undefined ? log : 'pipe', log, 'ipc'],
        // A session of its own: Ctrl-C on the terminal reaches this process only, which then stops things in order.
        detached: true,
        windowsHide: true,
      },
    );
  } finally {
    closeSync(log);
  }
}

function passOnLines(guard: ChildProcess, logFile: string, onLine: (line: string) => void): void {
  if (guard.stdout === null) return;
  createInterface({ input: guard.stdout }).on('line', (line) => {
    appendFileSync(logFile, `${line}\n`);
    onLine(line);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
