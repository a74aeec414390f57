import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { tracesSwitch } from '../core/traces/span';

export interface BundleOptions {
  /** For workers with a version: only those may say how a workflow moves between versions, and the server refuses others. */
  readonly versioned?: boolean;
  /** For workers whose payloads are encrypted: the words of failures are payloads, too. */
  readonly encrypted?: boolean;
}

/** What `npm run build` makes. */
export const builtBundles: readonly BundleOptions[] = [
  { versioned: false },
  { versioned: true },
  { versioned: false, encrypted: true },
  { versioned: true, encrypted: true },
];

/** Where `npm run build` leaves a bundle, beside the compiled worker. */
export function builtBundlePath({ versioned = false, encrypted = false }: BundleOptions = {}): string {
  return path.join(__dirname, `${versioned ? 'versioned-' : ''}${encrypted ? 'encrypted-' : ''}workflow-bundle.js`);
}

/**
 * The workflow code a worker runs: the bundle made at build time, so that a production worker starts at once and every
 * worker of a version runs the same code; without one (running from sources) it is made now, in a few seconds.
 */
export async function workflowBundle(options: BundleOptions = {}): Promise<{ codePath: string } | { code: string }> {
  const codePath = builtBundlePath(options);
  return existsSync(codePath) ? { codePath } : bundle(options);
}

/** The same code for a worker that traces: it is told so, and there is no second bundle for it. */
export async function traced(made: { codePath: string } | { code: string }): Promise<{ code: string }> {
  const code = 'code' in made ? made.code : await readFile(made.codePath, 'utf8');
  // In the first line, so that the source map still holds.
  return { code: `globalThis.${tracesSwitch} = true; ${code}` };
}

/** Bundles the workflow code. */
export async function bundle({ versioned = false, encrypted = false }: BundleOptions = {}): Promise<{ code: string }> {
  const { code } = await bundleWorkflowCode({
    // The compiled or source file that exports every workflow.
    workflowsPath: require.resolve(versioned ? '../workflows/versioned' : '../workflows'),
    workflowInterceptorModules: [require.resolve('../workflows/traces/interceptors')],
    ...(encrypted ? { failureConverterPath: require.resolve('../core/failureConverter') } : {}),
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
