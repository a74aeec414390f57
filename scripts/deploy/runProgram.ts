import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export interface ProgramEnd {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** The whole environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Gets what is printed too, appended. */
  readonly logFile?: string;
}

/** Runs a program to its end, whatever its exit code. @throws Error when it cannot be started, the signal's reason when aborted. */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const { environment: env, cwd, signal, logFile } = options;
  signal?.throwIfAborted();
  const [program = '', ...args] = words;
  // A group of its own: plugins of `docker` are processes beside it.
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // Already gone.
    }
  };
  signal?.addEventListener('abort', stop);
  const log = logFile === undefined ? null : createWriteStream(logFile, { flags: 'a' });
  log?.write(`$ ${words.join(' ')}\n`);
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
      log?.write(text);
    });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    return { code, ...texts };
  } finally {
    signal?.removeEventListener('abort', stop);
    if (log !== null) await finished(log.end());
  }
}

/** The same of one that has to succeed: what it prints. @throws Error with the last lines that it printed. */
export async function outputOf(words: readonly string[], options: ProgramOptions): Promise<string> {
  const { code, stdout, stderr } = await runProgram(words, options);
  if (code === 0) return stdout.trim();
  const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
  // A program that is handed over as a word has many lines.
  const command = words.map((word) => word.trim().split('\n')[0]).join(' ');
  throw new Error(`\`${command}\` ended with ${code}:\n${lines}`);
}
