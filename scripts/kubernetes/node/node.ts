import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningServer, startSupervised } from '../../../sandbox/servers/supervisedServer';
import { type Cluster } from '../apiServer';
import { printed, ran } from '../command';
import { type NodeTools } from '../tools';
import { packImage } from './image';

/** The network of the node, in a namespace of its own: pods have its other addresses. */
export const network = { bridge: 'farcopy-test0', address: '10.231.37.1', subnet: '10.231.37.0/24' } as const;

const nodeName = 'farcopy-test';
const pauseImage = 'farcopy.test/pause:1';

/** The token of the node's kubelet, for the API server's file of tokens. */
export function nodeToken(): { readonly token: string; readonly line: string } {
  const token = randomBytes(16).toString('hex');
  return { token, line: `${token},system:node:${nodeName},kubelet,"system:nodes"` };
}

export interface Node {
  importImage(archive: string): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the network's bridge; what listens at its address is reached by pods. */
export async function makeNetwork(): Promise<{ remove(): Promise<void> }> {
  await ran('ip', ['link', 'delete', network.bridge]);
  await printed('ip', ['link', 'add', network.bridge, 'type', 'bridge']);
  await printed('ip', ['address', 'add', `${network.address}/24`, 'dev', network.bridge]);
  await printed('ip', ['link', 'set', network.bridge, 'up']);
  return { remove: async () => void (await ran('ip', ['link', 'delete', network.bridge])) };
}

/** Starts what makes a node of this machine: controllers, scheduler, containerd and kubelet. */
export async function startNode(cluster: Cluster, tools: NodeTools, folder: string, token: string): Promise<Node> {
  await mkdir(folder, { recursive: true });
  const running: RunningServer[] = [];
  const start = async (label: string, command: string, args: readonly string[], ready: () => Promise<boolean>) => {
    const name = command.slice(command.lastIndexOf('/') + 1);
    running.push(
      await startSupervised(
        {
          ...{ label, command, args, cwd: folder, logFile: join(folder, `${name}.log`) },
          env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder },
          graceSeconds: 10,
          readyWithinSeconds: 120,
        },
        async (signal) => {
          while (!(await ready())) await delay(500, undefined, { signal });
        },
      ),
    );
  };
  const atOnce = async () => true;
  const socket = join(folder, 'containerd.sock');
  const ctr = async (...args: string[]) =>
    ran(tools.ctr, ['--address', socket, '--namespace', 'k8s.io', ...args], { timeoutSeconds: 300 });
  const node: Node = {
    importImage: async (archive) => {
      const { code, stderr } = await ctr('images', 'import', archive);
      if (code !== 0) throw new Error(`${archive} cannot be imported: ${stderr}`);
    },
    stop: async () => {
      // The kubelet first, which would start again what ends.
      const [containerd, ...others] = running;
      for (const server of others.reverse()) await server.stop();
      const { stdout } = await ctr('tasks', 'list', '--quiet');
      for (const task of stdout.split('\n').filter((line) => line !== ''))
        await ctr('tasks', 'delete', '--force', task);
      await containerd?.stop();
      // A shim survives containerd on purpose.
      for (const pid of processesOf(socket)) process.kill(pid, 'SIGKILL');
    },
  };
  try {
    await writeContainerdFiles(folder, socket, tools);
    await start('containerd', tools.containerd, ['--config', join(folder, 'containerd.toml')], async () => {
      return (await ctr('version')).code === 0;
    });
    const layer = join(folder, 'pause.tar');
    await printed('tar', [
      ...['--create', '--file', layer, '--transform', 's,.*,pause,'],
      '--absolute-names',
      tools.pause,
    ]);
    await node.importImage(await packImage(pauseImage, layer, { entrypoint: ['/pause'] }, folder));
    const controllers = [
      ...[`--kubeconfig=${cluster.kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
      ...['--use-service-account-credentials=true', `--root-ca-file=${cluster.authority.own.certificate}`],
      `--service-account-private-key-file=${cluster.serviceAccountKey}`,
      // A test is not to wait for it.
      '--horizontal-pod-autoscaler-sync-period=5s',
    ];
    await start("Kubernetes' controllers", tools.controllerManager, controllers, atOnce);
    const scheduler = [`--kubeconfig=${cluster.kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
    await start("Kubernetes' scheduler", tools.scheduler, scheduler, atOnce);
    await start('the kubelet', tools.kubelet, await kubeletArguments(cluster, folder, socket, token), async () =>
      (await cluster.tryKubectl(['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=1s'])).stdout.includes(
        'condition met',
      ),
    );
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function writeContainerdFiles(folder: string, socket: string, tools: NodeTools): Promise<void> {
  const wrapper = join(folder, 'runc');
  await writeFile(wrapper, runcWrapper(tools.runc));
  await chmod(wrapper, 0o755);
  await mkdir(join(folder, 'cni'), { recursive: true });
  const cni = {
    cniVersion: '0.4.0',
    name: 'farcopy-test',
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        ipam: { type: 'host-local', subnet: network.subnet, rangeStart: '10.231.37.10', dataDir: join(folder, 'ipam') },
      },
    ],
  };
  await writeFile(join(folder, 'cni', '10-farcopy.conflist'), JSON.stringify(cni));
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  await writeFile(
    join(folder, 'containerd.toml'),
    `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'state')}"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(folder, 'opt')}"
[${cri}]
  netns_mounts_under_state_dir = true
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  # In a container of one's own, scores may not be lowered.
  restrict_oom_score_adj = true
[${cri}.cni]
  bin_dir = "${tools.cniFolder}"
  conf_dir = "${join(folder, 'cni')}"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  BinaryName = "${wrapper}"
`,
  );
}

/** Without CAP_SYS_RESOURCE nobody may raise limits, as bundles ask for: they are left as they are. */
function runcWrapper(runc: string): string {
  return `#!/bin/sh
previous=
for word; do
  case "$previous" in
    --bundle) file=$word/config.json ;;
    --process) file=$word ;;
  esac
  previous=$word
done
if [ -n "$file" ]; then
  '${process.execPath}' -e '
    const fs = require("node:fs");
    const [, file] = process.argv;
    const found = JSON.parse(fs.readFileSync(file, "utf8"));
    delete (found.process ?? found).rlimits;
    fs.writeFileSync(file, JSON.stringify(found));
  ' "$file"
fi
exec '${runc}' "$@"
`;
}

async function kubeletArguments(cluster: Cluster, folder: string, socket: string, token: string): Promise<string[]> {
  const config = join(folder, 'kubelet.yaml');
  await writeFile(
    config,
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: network.address,
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: false },
        x509: { clientCAFile: cluster.authority.own.certificate },
      },
      // Only the API server has a certificate.
      authorization: { mode: 'AlwaysAllow' },
      cgroupDriver: 'cgroupfs',
      containerRuntimeEndpoint: `unix://${socket}`,
      enforceNodeAllocatable: [],
      // A busy disk of a machine that tests is no reason to evict.
      evictionHard: { 'memory.available': '10Mi' },
      failCgroupV1: false,
      failSwapOn: false,
      healthzPort: 0,
      imageGCHighThresholdPercent: 100,
      oomScoreAdj: 0,
      podLogsDir: join(folder, 'pod-logs'),
      volumePluginDir: join(folder, 'volume-plugins'),
    }),
  );
  return [
    ...[`--config=${config}`, `--kubeconfig=${await cluster.kubeconfigOf('kubelet', token)}`],
    ...[`--root-dir=${join(folder, 'kubelet')}`, `--cert-dir=${join(folder, 'kubelet-certificates')}`],
    ...[`--hostname-override=${nodeName}`, `--node-ip=${network.address}`],
  ];
}

/** Processes that name this socket on their command line. */
function processesOf(socket: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(socket);
      } catch {
        return false;
      }
    })
    .map(Number);
}
