import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../sandbox/servers/freePort';
import { startSupervised } from '../../sandbox/servers/supervisedServer';
import { Authority } from './certificates';
import { type CommandOptions, printed, ran, type Ran } from './command';
import { type ChartTools } from './tools';

/** An API server with its store, on this machine. */
export interface Cluster {
  /** For `KUBECONFIG`: an administrator's. */
  readonly kubeconfig: string;
  readonly authority: Authority;
  /** What tokens of service accounts are signed with, PEM. */
  readonly serviceAccountKey: string;
  /** A kubeconfig file of another user: one who has a token. */
  kubeconfigOf(name: string, token: string): Promise<string>;
  /** @throws Error where kubectl fails */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  tryKubectl(args: readonly string[], options?: CommandOptions): Promise<Ran>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly tools: ChartTools;
  readonly folder: string;
  /** Where it is reached by others than this machine's own processes. */
  readonly address?: string;
  /** Tokens of further users: `token → user,uid,"group"`. */
  readonly tokens?: readonly string[];
}

/** Starts etcd and an API server of Kubernetes, and waits until it is ready. Both end with this process. */
export async function startCluster({
  tools,
  folder,
  address = '127.0.0.1',
  tokens = [],
}: ClusterOptions): Promise<Cluster> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await Authority.make(tools.openssl, folder);
  const accounts = await authority.keyPair('service-accounts');
  const server = await authority.sign('server', '/CN=kube-apiserver', `DNS:localhost,IP:127.0.0.1,IP:${address}`);
  const toKubelets = await authority.sign('to-kubelets', '/O=system:masters/CN=kube-apiserver');
  const frontProxy = await authority.sign('front-proxy', '/CN=front-proxy');
  const admin = randomBytes(16).toString('hex');
  const tokenFile = join(folder, 'tokens.csv');
  await writeFile(tokenFile, [`${admin},admin,admin,"system:masters"`, ...tokens].join('\n'), { mode: 0o600 });

  const etcd = await startEtcd(tools.etcd, folder);
  const port = await freePort();
  const url = `https://${address}:${port}`;
  const kubeconfigOf = async (name: string, token: string) => {
    const file = join(folder, `${name}.kubeconfig`);
    await writeFile(file, kubeconfig(url, authority.own.certificate, token), { mode: 0o600 });
    return file;
  };
  const administrators = await kubeconfigOf('admin', admin);
  const environment = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: administrators };
  const tryKubectl = async (args: readonly string[], options: CommandOptions = {}) =>
    ran(tools.kubectl, args, { env: environment, ...options });
  const apiServer = await startSupervised(
    {
      label: "Kubernetes' API server",
      command: tools.apiServer,
      args: [
        `--etcd-servers=${etcd.url}`,
        ...[`--bind-address=${address}`, `--secure-port=${port}`, '--endpoint-reconciler-type=none'],
        // Else it looks for a default route, which a network of its own does not have.
        `--advertise-address=${address}`,
        ...[`--tls-cert-file=${server.certificate}`, `--tls-private-key-file=${server.key}`],
        ...[
          `--token-auth-file=${tokenFile}`,
          '--authorization-mode=Node,RBAC',
          '--service-cluster-ip-range=10.254.0.0/24',
        ],
        ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${accounts.public}`],
        `--service-account-signing-key-file=${accounts.private}`,
        ...[`--client-ca-file=${authority.own.certificate}`, '--kubelet-preferred-address-types=InternalIP'],
        ...[`--kubelet-client-certificate=${toKubelets.certificate}`, `--kubelet-client-key=${toKubelets.key}`],
        // So that it hands the metrics that autoscalers ask for on to an adapter.
        ...[`--requestheader-client-ca-file=${authority.own.certificate}`, '--requestheader-allowed-names=front-proxy'],
        ...['--requestheader-username-headers=X-Remote-User', '--requestheader-group-headers=X-Remote-Group'],
        ...['--requestheader-extra-headers-prefix=X-Remote-Extra-', '--enable-aggregator-routing=true'],
        ...[`--proxy-client-cert-file=${frontProxy.certificate}`, `--proxy-client-key-file=${frontProxy.key}`],
      ],
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      logFile: join(folder, 'kube-apiserver.log'),
      graceSeconds: 5,
      readyWithinSeconds: 120,
    },
    async (signal) => {
      while ((await tryKubectl(['get', '--raw', '/readyz'])).code !== 0) await delay(250, undefined, { signal });
    },
  ).catch(async (error: unknown) => {
    await etcd.stop();
    throw error;
  });
  return {
    kubeconfig: administrators,
    authority,
    serviceAccountKey: accounts.private,
    kubeconfigOf,
    kubectl: async (args, options = {}) => printed(tools.kubectl, args, { env: environment, ...options }),
    tryKubectl,
    stop: async () => {
      await apiServer.stop();
      await etcd.stop();
    },
  };
}

async function startEtcd(path: string, folder: string) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const { stop } = await startSupervised(
    {
      label: 'etcd',
      command: path,
      args: [
        ...['--data-dir', join(folder, 'etcd')],
        ...['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peers],
        ...['--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`],
      ],
      cwd: folder,
      env: { PATH: process.env.PATH },
      logFile: join(folder, 'etcd.log'),
      graceSeconds: 0,
      readyWithinSeconds: 60,
    },
    async (signal) => {
      while (!(await fetch(`${url}/health`, { signal }).catch(() => null))?.ok) await delay(100, undefined, { signal });
    },
  );
  return { url, stop };
}

function kubeconfig(url: string, authority: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
