import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../../sandbox/provision/cache';
import { readTemplate } from '../../sandbox/seed/cloudFormation';
import { printed, type Verdict } from './verdict';

const packages = ['aws-cdk-lib@2.215.0', 'constructs@10.4.2'];

/** Synthesises the app of docs/deploy.md, and looks whether every resource of the template is in what comes. */
export async function cdkApp(root: string): Promise<Verdict> {
  const page = await readFile(path.join(root, 'docs', 'deploy.md'), 'utf8');
  const [, app] = /```ts\n(.*?)```/s.exec(page) ?? [];
  if (app === undefined) throw new Error('docs/deploy.md shows no app of CDK');
  const folder = path.join(cacheDirectory(process.env), `cdk-${packages[0]?.split('@')[1] ?? ''}`);
  if (!existsSync(path.join(folder, 'node_modules', 'constructs'))) {
    await mkdir(folder, { recursive: true });
    await printed('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      ...packages,
    ]);
  }
  const output = await mkdtemp(path.join(tmpdir(), 'farcopy-cdk-'));
  const program = path.join(folder, 'app.mjs');
  try {
    await writeFile(program, app);
    await printed(process.execPath, [program], { cwd: root, env: { ...process.env, CDK_OUTDIR: output } });
    const text = await readFile(path.join(output, 'farcopy-vault.template.json'), 'utf8');
    const made = (JSON.parse(text) as { Resources: Readonly<Record<string, unknown>> }).Resources;
    const wanted = Object.keys(readTemplate('vault-account').Resources);
    return {
      linter: 'CDK',
      of: `${wanted.length} resources of vault-account.yaml, synthesised`,
      findings: wanted.filter((name) => !(name in made)).map((name) => `${name} is missing in what CDK makes`),
      explained: 0,
    };
  } finally {
    await rm(output, { recursive: true, force: true });
    await rm(program, { force: true });
  }
}
