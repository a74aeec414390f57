import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../sandbox/servers/freePort';
import { startSupervised } from '../../../sandbox/servers/supervisedServer';
import { type Cluster } from '../apiServer';
import { type NodeTools } from '../tools';
import { network } from './node';

const namespace = 'keda';

/** Runs KEDA's operator, and the adapter through which autoscalers ask for its metrics, outside the cluster. */
export async function startKeda(
  cluster: Cluster,
  tools: NonNullable<NodeTools['keda']>,
  folder: string,
): Promise<{ stop(): Promise<void> }> {
  const certificates = join(folder, 'keda-certificates');
  await mkdir(certificates);
  const own = await cluster.authority.sign('keda', '/CN=keda', `IP:127.0.0.1,IP:${network.address}`);
  await copyFile(cluster.authority.own.certificate, join(certificates, 'ca.crt'));
  await copyFile(own.certificate, join(certificates, 'tls.crt'));
  await copyFile(own.key, join(certificates, 'tls.key'));
  await cluster.kubectl(['create', 'namespace', namespace]);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    KUBECONFIG: cluster.kubeconfig,
    WATCH_NAMESPACE: '',
    POD_NAMESPACE: namespace,
    KEDA_CLUSTER_OBJECT_NAMESPACE: namespace,
  };
  const usual = { cwd: folder, env, graceSeconds: 5, readyWithinSeconds: 120 };
  const metrics = `127.0.0.1:${await freePort()}`;
  const probe = `127.0.0.1:${await freePort()}`;
  const operator = await startSupervised(
    {
      ...usual,
      label: "KEDA's operator",
      command: tools.operator,
      args: [
        ...[`--metrics-service-bind-address=${metrics}`, `--health-probe-bind-address=${probe}`],
        ...['--metrics-bind-address=0', `--cert-dir=${certificates}`],
      ],
      logFile: join(folder, 'keda-operator.log'),
    },
    async (signal) => {
      while (!(await fetch(`http://${probe}/readyz`, { signal }).catch(() => null))?.ok)
        await delay(250, undefined, { signal });
    },
  );
  const port = await freePort();
  try {
    const adapter = await startSupervised(
      {
        ...usual,
        label: "KEDA's adapter",
        command: tools.adapter,
        args: [
          ...[`--metrics-service-address=${metrics}`, `--bind-address=${network.address}`, `--secure-port=${port}`],
          ...[`--cert-dir=${certificates}`, `--tls-cert-file=${own.certificate}`, `--tls-private-key-file=${own.key}`],
          ...['lister', 'authentication', 'authorization'].map((kind) => `--${kind}-kubeconfig=${cluster.kubeconfig}`),
          `--port=${await freePort()}`,
        ],
        logFile: join(folder, 'keda-adapter.log'),
      },
      async (signal) => {
        await register(cluster, port);
        const asked = ['get', '--raw', '/apis/external.metrics.k8s.io/v1beta1'];
        while ((await cluster.tryKubectl(asked)).code !== 0) await delay(500, undefined, { signal });
      },
    );
    return {
      stop: async () => {
        await cluster.kubectl(['delete', 'apiservice', 'v1beta1.external.metrics.k8s.io', '--ignore-not-found']);
        await adapter.stop();
        await operator.stop();
      },
    };
  } catch (error) {
    await operator.stop();
    throw error;
  }
}

/** Has the API server hand on to the adapter what autoscalers ask. */
async function register(cluster: Cluster, port: number): Promise<void> {
  const metadata = { name: 'keda-metrics-apiserver', namespace };
  const items = [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port }],
      endpoints: [{ addresses: [network.address], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: {
        ...{ group: 'external.metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
        ...{ insecureSkipTLSVerify: true, service: { name: metadata.name, namespace } },
      },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'external-metrics' },
      rules: [{ apiGroups: ['external.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'external-metrics' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'external-metrics' },
      subjects: [{ kind: 'ServiceAccount', name: 'horizontal-pod-autoscaler', namespace: 'kube-system' }],
    },
  ];
  await cluster.kubectl(['apply', '--server-side', '--filename', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}
