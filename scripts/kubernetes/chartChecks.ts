import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packageFile } from '../../sandbox/provision/packageFile';
import { transferTaskQueue } from '../../src/core/naming';
import { type Cluster } from './apiServer';
import { type Cases, casesWith, chartFolder, fleetFile, refused } from './chartCases';
import { type Checks, expect } from './checks';
import { type Helm, type Manifest, type PodTemplate } from './helm';
import { type ChartTools } from './tools';

/** The chart against an API server that runs nothing: it admits or refuses objects as any other. */
export async function checkChart(checks: Checks, cluster: Cluster, helm: Helm, tools: ChartTools): Promise<void> {
  await checks.check('the definitions of KEDA and of the Prometheus Operator are there', async () => {
    for (const folder of tools.definitions)
      await cluster.kubectl(['apply', '--server-side', '--filename', folder, '--recursive']);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  });
  await checks.check('a namespace enforces the Pod Security Standard `restricted`', async () => {
    await makeNamespace(cluster, helm.namespace);
    // Which a controller would make.
    await cluster.kubectl(['create', '--namespace', helm.namespace, 'serviceaccount', 'default']);
    const { code, stderr } = await dryRun(cluster, helm.namespace, [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'any' },
        spec: { containers: [{ name: 'any', image: 'any' }] },
      },
    ]);
    expect(code !== 0 && /violates PodSecurity "restricted/.test(stderr), `any pod is admitted: ${stderr}`);
  });
  const own = await cluster.authority.sign('client', '/CN=client');
  const cases = casesWith({ certificate: readFileSync(own.certificate, 'utf8'), key: readFileSync(own.key, 'utf8') });
  for (const [name, { values, makes }] of Object.entries(cases)) {
    await checks.check(`${name}: helm lint --strict`, () => helm.lint(values));
    await checks.check(`${name}: the API server takes every object`, async () => {
      const manifests = await helm.template(values);
      const made = Object.fromEntries(
        [...new Set(manifests.map(({ kind }) => kind))].map((kind) => [
          kind,
          manifests.filter((manifest) => manifest.kind === kind).length,
        ]),
      );
      expect(isDeepStrictEqual(made, makes), `it makes ${JSON.stringify(made)} instead of ${JSON.stringify(makes)}`);
      const { code, stderr } = await dryRun(cluster, helm.namespace, manifests);
      expect(code === 0, stderr);
      expect(!/warning/i.test(stderr), stderr);
      return `${manifests.length} objects`;
    });
    await checks.check(`${name}: \`restricted\` admits every pod`, async () => {
      const manifests = await helm.template(values);
      // A pod is admitted only where its account is there.
      const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount');
      if (accounts.length > 0) await apply(cluster, helm.namespace, accounts);
      const pods = templatesOf(manifests).map(([of, template]) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...template.metadata, name: of },
        spec: template.spec,
      }));
      const { code, stderr } = await dryRun(cluster, helm.namespace, pods);
      if (accounts.length > 0)
        await cluster.kubectl([
          ...['delete', '--namespace', helm.namespace, 'serviceaccounts'],
          ...accounts.map(({ metadata }) => metadata.name),
        ]);
      expect(code === 0, stderr);
      return `${pods.length} pods`;
    });
  }
  for (const [name, { values, says }] of Object.entries(refused))
    await checks.check(`refused: ${name}`, async () => {
      const { code, stderr } = await helm.try(['template', 'farcopy', chartFolder], values);
      expect(code !== 0, 'Helm takes it');
      expect(says.test(stderr), `it is refused in other words: ${stderr}`);
    });
  await checkMeaning(checks, helm, cases);
  await checkRelease(checks, cluster, helm, cases);
}

