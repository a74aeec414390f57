import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { provision } from '../../sandbox/provision';
import { commandOnPath } from '../../sandbox/provision/commandOnPath';
import { packageFile } from '../../sandbox/provision/packageFile';
import { outputOf, runProgram } from './runProgram';

/** Marks an image that is not its vendor's. */
const label = 'farcopy.stand-in';
const debianRelease = 'bookworm';

/** Pins of Go modules, and the module that a program is of. */
interface GoPins {
  /** Has go.mod and go.sum. */
  readonly folder: string;
  readonly module: string;
}

/** Temporal's server and its tools, of the minor version that docker-compose.yml names; the development server is two older. */
const serverPins: GoPins = {
  folder: packageFile('scripts', 'deploy', 'modules', 'temporal-server'),
  module: 'go.temporal.io/server',
};
/** Temporal's UI is that of the development server. */
const uiPins: GoPins = { folder: packageFile('sandbox', 'temporal'), module: 'github.com/temporalio/ui-server/v2' };

export interface StandInContext {
  /** With it `docker` talks to the engine. */
  readonly environment: NodeJS.ProcessEnv;
  /** What is built once is kept here. */
  readonly cache: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Whether the engine is of this run: others would take a stand-in for what its name says. */
  readonly isOwn: boolean;
}

/** Fills the folder that the image is built from. @returns its Dockerfile, without the first line and the label. */
type Recipe = (folder: string, version: string, context: StandInContext) => Promise<string>;

/** By repository. Each does what its vendor's image does for docker-compose.yml and the Dockerfiles, and no more. */
const recipes: Readonly<Record<string, Recipe>> = {
  node: async (folder, version, context) => {
    const [platform, npm] = [`node-linux-${process.arch}@${version}`, `npm@${npmOf(version)}`];
    await unpackNpm(platform, path.join(folder, 'node'), context);
    await unpackNpm(npm, path.join(folder, 'npm'), context);
    return `COPY node/bin/node /usr/local/bin/node
COPY node/LICENSE /usr/local/LICENSE
COPY npm /usr/local/lib/node_modules/npm
RUN chmod 755 /usr/local/bin/node && cd /usr/local/bin \\
    && ln -s ../lib/node_modules/npm/bin/npm-cli.js npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js npx \\
    && chmod 755 npm npx \\
    && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
${await trusted(folder, context)}CMD ["node"]
`;
  },
  python: async (
    folder,
    _,
    context,
  ) => `RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip \\
    && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -s /usr/bin/python3 /usr/local/bin/python
${await trusted(folder, context)}CMD ["python"]
`,
  'temporalio/temporal': async (folder, _, context) => {
    await placeTemporal(folder, context);
    return `COPY temporal /usr/local/bin/temporal
RUN useradd --uid 1000 --create-home temporal
USER temporal
WORKDIR /home/temporal
ENTRYPOINT ["temporal"]
`;
  },
  'fsouza/fake-gcs-server': async (folder, _, context) => {
    const { 'gcs-emulator': server } = await provision(['gcs-emulator'], { signal: context.signal });
    await placeProgram(server.path, path.join(folder, 'fake-gcs-server'));
    return `RUN apt-get update && apt-get install -y --no-install-recommends wget
COPY fake-gcs-server /bin/fake-gcs-server
ENTRYPOINT ["/bin/fake-gcs-server", "-data", "/data"]
`;
  },
  postgres: async (folder) => {
    await placeScript(path.join(folder, 'start'), postgresStart);
    return `RUN apt-get update && apt-get install -y --no-install-recommends postgresql
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
COPY start /usr/local/bin/start
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["start"]
`;
  },
  'temporalio/server': async (folder, _, context) => {
    await placeProgram(await goBuilt(serverPins, 'cmd/server', context), path.join(folder, 'temporal-server'));
    await placeScript(path.join(folder, 'start'), temporalStart);
    await copyFile(path.join(await serverSources(context), 'config', 'docker.yaml'), path.join(folder, 'docker.yaml'));
    return `RUN apt-get update && apt-get install -y --no-install-recommends netcat-openbsd \\
    && useradd --uid 1000 --create-home temporal
COPY temporal-server start /usr/local/bin/
COPY docker.yaml /etc/temporal/config/docker.yaml
USER temporal
WORKDIR /home/temporal
ENTRYPOINT ["start"]
`;
  },
  'temporalio/admin-tools': async (folder, _, context) => {
    const tool = await goBuilt(serverPins, 'cmd/tools/sql', context);
    await placeProgram(tool, path.join(folder, 'temporal-sql-tool'));
    await placeTemporal(folder, context);
    await cp(path.join(await serverSources(context), 'schema'), path.join(folder, 'schema'), { recursive: true });
    return `COPY temporal temporal-sql-tool /usr/local/bin/
COPY schema /etc/temporal/schema
`;
  },
  'temporalio/ui': async (folder, _, context) => {
    await placeProgram(await goBuilt(uiPins, 'cmd/server', context), path.join(folder, 'temporal-ui'));
    await placeScript(path.join(folder, 'start'), uiStart);
    return `COPY temporal-ui start /usr/local/bin/
ENTRYPOINT ["start"]
`;
  },
};

