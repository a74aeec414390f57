import { setTimeout as delay } from 'node:timers/promises';
import { AwsClouds } from '../../../sandbox/demo/awsClouds';
import { proveRun } from '../../../sandbox/demo/proof';
import { sandboxTier } from '../../../sandbox/seed/fleetText';
import { externalId } from '../../../sandbox/seed/sandboxAccounts';
import { readFileSync } from 'node:fs';
import { type Cluster } from '../apiServer';
import { makeNamespace, objectsOf } from '../chartChecks';
import { type Checks, expect } from '../checks';
import { type Helm } from '../helm';
import { type NodeTools } from '../tools';
import { startKeda } from './keda';
import { network } from './node';
import { type Outside } from './outside';

/** How far a backup says it came. */
interface BackedUp {
  readonly recoveryPoints: readonly { readonly state: string; readonly scheduledTime: string }[];
  readonly requests: readonly {
    readonly resource: { readonly account: string; readonly region: string; readonly id: string };
    readonly scheduledTime: string;
  }[];
}

export interface Running {
  readonly checks: Checks;
  readonly cluster: Cluster;
  readonly helm: Helm;
  readonly tools: NodeTools;
  readonly outside: Outside;
  readonly folder: string;
  /** `repository:tag` */
  readonly image: string;
}

const mostTransferWorkers = 4;
/** By the rules of this tier copies go to another cloud as well. */
const tierOfTransfers = 'critical';
/** A node of two cores has room for all of them at once. */
const resources = { requests: { cpu: '50m' } };

