import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOnPath } from '../../sandbox/provision/commandOnPath';
import { commandOutput } from '../../sandbox/provision/commandOutput';
import { goBuild } from '../../sandbox/provision/goBuild';
import { MissingToolError } from '../../sandbox/provision/missingToolError';
import { packageFile } from '../../sandbox/provision/packageFile';
import { provisionOne } from '../../sandbox/provision/provision';
import { type ServerRecipe } from '../../sandbox/provision/serverRecipe';
import { plainLines } from '../../sandbox/provision';
import { printed } from './command';

/** What the go.mod of the pinned versions asks for. */
const MINIMUM_GO = '1.26';

const moduleFolder = (name: string) => packageFile('scripts', 'kubernetes', 'modules', name);

interface GoTools {
  readonly name: string;
  readonly label: string;
  readonly environmentVariable: string;
  readonly version: string;
  readonly buildTime: string;
  /** The folder of `modules` that pins it. */
  readonly module: string;
  /** Import paths by executable; the last one is built last, and stands for all. */
  readonly commands: Readonly<Record<string, string>>;
  readonly linkerFlags?: readonly string[];
  readonly commandOnPath?: string;
  readonly inspect: ServerRecipe['inspect'];
}

const HELM = '4.3.1';
const KUBERNETES = '1.36.3';
const KEDA = '2.21.0';

/** Without the stamps an API server says that it is v0.0.0, which no chart's `kubeVersion` takes. */
const kubernetesStamp = [
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=36',
];

async function kubernetesVersion(path: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const [, version] = /v([\d.]+)/.exec(await commandOutput(path, ['--version'], environment)) ?? [];
  if (version === undefined) throw new Error(`${path} is no part of Kubernetes`);
  return version;
}

const helmTool: GoTools = {
  name: 'helm',
  label: 'Helm',
  environmentVariable: 'FARCOPY_HELM',
  version: HELM,
  buildTime: 'about 4 minutes',
  module: 'helm',
  commands: { helm: 'helm.sh/helm/v4/cmd/helm' },
  linkerFlags: [`-X helm.sh/helm/v4/internal/version.version=v${HELM}`],
  commandOnPath: 'helm',
  inspect: async (path, environment) => {
    const answer = await commandOutput(path, ['version', '--short'], environment);
    const [, version, major, minor] = /v((\d+)\.(\d+)\.\d+)/.exec(answer) ?? [];
    if (version === undefined) throw new Error(`${path} is not Helm`);
    if (Number(major) < 3 || (major === '3' && Number(minor) < 18))
      throw new Error(`${path} is version ${version}; 3.18 or later is needed`);
    return version;
  },
};

