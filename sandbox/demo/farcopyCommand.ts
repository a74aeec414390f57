import { packageFile } from '../provision/packageFile';
import { startGuarded } from '../servers/guardedProcess';

export interface CommandEnd {
  readonly ok: boolean;
  /** Null: a signal ended it. */
  readonly code: number | null;
  /** Why not, in the command's own words. */
  readonly message: string;
}

/** Runs `farcopy …` to its end, as a person would; it ends with this process, and when the signal is aborted. */
export async function runFarcopy(
  words: readonly string[],
  { env, logFile, signal }: { readonly env: NodeJS.ProcessEnv; readonly logFile: string; readonly signal: AbortSignal },
): Promise<CommandEnd> {
  const answer: string[] = [];
  const running = await startGuarded({
    command: process.execPath,
    args: [packageFile('dist', 'bin', 'farcopy.js'), ...words, '--json'],
    env,
    logFile,
    graceSeconds: 5,
    onStdoutLine: (line) => answer.push(line),
  });
  const stop = () => void running.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const { code } = await running.ended;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return { ok: code === 0, code, message: code === 0 ? '' : messageOf(answer.join('\n'), code) };
}

function messageOf(answer: string, code: number | null): string {
  try {
    const { error } = JSON.parse(answer) as { error?: { message?: string } };
    if (error?.message !== undefined) return error.message;
  } catch {
    // It ended without its last word.
  }
  return `the command ended with exit code ${code ?? 'none'}`;
}
