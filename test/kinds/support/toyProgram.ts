import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from '@swc/core';
import { packageFile } from '../../../sandbox/provision/packageFile';
import { bundle } from '../../../src/worker/workflowBundle';

const sources = ['src', 'test/kinds'];

/**
 * The compiled `farcopy` with the toy kinds. Node.js runs no TypeScript as it is, and what the product's build compiles has no
 * tests in it; so this is compiled here, once for the sources as they are.
 */
export async function toyProgram(): Promise<string> {
  const files = (await Promise.all(sources.map((folder) => typeScriptIn(packageFile(folder))))).flat().sort();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const hash = createHash('sha256');
  for (const [i, file] of files.entries()) hash.update(file).update(texts[i] ?? '');
  const cache = packageFile('node_modules', '.cache', 'farcopy');
  const folder = join(cache, `toys-${hash.digest('hex').slice(0, 16)}`);
  const program = join(folder, 'test', 'kinds', 'farcopy.js');
  if (existsSync(program)) return program;

  const unfinished = `${folder}.${process.pid}`;
  const compile = async (file: string, source: string) => {
    const target = join(unfinished, file.slice(packageFile().length + 1)).replace(/\.ts$/, '.js');
    const { code } = await transform(source, {
      filename: file,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  };
  await Promise.all(files.map((file, i) => compile(file, texts[i] ?? '')));
  await writeFile(join(unfinished, 'src', 'worker', 'workflow-bundle.js'), (await bundle()).code);
  for (const name of await readdir(cache))
    if (name.startsWith('toys-') && join(cache, name) !== unfinished)
      await rm(join(cache, name), { recursive: true, force: true });
  await rename(unfinished, folder);
  return program;
}

async function typeScriptIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
