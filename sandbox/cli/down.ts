import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { withFileLock } from '../provision/fileLock';
import { isRunning } from '../provision/isRunning';
import { removeIfEmpty, removeState } from './removeState';
import { findRunningSandbox, requestEnd, type RunningSandbox } from './runningSandbox';
import { printJson, type SandboxOptions, stateOf } from './sandboxOptions';

const endsWithinMilliseconds = 20_000;
const lookEveryMilliseconds = 50;

/** `farcopy sandbox down`: ends everything, waits for the end, and removes what the sandbox has written. */
export async function down(options: SandboxOptions): Promise<void> {
  const state = stateOf(options);
  let ended = false;
  if (existsSync(state.path)) {
    await withFileLock(state.lockFile, {}, async () => {
      const sandbox = await findRunningSandbox(state);
      if (sandbox !== null) await endSandbox(sandbox);
      ended = sandbox !== null;
      await removeState(state);
    });
    await removeIfEmpty(state);
  }
  if (options.json) printJson({ ok: true, running: false, ended, stateDir: state.path });
  else
    process.stdout.write(
      ended ? 'The sandbox has ended; nothing of it is left.\n' : `No sandbox runs with its state in ${state.path}.\n`,
    );
}

/** Asks the supervisor to end, and makes it end if it does not: its servers end with it either way. */
async function endSandbox(sandbox: RunningSandbox): Promise<void> {
  await requestEnd(sandbox);
  for (const latest = Date.now() + endsWithinMilliseconds; isRunning(sandbox.pid); await delay(lookEveryMilliseconds)) {
    if (Date.now() > latest) process.kill(sandbox.pid, 'SIGKILL');
  }
}
