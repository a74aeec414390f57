import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/core/failure';
import { startCluster } from './apiServer';
import { checkChart } from './chartChecks';
import { Checks } from './checks';
import { Helm } from './helm';
import { chartTools } from './tools';

/**
 * `npm run test:helm`: checks the Helm chart against a real API server, which runs nothing.
 *
 * With `--json`, stdout holds one JSON document, and lines for people go to stderr. Exit code: 0 if all holds, 1 if not, 2 if what it needs
 * is not to be had.
 */
async function main(): Promise<void> {
  const isJson = process.argv.includes('--json');
  const write = (line: string) => (isJson ? console.error(line) : console.log(line));
  const checks = new Checks(write);
  const tools = await chartTools();
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-kubernetes-'));
  try {
    const cluster = await startCluster({ tools, folder });
    try {
      await checkChart(checks, cluster, new Helm(tools.helm, folder, cluster.kubeconfig, 'farcopy'), tools);
    } finally {
      await cluster.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (isJson) console.log(JSON.stringify(checks, null, 2));
  write(checks.summary);
  process.exitCode = checks.failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
