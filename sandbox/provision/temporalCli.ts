import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers/promises';
import { type BuildStep, runStep } from './buildStep';
import { commandOutput } from './commandOutput';
import { goBuild } from './goBuild';
import { packageFile } from './packageFile';
import { type RecipeContext, type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

const VERSION = '1.5.1';
/** The first one with server 1.29, whose behaviour Farcopy is tested with. */
const MINIMUM_VERSION = '1.5';
const MINIMUM_SERVER_VERSION = '1.29';
/** What the module of this version asks for in its go.mod. */
const MINIMUM_GO = '1.25';
const MODULE = 'github.com/temporalio/cli';
/** A firewall that drops packets must not hold the build up for longer. */
const DOWNLOAD_STALLED_AFTER_SECONDS = 15;

/** The Temporal CLI with its development server: `temporal server start-dev`. */
export const temporalCli = (): ServerRecipe => ({
  name: 'temporal-cli',
  label: 'the Temporal server',
  environmentVariable: 'FARCOPY_TEMPORAL_CLI',
  expects: `the \`temporal\` command, ${MINIMUM_VERSION} or later`,
  commandOnPath: 'temporal',
  version: VERSION,
  lockFiles: [packageFile('sandbox', 'temporal', 'go.mod'), packageFile('sandbox', 'temporal', 'go.sum')],
  executable: 'temporal',
  buildTime: 'about 5 minutes',
  inspect,
  download,
  buildSteps,
});

async function inspect(path: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const answer = await commandOutput(path, ['--version'], environment);
  const [, version, server] = /^temporal version (\S+) \(Server ([\d.]+)/.exec(answer) ?? [];
  if (version === undefined || server === undefined) throw new Error(`${path} is not the Temporal CLI`);
  // `go install` stamps no version: the server inside tells the age then.
  const recent = version.startsWith('0.0.0')
    ? isAtLeast(server, MINIMUM_SERVER_VERSION)
    : isAtLeast(version, MINIMUM_VERSION);
  if (!recent)
    throw new Error(`${path} is version ${version} (server ${server}); ${MINIMUM_VERSION} or later is needed`);
  return version;
}

/** With the SDK's own downloader, in a process of its own: it would claim this process's only SDK runtime. */
async function download(directory: string, context: RecipeContext): Promise<void> {
  const stalled = new AbortController();
  const finished = new AbortController();
  void watchForStall(directory, stalled, finished.signal);
  try {
    await runStep(
      {
        command: process.execPath,
        args: [packageFile('sandbox', 'provision', 'downloadTemporal.js'), directory, `v${VERSION}`],
      },
      { ...context, signal: AbortSignal.any([stalled.signal, ...(context.signal ? [context.signal] : [])]) },
    );
  } finally {
    finished.abort();
  }
  const [file, ...others] = await readdir(directory);
  if (file === undefined || others.length > 0) throw new Error('the downloader left no single executable');
  await rename(join(directory, file), join(directory, 'temporal'));
  await inspect(join(directory, 'temporal'), context.environment);
}

async function watchForStall(directory: string, stalled: AbortController, finished: AbortSignal): Promise<void> {
  let bytes = 0;
  let growthAt = Date.now();
  try {
    for await (const _ of every(1000, undefined, { signal: finished, ref: false })) {
      const now = await sizeOf(directory);
      if (now > bytes) growthAt = Date.now();
      bytes = now;
      if (Date.now() - growthAt < DOWNLOAD_STALLED_AFTER_SECONDS * 1000) continue;
      stalled.abort(new Error(`the download did not go on for ${DOWNLOAD_STALLED_AFTER_SECONDS} s`));
      return;
    }
  } catch {
    // Finished.
  }
}

async function sizeOf(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map((name) => stat(join(directory, name)).then(({ size }) => size));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function buildSteps(directory: string, environment: NodeJS.ProcessEnv): Promise<BuildStep[]> {
  const build = {
    folder: packageFile('sandbox', 'temporal'),
    command: `${MODULE}/cmd/temporal`,
    executable: 'temporal',
    minimumGo: MINIMUM_GO,
    linkerFlags: [`-X ${MODULE}/temporalcli.Version=${VERSION}`],
  };
  return [await goBuild(build, directory, environment)];
}
