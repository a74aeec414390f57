import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { plainLines, provision } from '../sandbox/provision';
import { packageFile } from '../sandbox/provision/packageFile';

/**
 * `npm run test:prometheus`: Prometheus's own promtool, built once and kept in the cache, checks the alert rules, runs their tests, and reads every
 * query of the dashboards. `npm test` does without it: a parser in a unit test finds most of the same.
 */
async function main(): Promise<void> {
  const { promtool } = await provision(['promtool'], { onProgress: plainLines((line) => console.log(line)) });
  const rules = packageFile('deploy', 'prometheus', 'farcopy.rules.yaml');
  const tests = packageFile('deploy', 'prometheus', 'farcopy.rules.test.yaml');
  const folder = mkdtempSync(path.join(tmpdir(), 'farcopy-promtool-'));
  try {
    const queries = path.join(folder, 'dashboards.yaml');
    writeFileSync(queries, stringify({ groups: queriesAsRules() }));
    const runs = [
      ['check', 'rules', '--lint-fatal', rules],
      ['check', 'rules', '--lint-fatal', queries],
      ['test', 'rules', tests],
    ];
    const failed = runs.filter((words) => spawnSync(promtool.path, words, { stdio: 'inherit' }).status !== 0);
    console.log(`${runs.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

/** A group for each dashboard, with a recording rule for each of its queries. */
function queriesAsRules() {
  const folder = packageFile('deploy', 'grafana');
  return readdirSync(folder).map((file) => {
    const { panels } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Dashboard;
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    return {
      name: file,
      rules: queries.map((expr, i) => ({
        record: `${file.replace(/\W/g, '_')}:${i}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'farcopy'),
      })),
    };
  });
}

void main();
