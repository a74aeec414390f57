import { readFile } from 'node:fs/promises';
import { UnreachableError } from '../../src/client/unreachableError';
import { isRunning } from '../provision/isRunning';
import { type StateDirectory } from './stateDirectory';

/** What runs and where, as its supervisor wrote it down. */
export interface RunningSandbox {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Of the supervisor, which owns all other processes. */
  readonly pid: number;
  /** Where the supervisor takes requests, and what proves that they come from this user. */
  readonly control: { readonly port: number; readonly token: string };
  /** `127.0.0.1:PORT` */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUi: string;
  readonly awsEndpoint: string;
  /** `http://127.0.0.1:PORT` */
  readonly gcsEndpoint: string;
  /** The `temporal` command. */
  readonly temporalCli: string;
}

const answerWithinMilliseconds = 5000;

/**
 * The sandbox that runs in a state directory; null if none does, also when one ended without a word.
 *
 * @throws UnreachableError when its supervisor is there but does not answer: what it runs must not be taken for gone.
 */
export async function findRunningSandbox({ sandboxFile }: StateDirectory): Promise<RunningSandbox | null> {
  let sandbox: RunningSandbox;
  try {
    sandbox = JSON.parse(await readFile(sandboxFile, 'utf8')) as RunningSandbox;
  } catch {
    return null;
  }
  // The pid may be another process's by now: only the supervisor knows the token.
  try {
    return (await askSupervisor(sandbox, 'GET')) ? sandbox : null;
  } catch (error) {
    const silent = (error as Error).name === 'TimeoutError';
    if (!silent || !isRunning(sandbox.pid)) return null;
    throw new UnreachableError(
      `the supervisor of the sandbox, process ${sandbox.pid}, does not answer`,
      `try again; if it stays so, \`kill -9 ${sandbox.pid}\` ends it with everything it runs`,
    );
  }
}

/** Asks the supervisor to end everything; it answers before it has. */
export async function requestEnd(sandbox: RunningSandbox): Promise<void> {
  await askSupervisor(sandbox, 'DELETE');
}

async function askSupervisor({ control: { port, token } }: RunningSandbox, method: 'GET' | 'DELETE'): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(answerWithinMilliseconds),
  });
  await response.arrayBuffer();
  return response.ok;
}
