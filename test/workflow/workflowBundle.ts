import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const root = resolve(__dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache', 'farcopy');

/**
 * The workflows' bundle, made by the bundler a worker uses; kept between test files as long as the sources are the same.
 */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const codePath = join(cache, `workflows-${fingerprint()}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(root, 'src/workflows/index.ts'),
      workflowInterceptorModules: [join(root, 'src/workflows/traces/interceptors.ts')],
      logger: new DefaultLogger('ERROR'),
    });
    mkdirSync(cache, { recursive: true });
    const unfinished = `${codePath}.${process.pid}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, codePath);
  }
  return { codePath };
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of ['src/core', 'src/workflows'])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .sort())
      hash.update(name).update(readFileSync(join(root, folder, name)));
  return hash.digest('hex').slice(0, 16);
}
