import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from '../../sandbox/provision/cache';
import { commandOnPath, isExecutable } from '../../sandbox/provision/commandOnPath';
import { printed, type Verdict } from './verdict';

/** The formatter that Terraform and OpenTofu stand on. */
const hclfmt = 'github.com/hashicorp/hcl/v2/cmd/hclfmt@v2.24.0';

/** Whether Terraform's files are formatted: by Terraform or OpenTofu where one is on PATH, else by a Go module. */
export async function terraformFormat(root: string): Promise<Verdict> {
  const files = readdirSync(path.join(root, 'deploy'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tf'))
    .map((name) => path.join('deploy', name));
  const own = commandOnPath('tofu', process.env) ?? commandOnPath('terraform', process.env);
  const [command, ...words] = own === undefined ? [await goFormatter()] : [own, 'fmt', '-check'];
  const findings: string[] = [];
  for (const file of files) {
    const check = own === undefined ? ['-check', '-require-no-change'] : words;
    try {
      await succeeds(command, [...check, file], root);
    } catch {
      findings.push(`${file}: is not formatted, or cannot be read`);
    }
  }
  return { linter: path.basename(command), of: `${files.length} files of Terraform`, findings, explained: 0 };
}

async function succeeds(command: string, args: readonly string[], cwd: string): Promise<void> {
  // A shell's exit code tells; what is printed is the file.
  await printed('sh', ['-c', '"$@" >/dev/null', 'sh', command, ...args], { cwd });
}

async function goFormatter(): Promise<string> {
  const folder = path.join(cacheDirectory(process.env), `hclfmt-${hclfmt.split('@v')[1] ?? ''}`);
  const command = path.join(folder, 'hclfmt');
  if (isExecutable(command)) return command;
  const go = commandOnPath('go', process.env);
  if (go === undefined)
    throw new Error('the formatter of Terraform needs `tofu`, `terraform` or `go` on PATH: https://go.dev/dl/');
  await mkdir(folder, { recursive: true });
  await printed(go, ['install', hclfmt], { env: { ...process.env, GOBIN: folder } });
  return command;
}
