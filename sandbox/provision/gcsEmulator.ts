import { readFile } from 'node:fs/promises';
import { type BuildStep } from './buildStep';
import { goBuild } from './goBuild';
import { packageFile } from './packageFile';
import { type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

const VERSION = '1.56.1';
/** The first one whose behaviour the sandbox is tested with. */
const MINIMUM_VERSION = '1.56';
/** What the module of this version asks for in its go.mod. */
const MINIMUM_GO = '1.26';
const MODULE = 'github.com/fsouza/fake-gcs-server';

/** fake-gcs-server, which stands in for Google Cloud Storage. */
export const gcsEmulator = (): ServerRecipe => ({
  name: 'gcs-emulator',
  label: 'the GCS emulator',
  environmentVariable: 'FARCOPY_GCS_EMULATOR',
  expects: `the \`fake-gcs-server\` command, ${MINIMUM_VERSION} or later`,
  commandOnPath: 'fake-gcs-server',
  version: VERSION,
  lockFiles: [packageFile('sandbox', 'gcs', 'go.mod'), packageFile('sandbox', 'gcs', 'go.sum')],
  executable: 'fake-gcs-server',
  buildTime: 'about 3 minutes',
  inspect,
  buildSteps,
});

/** It has no option that tells its version; what Go writes into every executable does. */
async function inspect(path: string): Promise<string> {
  const [, version] =
    /\tgithub\.com\/fsouza\/fake-gcs-server\t(v[\d.]+|\(devel\))/.exec((await readFile(path)).toString('latin1')) ?? [];
  if (version === undefined) throw new Error(`${path} is not fake-gcs-server`);
  // Built from a checkout, as in the vendor's image, it does not know.
  if (version === '(devel)') return 'unknown';
  if (!isAtLeast(version, MINIMUM_VERSION))
    throw new Error(`${path} is version ${version}; ${MINIMUM_VERSION} or later is needed`);
  return version.slice(1);
}

async function buildSteps(directory: string, environment: NodeJS.ProcessEnv): Promise<BuildStep[]> {
  const build = {
    folder: packageFile('sandbox', 'gcs'),
    command: MODULE,
    executable: 'fake-gcs-server',
    minimumGo: MINIMUM_GO,
  };
  return [await goBuild(build, directory, environment)];
}
