import { writeFile } from 'node:fs/promises';
import { builtBundlePath, builtBundles, bundle } from '../src/worker/workflowBundle';

/** Part of `npm run build`: makes the bundles that production workers start from. */
async function main(): Promise<void> {
  for (const options of builtBundles) await writeFile(builtBundlePath(options), (await bundle(options)).code);
}

void main();