const postgresStart = `#!/bin/sh
set -eu
data=/var/lib/postgresql/data
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
chown postgres:postgres "$data"
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  chown postgres /tmp/password
  as initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  # Not to be reached by others before its database is there.
  as pg_ctl --pgdata="$data" --wait --options="-c listen_addresses='' -k /tmp" start
  as createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_USER"
  as pg_ctl --pgdata="$data" --wait stop
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$data" -c listen_addresses='*'
`;

const temporalStart = `#!/bin/sh
set -eu
if [ "\${BIND_ON_IP:-}" = 0.0.0.0 ]; then
  TEMPORAL_BROADCAST_ADDRESS="$(getent hosts "$(hostname)" | cut -d' ' -f1)"
  export TEMPORAL_BROADCAST_ADDRESS
fi
exec temporal-server --root /etc/temporal --env docker start
`;

const uiStart = `#!/bin/sh
set -eu
mkdir -p /tmp/config
printf 'temporalGrpcAddress: %s\\nport: 8080\\nenableUi: true\\n' "$TEMPORAL_ADDRESS" > /tmp/config/docker.yaml
exec temporal-ui --root /tmp --env docker start
`;

/**
 * Gets every image that is not there: from its registry, and where that cannot be reached, an image of the same name made of packages.
 *
 * @returns the names of those that are not their vendors'.
 * @throws Error when one can be had neither way.
 */
export async function getImages(images: readonly string[], context: StandInContext): Promise<string[]> {
  const { environment, say, logFile, signal } = context;
  const standIns: string[] = [];
  for (const image of images) {
    const known = await runProgram(
      ['docker', 'image', 'inspect', '--format', `{{index .Config.Labels "${label}"}}`, image],
      { environment, signal },
    );
    if (known.code === 0) {
      if (known.stdout.trim() === 'true') standIns.push(image);
      continue;
    }
    const pull = await runProgram(['docker', 'pull', '--quiet', image], { environment, signal, logFile });
    if (pull.code === 0) continue;
    if (!context.isOwn)
      throw new Error(
        `${image} cannot be pulled, and none is made up in an engine that others use: stop it, then one is started here`,
      );
    say(`${image} cannot be pulled: one is made of packages`);
    await makeStandIn(image, context);
    standIns.push(image);
  }
  return standIns;
}

