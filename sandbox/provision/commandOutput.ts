import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ANSWER_WITHIN_SECONDS = 30;

/**
 * What a command that only tells something prints to stdout, trimmed.
 *
 * @throws Error with the last line of stderr when it fails or does not answer in time.
 */
export async function commandOutput(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      env: environment,
      timeout: ANSWER_WITHIN_SECONDS * 1000,
      windowsHide: true,
    });
    return stdout.trim();
  } catch (error) {
    const { stderr = '', killed = false, message } = error as Error & { stderr?: string; killed?: boolean };
    const reason = killed ? `no answer within ${ANSWER_WITHIN_SECONDS} s` : stderr.trim().split('\n').at(-1) || message;
    throw new Error(`${[command, ...args].join(' ')}: ${reason}`, { cause: error });
  }
}