/** What objects that are valid have to say as well. */
async function checkMeaning(checks: Checks, helm: Helm, cases: Cases): Promise<void> {
  const of = async (name: string) => helm.template(cases[name]?.values ?? {});
  const autoscaled = await of('KEDA and the Prometheus Operator; nothing by itself');
  await checks.check('each worker has the three probes, and longer to end than work gets', async () => {
    for (const values of Object.values(cases))
      for (const [name, { spec }] of templatesOf(await helm.template(values.values))) {
        const [container] = spec.containers;
        if (container?.args[0] !== 'worker') continue;
        const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
          (probe) => probe?.httpGet.path,
        );
        expect(isDeepStrictEqual(paths, ['/livez', '/livez', '/readyz']), `${name} is asked ${paths.join(', ')}`);
        const drain = Number.parseInt(container.args[container.args.indexOf('--drain-timeout') + 1] ?? '', 10);
        expect((spec.terminationGracePeriodSeconds ?? 0) > drain, `${name} is killed while it drains`);
      }
  });
  await checks.check('workers of retention run as accounts of their own', async () => {
    const pods = templatesOf(await of('workers of retention, each as its own principal'));
    const accounts = new Map(pods.map(([name, { spec }]) => [name, spec.serviceAccountName]));
    const [fleet, mark, prune] = ['fleet', 'mark', 'prune'].map((queue) => accounts.get(`farcopy-${queue}`));
    expect(new Set([fleet, mark, prune]).size === 3, [...accounts].join('; '));
  });
  await checks.check('KEDA asks for the task queue of transfers, and keeps one worker', () => {
    const spec = named(autoscaled, 'ScaledObject').spec as {
      minReplicaCount: number;
      triggers: { metadata: { taskQueue: string } }[];
    };
    const { taskQueue } = spec.triggers[0]?.metadata ?? {};
    expect(taskQueue === transferTaskQueue('panda'), `it asks for ${taskQueue}`);
    expect(spec.minReplicaCount === 1, `it keeps ${spec.minReplicaCount}`);
    const deployment = autoscaled.find(
      ({ metadata, kind }) => kind === 'Deployment' && /transfer$/.test(metadata.name),
    );
    expect(deployment?.spec?.replicas === undefined, 'helm upgrade would undo what KEDA has set');
  });
  await checks.check('the rules for Prometheus are those of deploy/prometheus', () => {
    const rules: unknown = parse(readFileSync(packageFile('deploy', 'prometheus', 'farcopy.rules.yaml'), 'utf8'));
    expect(isDeepStrictEqual(named(autoscaled, 'PrometheusRule').spec, rules), 'they differ');
  });
}

/** A release from its installation to its end. Nothing runs its pods, nor the hook. */
async function checkRelease(checks: Checks, cluster: Cluster, helm: Helm, cases: Cases): Promise<void> {
  const values = (file: string) => ({ ...cases['the least that is needed']?.values, fleet: { file } });
  const checksum = async () =>
    cluster.kubectl([
      ...['get', '--namespace', helm.namespace, 'deployment', 'farcopy-fleet', '--output'],
      'jsonpath={.spec.template.metadata.annotations.checksum/fleet-file}',
    ]);
  const before = await objectsOf(cluster, helm.namespace);
  let first = '';
  await checks.check('helm install', async () => {
    await helm.change('install', values(fleetFile), ['--no-hooks']);
    first = await checksum();
  });
  await checks.check('helm upgrade with another fleet file rolls the pods', async () => {
    await helm.change('upgrade', values(`${fleetFile}# another one\n`), ['--no-hooks']);
    expect(first !== '' && (await checksum()) !== first, 'the pods are as they were');
  });
  await checks.check('helm rollback brings the first one back', async () => {
    await helm.run(['rollback', 'farcopy', '1', '--no-hooks']);
    expect((await checksum()) === first, 'the pods are others');
  });
  await checks.check('helm uninstall leaves nothing', async () => {
    await helm.run(['uninstall', 'farcopy', '--no-hooks', '--cascade', 'background']);
    const left = (await objectsOf(cluster, helm.namespace)).filter((object) => !before.includes(object));
    expect(left.length === 0, left.join('\n'));
  });
}

export async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl(['create', 'namespace', name]);
  const levels = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await cluster.kubectl(['label', 'namespace', name, ...levels]);
}

/** Every object of the chart's kinds in the namespace. */
export async function objectsOf(cluster: Cluster, namespace: string): Promise<string[]> {
  const kinds =
    'all,configmaps,secrets,serviceaccounts,jobs,networkpolicies,poddisruptionbudgets,scaledobjects.keda.sh,triggerauthentications.keda.sh';
  const text = await cluster.kubectl(['get', '--namespace', namespace, kinds, '--output', 'name']);
  return text.split('\n').filter((line) => line !== '');
}

function templatesOf(manifests: readonly Manifest[]): (readonly [string, PodTemplate])[] {
  return manifests.flatMap(({ metadata, spec }) =>
    spec?.template === undefined ? [] : [[metadata.name, spec.template] as const],
  );
}

function named(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  expect(found !== undefined, `there is no ${kind}`);
  return found;
}

const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

async function apply(cluster: Cluster, namespace: string, items: readonly object[]): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--namespace', namespace, '--filename', '-'], {
    input: listOf(items),
  });
}

/** Has the API server judge objects, every field of them, and keep none. */
async function dryRun(cluster: Cluster, namespace: string, items: readonly object[]) {
  const words = ['--server-side', '--dry-run=server', '--validate=strict', '--namespace', namespace, '--filename', '-'];
  return cluster.tryKubectl(['apply', ...words], { input: listOf(items) });
}
