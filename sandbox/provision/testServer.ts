import { createHash } from 'node:crypto';
import { chmod, copyFile, readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type BuildStep } from './buildStep';
import { commandOnPath } from './commandOnPath';
import { commandOutput } from './commandOutput';
import { MissingToolError } from './missingToolError';
import { packageFile } from './packageFile';
import { type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

const VERSION = '1.38.0';
const MINIMUM_JDK = '17';
const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const source = (name: string) => packageFile('sandbox', 'test-server', name);

/**
 * The time-skipping test server. The path is for `TestWorkflowEnvironment.createTimeSkipping` as an `existing-path`.
 *
 * A `temporal-test-server` on PATH is not used: the vendor's own listens on all interfaces and outlives its parent.
 */
export const testServer = (): ServerRecipe => ({
  name: 'test-server',
  label: 'the time-skipping test server',
  environmentVariable: 'FARCOPY_TEST_SERVER',
  expects: 'a command that takes `PORT --enable-time-skipping`',
  version: VERSION,
  lockFiles: ['pom.xml', 'jars.sha256', 'LoopbackTestServer.java', 'temporal-test-server'].map(source),
  executable: 'temporal-test-server',
  buildTime: 'about a minute',
  // It has no way to ask it.
  inspect: async () => 'unknown',
  buildSteps,
});

async function buildSteps(directory: string, environment: NodeJS.ProcessEnv): Promise<BuildStep[]> {
  const { mvn, javac } = await findTools(environment);
  const jars = join(directory, 'lib');
  return [
    {
      command: mvn,
      args: [
        '--batch-mode',
        '--quiet',
        '--strict-checksums',
        '--file',
        source('pom.xml'),
        COPY_GOAL,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${jars}`,
      ],
    },
    { run: () => verifyJars(jars, source('jars.sha256')) },
    {
      command: javac,
      args: [
        '--release',
        MINIMUM_JDK,
        '-cp',
        join(jars, '*'),
        '-d',
        join(directory, 'classes'),
        source('LoopbackTestServer.java'),
      ],
    },
    {
      run: async () => {
        await copyFile(source('temporal-test-server'), join(directory, 'temporal-test-server'));
        await chmod(join(directory, 'temporal-test-server'), 0o755);
      },
    },
  ];
}

/**
 * Compares a folder with a list in the format of `sha256sum`.
 *
 * @throws Error naming each jar that differs, is missing or is not in the list.
 */
export async function verifyJars(directory: string, list: string): Promise<void> {
  const expected = new Map<string, string>();
  for (const line of (await readFile(list, 'utf8')).trim().split('\n')) {
    const [hash = '', name = ''] = line.split(/\s+\*?/);
    expected.set(name, hash);
  }
  const wrong: string[] = [];
  for (const name of await readdir(directory)) {
    const hash = createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex');
    if (!expected.has(name)) wrong.push(`${name} is not in ${list}`);
    else if (expected.get(name) !== hash) wrong.push(`${name} has SHA-256 ${hash}, expected ${expected.get(name)}`);
    expected.delete(name);
  }
  for (const name of expected.keys()) wrong.push(`${name} is missing`);
  if (wrong.length > 0) throw new Error(`the jars that Maven got are not the pinned ones: ${wrong.join('; ')}`);
}

async function findTools(environment: NodeJS.ProcessEnv): Promise<{ mvn: string; javac: string }> {
  const problems: string[] = [];
  const mvn = commandOnPath('mvn', environment);
  if (mvn === undefined)
    problems.push('mvn (Apache Maven) is not on PATH: get it from https://maven.apache.org/download.cgi');
  const javac = commandOnPath('javac', withJavaHomeFirst(environment));
  const jdk = `a JDK ${MINIMUM_JDK} or later: get it from https://adoptium.net/`;
  if (javac === undefined) problems.push(`javac is neither in JAVA_HOME nor on PATH; it comes with ${jdk}`);
  else {
    const version = await commandOutput(javac, ['-version'], environment).catch((error: Error) => error.message);
    if (!isAtLeast(version, MINIMUM_JDK)) problems.push(`${javac} is "${version}"; needed is ${jdk}`);
  }
  if (mvn === undefined || javac === undefined || problems.length > 0) throw new MissingToolError(problems.join('; '));
  return { mvn, javac };
}

function withJavaHomeFirst(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!environment.JAVA_HOME) return environment;
  return { ...environment, PATH: [join(environment.JAVA_HOME, 'bin'), environment.PATH].join(delimiter) };
}
