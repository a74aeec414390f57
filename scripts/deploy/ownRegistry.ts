import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A packed file, as `npm pack --json` tells of it. */
export interface PackedFile {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** A registry of packages that has one of its own. */
export interface OwnRegistry {
  readonly url: string;
  close(): void;
}

/**
 * Serves a packed file as npm's own registry would once it is published, and sends whoever asks for another package to the registry
 * that npm is set up for. Whether a package has an `npm-shrinkwrap.json`, npm asks the registry, not the package.
 */
export async function startRegistry(
  { file, name, version, integrity }: PackedFile,
  manifest: object,
  others: string,
): Promise<OwnRegistry> {
  const tarball = `/${name}/-/${name}-${version}.tgz`;
  const server = createServer((request, response) => {
    const { url: asked = '' } = request;
    if (asked === tarball) response.end(readFileSync(file));
    else if (asked === `/${name}`) {
      const published = { ...manifest, _hasShrinkwrap: true, dist: { tarball: url + tarball, integrity } };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: published } }));
    } else response.writeHead(302, { Location: new URL(asked.slice(1), others).href }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
