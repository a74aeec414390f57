import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageFile } from '../sandbox/provision/packageFile';
import { builtBundlePath, builtBundles } from '../src/worker/workflowBundle';

/**
 * Keeps the workflow code of this build as that of the previous one, from which test/chaos/rollingUpgrade.test.ts rolls workers to
 * the code as it is then, and back. Run it at a release, on what is released: `npm run build && node dist/scripts/keepBundle.js`.
 */
// A bundle must have a source map (@temporalio/worker 1.24); the true one is three times as large as the code.
const noMap = Buffer.from(JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })).toString('base64');
for (const options of builtBundles.filter(({ encrypted = false }) => !encrypted)) {
  const built = builtBundlePath(options);
  const code = readFileSync(built, 'utf8').replace(
    /^(\/\/# sourceMappingURL=data:application\/json;.*base64,).*$/m,
    (_, start: string) => start + noMap,
  );
  writeFileSync(packageFile('test', 'chaos', 'previous', `${basename(built)}.gz`), gzipSync(code, { level: 9 }));
}
