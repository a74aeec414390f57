import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../sandbox/provision/cache';
import { packageFile } from '../sandbox/provision/packageFile';
import { exitCodes } from '../src/client/cli/exitCodes';
import { demand } from './deploy/image';
import { startRegistry } from './deploy/ownRegistry';
import { outputOf } from './deploy/runProgram';
import { Steps, StepsEndedError } from './deploy/steps';
import { productionManifests } from './productionPackages';

/**
 * `npm run test:package`: packs Farcopy as it would be published, installs it globally under a home of its own, from the packed file
 * and as from a registry, and has its `farcopy demo` prove the three clusters. Exit codes: 0 all passed · 4 something failed.
 */

/** Tests, benchmarks, sources and maps. */
const unwanted =
  /\.map$|\.ts$|\.tsbuildinfo$|^sandbox\/aws\/tests\/|^dist\/(?!bin\/|sandbox\/|src\/)|(^|\/)__pycache__\//;

interface Packed {
  readonly filename: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

async function main(): Promise<number> {
  const say = (line: string) => console.log(line);
  const steps = new Steps(say);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-package-'));
  const home = path.join(folder, 'home');
  const prefix = path.join(folder, 'global');
  for (const one of [home, prefix]) mkdirSync(one);
  const userConfig = path.join(os.homedir(), '.npmrc');
  const environment = {
    ...process.env,
    HOME: home,
    // Servers and packages that were got once are got from there; npm is set up as it is for this user.
    FARCOPY_CACHE_DIR: cacheDirectory(process.env),
    npm_config_cache: path.join(os.homedir(), '.npm'),
    ...(existsSync(userConfig) ? { npm_config_userconfig: userConfig } : {}),
  };
  let packed: Packed | undefined;
  const farcopy = path.join(prefix, 'bin', 'farcopy');
  try {
    await steps.need('npm pack', async () => {
      // As one that was broken off leaves it behind.
      writeFileSync(packageFile('npm-shrinkwrap.json'), '{}');
      const words = ['npm', 'pack', '--json', '--pack-destination', folder];
      const printed = await outputOf(words, { environment: process.env, cwd: packageFile() });
      // What the scripts of the package print comes first.
      [packed] = JSON.parse(printed.slice(printed.search(/^\[$/m))) as [Packed];
      demand(!existsSync(packageFile('npm-shrinkwrap.json')), 'npm-shrinkwrap.json stayed behind');
      return [`${packed.files.length} files, ${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}`];
    });
    await steps.run('what a broken-off npm pack leaves is gone with the next build', async () => {
      writeFileSync(packageFile('npm-shrinkwrap.json'), '{}');
      await outputOf(['npm', 'run', 'prebuild'], { environment: process.env, cwd: packageFile() });
      demand(!existsSync(packageFile('npm-shrinkwrap.json')), 'npm-shrinkwrap.json stayed behind');
    });
    await steps.run('nothing is in it that nobody runs', async () => {
      const names = packed?.files.map((file) => file.path) ?? [];
      const wrong = names.filter((name) => unwanted.test(name));
      demand(wrong.length === 0, `${wrong.length} files too many, like ${wrong.slice(0, 5).join(', ')}`);
      demand(names.includes('npm-shrinkwrap.json'), 'it pins nothing');
    });
    await steps.need('npm install --global of the packed file, with a home of its own', async () => {
      const file = path.join(folder, packed?.filename ?? '');
      const own = path.join(folder, 'of-file');
      await outputOf(['npm', 'install', '--global', '--prefix', own, file], { environment, cwd: home });
      const version = await outputOf([path.join(own, 'bin', 'farcopy'), '--version'], { environment, cwd: home });
      rmSync(own, { recursive: true });
      return [`farcopy ${version}`];
    });
    await steps.need('npm install --global from a registry', async () => {
      if (packed === undefined) throw new StepsEndedError('nothing is packed');
      const others = await outputOf(['npm', 'config', 'get', 'registry'], { environment, cwd: home });
      const manifest = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as object;
      const registry = await startRegistry({ ...packed, file: path.join(folder, packed.filename) }, manifest, others);
      try {
        const words = ['npm', 'install', '--global', '--prefix', prefix, '--registry', registry.url, packed.name];
        await outputOf(words, { environment, cwd: home });
      } finally {
        registry.close();
      }
      return [`farcopy ${await outputOf([farcopy, '--version'], { environment, cwd: home })}`];
    });
    await steps.run('what is installed has the versions that are pinned', async () => {
      const installed = path.join(prefix, 'lib', 'node_modules', 'farcopy', 'node_modules');
      const pinned = Object.entries(productionManifests().lock.packages).filter(([name]) => name !== '');
      const there = pinned.flatMap(([name, { version }]) => {
        const manifest = path.join(installed, name.replace(/^node_modules\//, ''), 'package.json');
        if (!existsSync(manifest)) return [];
        return [{ name, version, is: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version }];
      });
      const wrong = there.filter(({ version, is }) => version !== is).map(({ name, is }) => `${name} ${is}`);
      demand(
        there.length > 100 && wrong.length === 0,
        `${there.length} packages, of others than pinned: ${wrong.join(', ')}`,
      );
      return [`${there.length} packages`];
    });
    await steps.run('farcopy demo proves its three clusters', async () => {
      const report = JSON.parse(await outputOf([farcopy, 'demo', '--json'], { environment, cwd: home })) as {
        ok: boolean;
        seconds: number;
        resources: { id: string; state: string }[];
      };
      const proven = report.resources.filter(({ state }) => state === 'completed');
      demand(report.ok && proven.length === 3, `${proven.length} of ${report.resources.length} are proven`);
      return [`${proven.map(({ id }) => id).join(', ')} within ${report.seconds} s`];
    });
  } catch (error) {
    if (!(error instanceof StepsEndedError)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const failed = steps.done.filter(({ ok }) => !ok).length;
  say(`\n${steps.done.length - failed} passed, ${failed} failed`);
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

void main().then((code) => {
  process.exitCode = code;
});