/** The chart on a node: its pods run, and the clouds are asked what they made. */
export async function checkOnNode(running: Running): Promise<void> {
  const { checks, cluster, helm, outside, image } = running;
  const { namespace } = helm;
  const [repository, tag] = [image.slice(0, image.lastIndexOf(':')), image.slice(image.lastIndexOf(':') + 1)];
  const fleetFile = readFileSync(outside.state.fleetFile, 'utf8');
  const values = {
    image: { repository, tag, pullPolicy: 'Never' },
    fleet: { file: fleetFile },
    externalId: { value: externalId },
    temporal: { address: outside.temporalAddress },
    environment: outside.variables,
    drainSeconds: 5,
    workers: { fleet: { resources }, transfer: { resources } },
  };
  const wait = ['--wait', '--timeout', '5m'];
  const inNamespace = async (...args: string[]) => cluster.kubectl(['--namespace', namespace, ...args]);
  const untilReady = async () => {
    for (const name of ['fleet', 'transfer'])
      await cluster.kubectl(
        ['--namespace', namespace, 'rollout', 'status', `deployment/farcopy-${name}`, '--timeout=240s'],
        { timeoutSeconds: 250 },
      );
  };
  await makeNamespace(cluster, namespace);
  const before = await objectsOf(cluster, namespace);

  const isInstalled = await checks.check('helm install: workers are ready, and `farcopy apply` has run', async () => {
    const told = await helm.change('install', values, wait);
    const { stdout } = await outside.farcopy(['schedules', '--json']);
    const { schedules } = JSON.parse(stdout) as { schedules: unknown[] };
    expect(schedules.length > 0, 'Temporal has no schedule of the fleet');
    const pods = (await inNamespace('get', 'pods', '--output', 'name')).trim().split('\n');
    expect(pods.length === 3, `there are ${pods.join(', ')}`);
    expect(told.includes('rollout status'), 'the notes do not tell the next commands');
    return `${pods.length} pods, ${schedules.length} schedules`;
  });
  if (!isInstalled) {
    // Else nobody knows why.
    const pods = await cluster.tryKubectl(['--namespace', namespace, 'describe', 'pods']);
    const logs = ['fleet', 'apply'].map(async (component) => {
      const words = ['logs', '--selector', `app.kubernetes.io/component=${component}`, '--tail=30', '--prefix'];
      return (await cluster.tryKubectl(['--namespace', namespace, ...words])).stdout;
    });
    throw new Error(['the chart does not run:', pods.stdout, ...(await Promise.all(logs))].join('\n'));
  }
  await checks.check(
    'a worker runs as nobody in particular, without capabilities, on a root that is read-only',
    async () => {
      const program = `
      const fs = require('node:fs');
      const status = Object.fromEntries(fs.readFileSync('/proc/1/status', 'utf8').split('\\n').map((line) => line.split(/:\\s*/)));
      let written = 'writable';
      try { fs.writeFileSync('/opt/farcopy/x', ''); } catch (error) { written = error.code; }
      console.log(JSON.stringify([status.Uid.split('\\t')[0], status.CapEff, status.NoNewPrivs, status.Seccomp, written]));`;
      const seen = (await inNamespace('exec', 'deployment/farcopy-fleet', '--', 'node', '-e', program)).trim();
      expect(seen === '["1000","0000000000000000","1","2","EROFS"]', seen);
      return 'user 1000, no capability, no new privileges, seccomp, EROFS';
    },
  );
  await checks.check('`farcopy check` in a pod, as the notes have it', async () => {
    const words = ['exec', 'deployment/farcopy-fleet', '--', 'node', '/opt/farcopy/dist/bin/farcopy.js', 'check'];
    await inNamespace(...words);
  });
  await checks.check('a backup across a roll-out and the death of every pod: all proven', async () => {
    const began = performance.now();
    const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
    let isOver = false;
    const backup = outside.farcopy(['backup', '--all', '--json'], 420).finally(() => (isOver = true));
    await delay(2_000);
    await inNamespace('rollout', 'restart', 'deployment');
    await untilReady();
    const rolled = seconds();
    expect(!isOver, `the backup was over before the roll-out, after ${rolled} s`);
    await inNamespace('delete', 'pods', '--all', '--force', '--grace-period=0');
    const killed = seconds();
    await delay(500);
    expect(!isOver, 'the backup was over before the pods were killed');
    const { code, stdout, stderr } = await backup;
    const problems = await unproven(JSON.parse(stdout) as BackedUp, outside);
    expect(code === 0 && problems.length === 0, [`exit code ${code}`, ...problems, stderr].join('\n'));
    await untilReady();
    return `${outside.seeded.seed.resources.length} clusters; rolled out after ${rolled} s, killed after ${killed} s, done after ${seconds()} s`;
  });

  if (running.tools.keda !== null) await checkScaling(running, values, running.tools.keda);

  await checks.check('helm upgrade and rollback: `farcopy apply` follows the fleet file there and back', async () => {
    // What would have to be changed for Temporal to fit the first fleet file.
    const differs = async () => {
      const { stdout } = await outside.farcopy(['apply', '--dry-run', '--json']);
      return (JSON.parse(stdout) as { schedules: readonly unknown[] }).schedules.length > 0;
    };
    expect(!(await differs()), 'the schedules are not those of the first fleet file');
    const revision = (JSON.parse(await helm.run(['history', 'farcopy', '--output', 'json'])) as unknown[]).length;
    const later = fleetFile.replaceAll('schedule: "0 ', 'schedule: "17 ');
    await helm.change('upgrade', { ...values, fleet: { file: later } }, wait);
    expect(await differs(), 'the schedules are as they were before the upgrade');
    await helm.run(['rollback', 'farcopy', String(revision), ...wait]);
    expect(!(await differs()), 'the schedules are not as they were');
    return `the schedules of revision ${revision + 1}, and those of revision ${revision} again`;
  });
  await checks.check('helm uninstall leaves nothing', async () => {
    const installed = (await objectsOf(cluster, namespace)).length - before.length;
    await helm.run(['uninstall', 'farcopy', ...wait]);
    const gone = async () => (await objectsOf(cluster, namespace)).filter((object) => !before.includes(object));
    // Pods drain, and what they were of is collected.
    for (let tries = 0; tries < 60 && (await gone()).length > 0; tries++) await delay(1_000);
    const left = await gone();
    expect(left.length === 0, left.join('\n'));
    return `${installed} objects are gone`;
  });
}

