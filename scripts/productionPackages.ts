import { readFileSync } from 'node:fs';
import { packageFile } from '../sandbox/provision/packageFile';

interface Manifest {
  readonly devDependencies?: unknown;
}

/** A package as `package-lock.json` names it. */
interface LockedPackage extends Manifest {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

interface Lock {
  /** By folder; `''` is Farcopy itself. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** `package.json` and `package-lock.json` without all that only development needs; those for other platforms are in them. */
export function productionManifests(): { readonly manifest: Manifest; readonly lock: Lock } {
  const read = (file: string): unknown => JSON.parse(readFileSync(packageFile(file), 'utf8'));
  const lock = read('package-lock.json') as Lock;
  const needed = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = Object.fromEntries(needed.map(([folder, found]) => [folder, withoutDevelopment(found)]));
  return { manifest: withoutDevelopment(read('package.json') as Manifest), lock: { ...lock, packages } };
}

function withoutDevelopment<T extends Manifest>({ devDependencies: _, ...rest }: T) {
  return rest;
}

/** A package of a production install, and the licence that it names; null where it names none. */
export interface ProductionPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
}

/** By name, without Farcopy itself. */
export function productionPackages(): ProductionPackage[] {
  const { lock } = productionManifests();
  return Object.entries(lock.packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, { version = '', license = null }]) => ({
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
