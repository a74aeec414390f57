import { plainLines, provision } from '../../sandbox/provision';
import { packageFile } from '../../sandbox/provision/packageFile';
import { messageOf } from '../../src/core/failure';
import { cdkApp } from './cdk';
import { terraformFormat } from './formatted';
import { parliament } from './policies';
import { cfnLint, checkov, hadolint } from './templates';
import { type Verdict } from './verdict';

/**
 * `npm run lint:deploy`: cfn-lint, checkov, hadolint, parliament and a formatter look at deploy/; `-- --cdk` synthesises the app of
 * docs/deploy.md besides. The linters are pinned, and got once for this user. Exit code 1 where one finds what nobody has explained.
 */
async function main(words: readonly string[]): Promise<void> {
  const root = packageFile();
  const { 'deploy-linters': found } = await provision(['deploy-linters'], {
    onProgress: plainLines((line) => console.log(line)),
  });
  // By Python, since the first lines of its commands name the folder in which they were built.
  const python = found.path;
  const linters: (() => Promise<Verdict>)[] = [
    () => cfnLint(python, root),
    () => checkov(python, root),
    () => hadolint(python, root),
    () => parliament(python),
    () => terraformFormat(root),
    ...(words.includes('--cdk') ? [() => cdkApp(root)] : []),
  ];
  let findings = 0;
  let explained = 0;
  for (const lint of linters) {
    const verdict = await lint();
    findings += verdict.findings.length;
    explained += verdict.explained;
    const many = `${verdict.findings.length} findings${verdict.explained > 0 ? `, ${verdict.explained} explained` : ''}`;
    console.log(`${verdict.linter}: ${verdict.of}: ${many}`);
    for (const finding of verdict.findings) console.log(`  ${finding}`);
  }
  console.log(`${linters.length} linters, ${findings} findings, ${explained} explained`);
  if (findings > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