/** KEDA scales the workers of transfers up by a backlog, and down again. */
async function checkScaling(
  { checks, cluster, helm, outside, folder }: Running,
  values: object,
  tools: NonNullable<NodeTools['keda']>,
): Promise<void> {
  const autoscaling = { enabled: true, maxReplicas: mostTransferWorkers, cooldownSeconds: 10 };
  const wait = ['--wait', '--timeout', '5m'];
  const inNamespace = async (...args: string[]) => cluster.kubectl(['--namespace', helm.namespace, ...args]);
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
  const seen: string[] = [];
  const replicas = async () => {
    const path = 'jsonpath={.status.readyReplicas}';
    const count = Number(await inNamespace('get', 'deployment', 'farcopy-transfer', '--output', path));
    const last = seen.at(-1);
    if (last === undefined || !last.startsWith(`${count} `)) seen.push(`${count} after ${seconds()} s`);
    return count;
  };
  const until = async (wanted: number, within: number) => {
    const since = performance.now();
    while ((await replicas()) !== wanted) {
      if (performance.now() - since > within * 1000) {
        const autoscaler = await cluster.tryKubectl([
          '--namespace',
          helm.namespace,
          'describe',
          'hpa,scaledobject,pods',
        ]);
        throw new Error(`not ${wanted} workers within ${within} s: ${seen.join(', ')}\n${autoscaler.stdout}`);
      }
      await delay(1_000);
    }
  };
  let keda: Awaited<ReturnType<typeof startKeda>> | undefined;
  const runs = await checks.check("KEDA's operator and adapter run", async () => {
    keda = await startKeda(cluster, tools, folder);
  });
  if (!runs) return;
  try {
    const clusters = outside.seeded.seed.resources.map(({ id }) => id);
    await checks.check(
      `KEDA scales transfers from 1 to ${mostTransferWorkers} by a backlog, and back to 1`,
      async () => {
        await helm.change(
          'upgrade',
          { ...values, workers: { fleet: { resources }, transfer: { resources, autoscaling } } },
          wait,
        );
        await until(1, 60);
        // Workers of the fleet write down what is to be transferred. Those of transfers get no answer: a backlog grows.
        const selector = ['--selector', 'app.kubernetes.io/component=fleet'];
        const answered = await inNamespace('get', 'pods', ...selector, '--output', 'jsonpath={.items[*].status.podIP}');
        const release = outside.holdOtherCloud(
          (address) => address !== network.address && !answered.split(' ').includes(address),
        );
        const backup = outside.farcopy(['backup', ...clusters, '--tier', tierOfTransfers, '--json'], 560);
        try {
          await until(mostTransferWorkers, 240);
        } finally {
          release();
          await backup;
        }
        const { code, stdout, stderr } = await backup;
        expect(code === 0, `the backup ended with ${code}: ${stderr}\n${stdout}`);
        seen.push(`the backup done after ${seconds()} s`);
        await until(1, 240);
        return `workers: ${seen.join(', ')}`;
      },
    );
    await checks.check(
      'what a backlog held up has arrived: each cluster has a verified copy in the other cloud',
      async () => {
        const { stdout } = await outside.farcopy(['copies', '--place', 'other-cloud', '--limit', '0', '--json']);
        const { copies } = JSON.parse(stdout) as { copies: { resource: string; verified: string | null }[] };
        const verified = new Set(copies.filter(({ verified }) => verified !== null).map(({ resource }) => resource));
        const missing = outside.seeded.arns.filter((arn) => !verified.has(arn));
        expect(missing.length === 0, `not ${missing.join(', ')}`);
        return `${verified.size} clusters`;
      },
    );
  } finally {
    await checks.check('helm upgrade without autoscaling takes its objects away', async () => {
      await helm.change('upgrade', values, wait);
      const objects = ['scaledobjects.keda.sh', 'horizontalpodautoscalers'].join(',');
      await cluster.kubectl(
        ['--namespace', helm.namespace, 'wait', '--for=delete', objects, '--all', '--timeout=60s'],
        { timeoutSeconds: 70 },
      );
    });
    // What it scales is removed while it is there to let it go.
    await keda?.stop();
  }
}

/** Asks the clouds, not Farcopy. */
async function unproven({ requests }: BackedUp, { awsEndpoint, seeded }: Outside): Promise<readonly string[]> {
  const clouds = new AwsClouds(awsEndpoint, seeded.credentials);
  const times = new Map(requests.map(({ resource, scheduledTime }) => [resource.id, scheduledTime]));
  try {
    const clusters = seeded.seed.resources.map(({ account, region, id }, i) => ({
      ...{ account, region, id, arn: seeded.arns[i] ?? '', tier: sandboxTier },
      scheduledTime: new Date(times.get(id) ?? 0),
    }));
    return (await proveRun({ fleet: seeded.fleet, clusters, endedAt: new Date() }, clouds)).missing;
  } finally {
    await clouds.close();
  }
}
