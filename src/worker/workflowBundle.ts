import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Where `npm run build` leaves the bundle, beside the compiled worker. */
export const builtBundlePath = path.join(__dirname, 'workflow-bundle.js');

/** The compiled or source file that exports every workflow. */
const workflowsPath = require.resolve('../workflows');

/**
 * The workflow code a worker runs: the bundle made at build time, so that a production worker starts at once and every
 * worker of a version runs the same code; without one (running from sources) it is made now, in a few seconds.
 */
export async function workflowBundle(): Promise<{ codePath: string } | { code: string }> {
  return existsSync(builtBundlePath) ? { codePath: builtBundlePath } : bundle();
}

/** Bundles the workflow code. */
export async function bundle(): Promise<{ code: string }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  });
  return { code };
}