const apiServerTool: GoTools = {
  name: 'kube-apiserver',
  label: "Kubernetes' API server",
  environmentVariable: 'FARCOPY_KUBE_APISERVER',
  version: KUBERNETES,
  buildTime: 'about 5 minutes',
  module: 'kubernetes',
  commands: { 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  linkerFlags: kubernetesStamp,
  inspect: kubernetesVersion,
};

const kubectlTool: GoTools = {
  name: 'kubectl',
  label: 'kubectl',
  environmentVariable: 'FARCOPY_KUBECTL',
  version: KUBERNETES,
  buildTime: 'about 2 minutes',
  module: 'kubernetes',
  commands: { kubectl: 'k8s.io/kubernetes/cmd/kubectl' },
  linkerFlags: kubernetesStamp,
  commandOnPath: 'kubectl',
  inspect: async (path, environment) => {
    const answer = await commandOutput(path, ['version', '--client', '--output', 'json'], environment);
    return (JSON.parse(answer) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion.slice(1);
  },
};

const nodeTool: GoTools = {
  name: 'kubernetes-node',
  label: 'what runs pods of Kubernetes',
  environmentVariable: 'FARCOPY_KUBELET',
  version: KUBERNETES,
  buildTime: 'about 3 minutes',
  module: 'kubernetes',
  commands: {
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  },
  linkerFlags: kubernetesStamp,
  inspect: kubernetesVersion,
};

const kedaTool: GoTools = {
  name: 'keda',
  label: 'KEDA',
  environmentVariable: 'FARCOPY_KEDA_OPERATOR',
  version: KEDA,
  buildTime: 'about 8 minutes',
  module: 'keda',
  commands: {
    adapter: 'github.com/kedacore/keda/v2/cmd/adapter',
    operator: 'github.com/kedacore/keda/v2/cmd/operator',
  },
  inspect: async () => 'unknown',
};

const pauseTool: GoTools = {
  name: 'pause',
  label: 'the process that holds the network of a pod',
  environmentVariable: 'FARCOPY_PAUSE',
  version: '1',
  buildTime: 'seconds',
  module: 'pause',
  commands: { pause: 'farcopy/scripts/kubernetes/pause' },
  inspect: async () => 'unknown',
};

/** The paths of the executables of a tool, found or built. */
async function goTool(tool: GoTools): Promise<Readonly<Record<string, string>>> {
  const executables = Object.keys(tool.commands);
  const last = executables.at(-1) ?? tool.name;
  const folder = moduleFolder(tool.module);
  const { path } = await provisionOne(
    {
      ...tool,
      expects: `the \`${last}\` command${executables.length > 1 ? `, with ${executables.join(', ')} beside it` : ''}`,
      lockFiles: [join(folder, 'go.mod'), join(folder, 'go.sum')],
      executable: last,
      buildSteps: async (directory, environment) =>
        Promise.all(
          Object.entries(tool.commands).map(async ([executable, command]) =>
            goBuild(
              { folder, command, executable, minimumGo: MINIMUM_GO, linkerFlags: tool.linkerFlags ?? [] },
              directory,
              environment,
            ),
          ),
        ),
    },
    { onProgress: plainLines((line) => console.error(line)) },
  );
  return Object.fromEntries(
    executables.map((executable) => [executable, executable === last ? path : join(dirname(path), executable)]),
  );
}

export interface ChartTools {
  readonly helm: string;
  readonly apiServer: string;
  readonly kubectl: string;
  readonly etcd: string;
  readonly openssl: string;
  /** Folders of custom resource definitions that the chart's optional objects are of. */
  readonly definitions: readonly string[];
}

/**
 * What checks of the chart against an API server need: found on this machine, or built once.
 *
 * @throws MissingToolError that says in a line how to get what is never built; ProvisionError where a build fails.
 */
export async function chartTools(): Promise<ChartTools> {
  // Before minutes of building.
  const etcd = installed('etcd', 'etcd-server');
  const openssl = installed('openssl', 'openssl');
  const { helm = '' } = await goTool(helmTool);
  const { 'kube-apiserver': apiServer = '' } = await goTool(apiServerTool);
  const { kubectl = '' } = await goTool(kubectlTool);
  const definitions = [
    join(await moduleSource('keda', 'github.com/kedacore/keda/v2'), 'config', 'crd', 'bases'),
    join(
      await moduleSource('prometheus-operator', 'github.com/prometheus-operator/prometheus-operator'),
      'example',
      'prometheus-operator-crd',
    ),
  ];
  return { helm, apiServer, kubectl, etcd, openssl, definitions };
}

/** @throws MissingToolError with the package of Debian and Ubuntu that has it. */
function installed(command: string, debianPackage: string): string {
  const path =
    commandOnPath(command, process.env) ??
    commandOnPath(command, { PATH: '/usr/local/sbin:/usr/sbin:/sbin:/opt/cni/bin:/usr/lib/cni' });
  if (path === undefined)
    throw new MissingToolError(`\`${command}\` is needed: apt install ${debianPackage} (Debian, Ubuntu)`);
  return path;
}

/** The folder that Go keeps a module's own files in, fetched if it is not there. */
async function moduleSource(folder: string, module: string): Promise<string> {
  const options = {
    cwd: moduleFolder(folder),
    env: { ...process.env, GOFLAGS: '', GOWORK: 'off' },
    timeoutSeconds: 300,
  };
  const go = installed('go', 'golang');
  await printed(go, ['mod', 'download', module], options);
  return (await printed(go, ['list', '-m', '-f', '{{.Dir}}', module], options)).trim();
}

export interface NodeTools extends ChartTools {
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kubelet: string;
  /** Null: it is left out. */
  readonly keda: { readonly operator: string; readonly adapter: string } | null;
  readonly pause: string;
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  /** The folder of network plugins. */
  readonly cniFolder: string;
}

/**
 * What a node of Kubernetes needs besides.
 *
 * @param withKeda false where nobody wants to wait for its build
 * @throws as {@link chartTools}
 */
export async function nodeTools(withKeda: boolean): Promise<NodeTools> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new MissingToolError('a node of Kubernetes needs Linux, and root: npm run test:helm needs neither');
  const containerd = installed('containerd', 'containerd');
  const ctr = installed('ctr', 'containerd');
  const runc = installed('runc', 'runc');
  installed('ip', 'iproute2');
  installed('unshare', 'util-linux');
  const bridge = ['/usr/lib/cni', '/opt/cni/bin'].find((folder) => existsSync(join(folder, 'bridge')));
  if (bridge === undefined)
    throw new MissingToolError(
      'network plugins are needed in /usr/lib/cni or /opt/cni/bin: apt install containernetworking-plugins (Debian, Ubuntu)',
    );
  const tools = await chartTools();
  const parts = await goTool(nodeTool);
  const { operator = '', adapter = '' } = withKeda ? await goTool(kedaTool) : {};
  const { pause = '' } = await goTool(pauseTool);
  return {
    ...tools,
    controllerManager: parts['kube-controller-manager'] ?? '',
    scheduler: parts['kube-scheduler'] ?? '',
    kubelet: parts.kubelet ?? '',
    keda: withKeda ? { operator, adapter } : null,
    ...{ pause, containerd, ctr, runc, cniFolder: bridge },
  };
}
