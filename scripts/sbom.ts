import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { productionManifests } from './productionPackages';

/**
 * `npm run --silent sbom`: the software bill of materials of a production install, CycloneDX, on stdout. npm's own `--omit=dev`
 * also leaves out what production and development share (npm 11.19), so npm is shown a lock file without development.
 */
function main(): void {
  const { manifest, lock } = productionManifests();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-sbom-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
    const words = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    const { status } = spawnSync('npm', words, { cwd: folder, stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