async function makeStandIn(image: string, context: StandInContext): Promise<void> {
  const { environment, signal, logFile } = context;
  if (image.startsWith('debian:')) return importDebian(image, context);
  const recipe = recipes[repositoryOf(image)];
  if (recipe === undefined) throw new Error(`${image} cannot be pulled, and nothing is known to make it of`);
  const base = 'farcopy-debian:stand-in';
  const there = await runProgram(['docker', 'image', 'inspect', base], { environment, signal });
  if (there.code !== 0) await importDebian(base, context);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farcopy-stand-in-'));
  try {
    const [, version = ''] = /:([\d.]+)/.exec(image) ?? [];
    const steps = await recipe(folder, version, context);
    await writeFile(path.join(folder, 'Dockerfile'), `FROM ${base}\nLABEL ${label}=true\n${steps}`);
    await outputOf(['docker', 'buildx', 'build', '--load', '--tag', image, folder], { environment, signal, logFile });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As poor as the vendor's slim one: without documents, and without certificate authorities. */
async function importDebian(image: string, { environment, cache, signal, logFile }: StandInContext): Promise<void> {
  const archive = path.join(cache, `debian-${debianRelease}.tar`);
  if (!existsSync(archive)) {
    if (commandOnPath('mmdebstrap', environment) === undefined)
      throw new Error(`mmdebstrap is needed to make ${image}: apt-get install mmdebstrap`);
    const left = ['doc/*', 'man/*', 'info/*', 'locale/*', 'lintian/*'].map(
      (name) => `--dpkgopt=path-exclude=/usr/share/${name}`,
    );
    const kept = '--dpkgopt=path-include=/usr/share/doc/*/copyright';
    // The vendor's has no Perl but the essential part of it either.
    const merged =
      '--customize-hook=chroot "$1" sh -c \'apt-get install -y usr-is-merged usrmerge- && apt-get purge -y --auto-remove "perl-modules-*"\'';
    const emptied = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*';
    const alone = '--aptopt=APT::Install-Recommends "false"';
    const options = ['--variant=minbase', '--format=tar', alone, ...left, kept, merged, emptied];
    const words = ['mmdebstrap', ...options, debianRelease, `${archive}.partial`];
    await outputOf(words, { environment, signal, logFile });
    await rename(`${archive}.partial`, archive);
  }
  const changes = ['--change', `LABEL ${label}=true`, '--change', 'CMD ["bash"]'];
  await outputOf(['docker', 'import', ...changes, archive, image], { environment, signal, logFile });
}

/** What this machine trusts beside the authorities of its system, the builds in its containers trust too. */
async function trusted(folder: string, { environment }: StandInContext): Promise<string> {
  const { NODE_EXTRA_CA_CERTS: file } = environment;
  if (!file) return '';
  await copyFile(file, path.join(folder, 'trusted.crt'));
  const place = '/usr/local/share/trusted.crt';
  return `COPY trusted.crt ${place}\nENV NODE_EXTRA_CA_CERTS=${place} PIP_CERT=${place}\n`;
}

async function unpackNpm(
  spec: string,
  folder: string,
  { environment, signal, logFile }: StandInContext,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const printed = await outputOf(['npm', 'pack', '--json', '--pack-destination', folder, spec], {
    environment,
    cwd: os.tmpdir(),
    signal,
    logFile,
  });
  const [packed] = JSON.parse(printed) as { filename: string }[];
  const archive = path.join(folder, packed?.filename ?? '');
  await outputOf(['tar', '-xzf', archive, '--strip-components=1', '-C', folder], { environment, signal });
  await rm(archive);
}

/** The one that comes with Node of this version, as far as its first number tells. */
function npmOf(nodeVersion: string): string {
  return Number(nodeVersion.split('.')[0]) >= 24 ? '11' : '10';
}

/** A program of Temporal's modules. What it needs beyond those that are pinned is added to a copy of the pins. */
async function goBuilt({ folder: pins, module }: GoPins, within: string, context: StandInContext): Promise<string> {
  const { environment, cache, signal, logFile } = context;
  const program = `${module}/${within}`;
  if (commandOnPath('go', environment) === undefined)
    throw new Error(`go is needed to make ${program}: https://go.dev/dl/`);
  const hash = createHash('sha256')
    .update(readFileSync(path.join(pins, 'go.mod')))
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(cache, `${program.replaceAll('/', '-')}-${hash}`);
  const built = path.join(folder, 'program');
  if (existsSync(built)) return built;
  await mkdir(folder, { recursive: true });
  for (const file of ['go.mod', 'go.sum']) await copyFile(path.join(pins, file), path.join(folder, file));
  const own = ['-mod=mod', `-modfile=${path.join(folder, 'go.mod')}`];
  const words = ['go', 'build', ...own, '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', built, program];
  await outputOf(words, { environment: goEnvironment(context), cwd: pins, signal, logFile });
  return built;
}

async function serverSources(context: StandInContext): Promise<string> {
  const options = { environment: goEnvironment(context), cwd: serverPins.folder, signal: context.signal };
  return outputOf(['go', 'list', '-m', '-f', '{{.Dir}}', serverPins.module], options);
}

function goEnvironment({ environment }: StandInContext): NodeJS.ProcessEnv {
  return { ...environment, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
}

async function placeTemporal(folder: string, { signal }: StandInContext): Promise<void> {
  const { 'temporal-cli': cli } = await provision(['temporal-cli'], { signal });
  await placeProgram(cli.path, path.join(folder, 'temporal'));
}

async function placeProgram(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o755);
}

async function placeScript(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o755 });
}

function repositoryOf(image: string): string {
  return image.split(':')[0] ?? image;
}
