import { readdirSync } from 'node:fs';
import path from 'node:path';
import { printed, type Verdict } from './verdict';

/** The grammar of CloudFormation, and the properties of every resource. */
export async function cfnLint(python: string, root: string): Promise<Verdict> {
  const files = readdirSync(path.join(root, 'deploy', 'cloudformation'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => path.join('deploy', 'cloudformation', name));
  const text = await printed(
    python,
    ['-c', 'from cfnlint.runner import main; main()', '--format', 'json', '--', ...files],
    { cwd: root },
  );
  const found = JSON.parse(text || '[]') as {
    Filename: string;
    Location: { Start: { LineNumber: number } };
    Rule: { Id: string };
    Message: string;
  }[];
  return {
    linter: 'cfn-lint',
    of: `${files.length} templates`,
    findings: found.map(
      ({ Filename, Location, Rule, Message }) =>
        `${Filename}:${Location.Start.LineNumber}: ${Rule.Id} ${Message.replaceAll('\n', ' ')}`,
    ),
    explained: 0,
  };
}

interface CheckovReport {
  readonly summary: { readonly passed: number; readonly resource_count: number };
  readonly results: {
    readonly failed_checks: readonly { check_id: string; file_path: string; resource: string; check_name: string }[];
    readonly skipped_checks?: readonly unknown[];
    readonly parsing_errors?: readonly string[];
  };
}

/** Practices of security, for templates, Terraform and the Dockerfile; exceptions stand in these, each with its reason. */
export async function checkov(python: string, root: string): Promise<Verdict> {
  const frameworks = ['cloudformation', 'dockerfile', 'terraform'].flatMap((name) => ['--framework', name]);
  const text = await printed(
    python,
    ['-m', 'checkov.main', '--directory', 'deploy', ...frameworks, '--skip-download', '--output', 'json'],
    { cwd: root },
  );
  const reports = [JSON.parse(text) as CheckovReport | CheckovReport[]].flat();
  const sum = (of: (report: CheckovReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    linter: 'checkov',
    of: `${sum(({ summary }) => summary.resource_count)} resources, ${sum(({ summary }) => summary.passed)} checks passed`,
    findings: reports.flatMap(({ results: { failed_checks: failed, parsing_errors: unread = [] } }) => [
      ...failed.map((one) => `deploy${one.file_path} ${one.resource}: ${one.check_id} ${one.check_name}`),
      ...unread.map((file) => `${file}: cannot be read`),
    ]),
    explained: sum(({ results }) => results.skipped_checks?.length ?? 0),
  };
}

export async function hadolint(python: string, root: string): Promise<Verdict> {
  const file = 'deploy/Dockerfile';
  const text = await printed(path.join(path.dirname(python), 'hadolint'), ['--format', 'json', file], { cwd: root });
  const found = JSON.parse(text || '[]') as { line: number; code: string; message: string }[];
  return {
    linter: 'hadolint',
    of: file,
    findings: found.map(({ line, code, message }) => `${file}:${line}: ${code} ${message}`),
    explained: 0,
  };
}
