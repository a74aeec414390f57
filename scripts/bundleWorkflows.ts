import { writeFile } from 'node:fs/promises';
import { builtBundlePath, bundle } from '../src/worker/workflowBundle';

/** Part of `npm run build`: makes the bundle that production workers start from. */
async function main(): Promise<void> {
  const { code } = await bundle();
  await writeFile(builtBundlePath, code);
}

void main();
