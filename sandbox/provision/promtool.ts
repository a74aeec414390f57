import { type BuildStep } from './buildStep';
import { commandOutput } from './commandOutput';
import { goBuild } from './goBuild';
import { packageFile } from './packageFile';
import { type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

/** Of the module: v0.316.0 is Prometheus 3.16.0. */
const VERSION = '0.316.0';
/** The first one that is known to read our rules and to run their tests. */
const MINIMUM_VERSION = '2.42';
/** What the module of this version asks for in its go.mod. */
const MINIMUM_GO = '1.26';
const MODULE = 'github.com/prometheus/prometheus/cmd/promtool';

/** Prometheus's own checker of rules and queries: no server, but got in the same way. */
export const promtool = (): ServerRecipe => ({
  name: 'promtool',
  label: 'promtool',
  environmentVariable: 'FARCOPY_PROMTOOL',
  expects: `the \`promtool\` command, ${MINIMUM_VERSION} or later`,
  commandOnPath: 'promtool',
  version: VERSION,
  lockFiles: [packageFile('sandbox', 'prometheus', 'go.mod'), packageFile('sandbox', 'prometheus', 'go.sum')],
  executable: 'promtool',
  buildTime: 'about 5 minutes',
  inspect,
  buildSteps,
});

/** `promtool, version 3.16.0 (branch: …)`; a build by Go alone knows none. */
async function inspect(path: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const [, version = ''] = /^promtool, version (\S*)/.exec(await commandOutput(path, ['--version'], environment)) ?? [];
  if (!/^\d/.test(version)) return 'unknown';
  if (!isAtLeast(version, MINIMUM_VERSION))
    throw new Error(`${path} is version ${version}; ${MINIMUM_VERSION} or later is needed`);
  return version;
}

async function buildSteps(directory: string, environment: NodeJS.ProcessEnv): Promise<BuildStep[]> {
  const build = {
    ...{ folder: packageFile('sandbox', 'prometheus'), command: MODULE, executable: 'promtool', minimumGo: MINIMUM_GO },
    // Nobody discovers services here, and two thirds of the modules are for that.
    tags: ['remove_all_sd'],
  };
  return [await goBuild(build, directory, environment)];
}
