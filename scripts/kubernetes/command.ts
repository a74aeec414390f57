import { spawn } from 'node:child_process';

/** How a command ended, and what it has printed. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Goes to its standard input. */
  readonly input?: string;
  readonly timeoutSeconds?: number;
}

/** Runs a command to its end, however that is. Never rejects but where it cannot be started. */
export async function ran(
  command: string,
  args: readonly string[],
  { env, cwd, input, timeoutSeconds = 120 }: CommandOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8');
      child[stream].on('data', (text: string) => (printed[stream] += text));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...printed }));
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

/**
 * What a command prints to stdout.
 *
 * @throws Error with what it said, where it ends with another code than 0.
 */
export async function printed(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await ran(command, args, options);
  if (code === 0) return stdout;
  const words = args.length > 8 ? [...args.slice(0, 8), '…'] : args;
  throw new Error(`\`${[command, ...words].join(' ')}\` ended with ${code ?? 'a signal'}:\n${stderr || stdout}`.trim());
}
