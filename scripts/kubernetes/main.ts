import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainLines, provision } from '../../sandbox/provision';
import { messageOf } from '../../src/core/failure';
import { startCluster } from './apiServer';
import { checkChart } from './chartChecks';
import { Checks, expect } from './checks';
import { Helm } from './helm';
import { HostState } from './node/hostState';
import { assembleFarcopy, nameOfImage } from './node/image';
import { makeNetwork, network, nodeToken, startNode } from './node/node';
import { checkOnNode } from './node/nodeChecks';
import { startOutside } from './node/outside';
import { chartTools, type ChartTools, nodeTools, type NodeTools } from './tools';

/**
 * `npm run test:helm` checks the Helm chart against a real API server, which runs nothing. `npm run test:kubernetes` (`--node`) then runs it on
 * a node that this machine becomes for the while: it needs Linux and root, and puts back what it changes of the machine.
 *
 * `--image FILE`: what `docker save` has written of an image of deploy/Dockerfile, in place of one that is assembled here. With `--json`, stdout
 * holds one JSON document, and lines for people go to stderr. `--keep` leaves the logs there. `--without-keda` scales nothing. Exit code: 0 if all holds, 1 if not, 2 if
 * what it needs is not to be had.
 */
async function main(words: readonly string[]): Promise<void> {
  const isJson = words.includes('--json');
  const write = (line: string) => (isJson ? console.error(line) : console.log(line));
  const checks = new Checks(write);
  const isNode = words.includes('--node');
  const withKeda = !words.includes('--without-keda');
  const tools = isNode ? await nodeTools(withKeda) : await chartTools();
  if (isNode && process.env[apart] === undefined) return apartFromTheMachine();
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-kubernetes-'));
  try {
    await chartStage(checks, tools, join(folder, 'chart'));
    if (isNode) await nodeStage(checks, tools as NodeTools, join(folder, 'node'), words);
  } finally {
    if (words.includes('--keep')) write(`logs are in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
  if (isNode && !withKeda) write('KEDA was left out: nothing was scaled');
  if (isJson) console.log(JSON.stringify(checks, null, 2));
  write(checks.summary);
  process.exitCode = checks.failed === 0 ? 0 : 1;
}

/** Set in the process that is apart from the machine. */
const apart = 'FARCOPY_TEST_NETWORK';

const endings = ['SIGINT', 'SIGTERM'] as const;

/** Folders outside the test's own that containerd, plugins of the network and a kubelet write into. */
const hidden = ['/run/containerd', '/var/lib/cni', '/var/lib/kubelet', '/var/log/containers'];

/**
 * Does the same again where nothing of the machine's network is seen, nor changed, and where mounts are nobody else's. What had to be fetched
 * is there by now.
 */
async function apartFromTheMachine(): Promise<void> {
  await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator'], {
    onProgress: plainLines((line) => console.error(line)),
  });
  const made = hidden.filter((folder) => !existsSync(folder));
  for (const folder of made) mkdirSync(folder, { recursive: true });
  try {
    const script = `ip link set lo up && for folder in ${hidden.join(' ')}; do mount -t tmpfs farcopy-test "$folder" || exit 1; done && exec "$@"`;
    const words = ['--net', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'];
    const child = spawn('unshare', [...words, process.execPath, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env: { ...process.env, [apart]: 'own' },
    });
    for (const signal of endings) process.on(signal, () => child.kill(signal));
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    // One that is not empty is somebody else's by now.
    for (const folder of made.reverse()) if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

async function chartStage(checks: Checks, tools: ChartTools, folder: string): Promise<void> {
  const cluster = await startCluster({ tools, folder });
  try {
    await checkChart(checks, cluster, new Helm(tools.helm, folder, cluster.kubeconfig, 'farcopy'), tools);
  } finally {
    await cluster.stop();
  }
}

async function nodeStage(checks: Checks, tools: NodeTools, folder: string, words: readonly string[]): Promise<void> {
  const host = new HostState(folder);
  const toEnd: (() => Promise<unknown>)[] = [];
  const end = async () => {
    for (const stop of toEnd.splice(0).reverse()) await stop();
    return host.restore();
  };
  const running = async <T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> => {
    const started = await server;
    toEnd.push(() => started.stop());
    return started;
  };
  let ending: Promise<void> | undefined;
  // A second one must not leave half of it behind.
  for (const signal of endings) process.on(signal, () => void (ending ??= end().then(() => process.exit(130))));
  await checks.check('the chart on a node', async () => {
    const bridge = await makeNetwork();
    toEnd.push(() => bridge.remove());
    const { token, line } = nodeToken();
    const cluster = await running(startCluster({ tools, folder, address: network.address, tokens: [line] }));
    for (const definitions of tools.definitions)
      await cluster.kubectl(['apply', '--server-side', '--filename', definitions, '--recursive']);
    const node = await running(startNode(cluster, tools, join(folder, 'machine'), token));
    const given = words.includes('--image') ? words[words.indexOf('--image') + 1] : undefined;
    const archive = given ?? (await assembleFarcopy('docker.io/library/farcopy:test', folder));
    await node.importImage(archive);
    const image = await nameOfImage(archive);
    const outside = await running(startOutside(folder, 20));
    const helm = new Helm(tools.helm, folder, cluster.kubeconfig, 'farcopy');
    await checkOnNode({ checks, cluster, helm, tools, outside, folder, image });
  });
  await checks.check('the machine is as it was before', async () => {
    const { left, seen } = await end();
    expect(left.length === 0, left.join('\n'));
    return seen;
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
