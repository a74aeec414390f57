import { mkdir } from 'node:fs/promises';
import { withFileLock } from '../provision/fileLock';
import { changeSettings } from '../seed/emulatorControl';
import { emptySeed } from '../seed/seed';
import { interruptible } from './interruptible';
import { plainLines } from '../provision';
import { removeState } from './removeState';
import { findRunningSandbox } from './runningSandbox';
import { printJson, type SandboxOptions, stateOf, stateOption, tellProgress } from './sandboxOptions';
import { sandboxSummary, summaryText } from './sandboxSummary';
import { readSeeded, seedSandbox } from './seedSandbox';
import { startSandbox } from './startSandbox';

export interface UpOptions extends SandboxOptions {
  readonly timeScale?: number;
}

/** Minutes become seconds: a snapshot takes two of them, a copy to another region thirteen. */
export const defaultTimeScale = 0.02;

/** `farcopy sandbox up`: starts a sandbox that stays, or tells of the one that runs. */
export async function up(options: UpOptions): Promise<void> {
  const state = stateOf(options);
  await interruptible(async (signal) => {
    await mkdir(state.path, { recursive: true, mode: 0o700 });
    const onWait = (holder: string) => tellProgress(`waiting for ${holder}, which changes this sandbox`);
    await withFileLock(state.lockFile, { signal, onWait }, async () => {
      const present = await findRunningSandbox(state);
      const seededBefore = present === null ? null : await readSeeded(state);
      if (present !== null && seededBefore !== null) {
        if (options.timeScale !== undefined)
          await changeSettings(present.awsEndpoint, { timeScale: options.timeScale });
        return print(options, 'The sandbox runs already.', sandboxSummary(state, present, seededBefore));
      }
      // What one left behind that did not end in order.
      await removeState(state);
      const sandbox = await startSandbox({
        state,
        timeScale: options.timeScale ?? defaultTimeScale,
        onProgress: plainLines(tellProgress),
        signal,
      });
      try {
        const seeded = await seedSandbox(state, sandbox.servers, emptySeed);
        signal.throwIfAborted();
        await sandbox.keep();
        print(options, 'The sandbox runs.', sandboxSummary(state, sandbox.servers, seeded));
      } catch (error) {
        await sandbox.end();
        throw error;
      }
    });
  });
}

function print(options: UpOptions, heading: string, summary: ReturnType<typeof sandboxSummary>): void {
  if (options.json) printJson({ ok: true, ...summary });
  else process.stdout.write(`${heading}\n\n${summaryText(summary, stateOption(options))}`);
}
