import { createServer, connect } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { packageFile } from '../../../sandbox/provision/packageFile';
import { plainLines, provision } from '../../../sandbox/provision';
import { seedSandbox, type Seeded } from '../../../sandbox/cli/seedSandbox';
import { stateDirectory, type StateDirectory } from '../../../sandbox/cli/stateDirectory';
import { demoSeed } from '../../../sandbox/demo/demoSeed';
import { changeSettings } from '../../../sandbox/seed/emulatorControl';
import { defaultRegion, externalId, externalIdVariable, gcsProject } from '../../../sandbox/seed/sandboxAccounts';
import { startAwsEmulator, startTemporalServer } from '../../../sandbox/servers';
import { freePort } from '../../../sandbox/servers/freePort';
import { type RunningServer, startSupervised } from '../../../sandbox/servers/supervisedServer';
import { ran, type Ran } from '../command';
import { network } from './node';

/** Temporal and the emulated clouds, outside the cluster: pods reach them at the network's own address. */
export interface Outside {
  readonly seeded: Seeded;
  readonly state: StateDirectory;
  readonly awsEndpoint: string;
  readonly temporalAddress: string;
  /** What pods need to reach the clouds. */
  readonly variables: Readonly<Record<string, string>>;
  /** Runs `farcopy` on this machine. */
  farcopy(args: readonly string[], timeoutSeconds?: number): Promise<Ran>;
  /**
   * Keeps back what these say to the other cloud, and tells how to let it through again.
   *
   * @param isHeld of an address of the node's network
   */
  holdOtherCloud(isHeld: (address: string) => boolean): () => void;
  stop(): Promise<void>;
}

/** @param clusters how many databases are seeded */
export async function startOutside(folder: string, clusters: number): Promise<Outside> {
  const state = stateDirectory(join(folder, 'sandbox'));
  await mkdir(state.logs, { recursive: true });
  const paths = await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator'], {
    onProgress: plainLines((line) => console.error(line)),
  });
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const server of running.reverse()) await server.stop();
  };
  try {
    const temporal = await startTemporalServer({
      path: paths['temporal-cli'].path,
      headless: true,
      logFile: join(state.logs, 'temporal.log'),
    });
    running.push(temporal);
    const temporalAddress = await forwarded(temporal.address, running);
    const aws = await startAwsEmulator({ path: paths['aws-emulator'].path, logFile: join(state.logs, 'aws.log') });
    running.push(aws);
    const awsEndpoint = `http://${await forwarded(aws.endpoint.replace('http://', ''), running)}`;
    const gcs = await startGcs(paths['gcs-emulator'].path, state.logs);
    running.push(gcs);
    const gate = new Gate();
    await forwarded(gcs.endpoint.replace('http://', ''), running, gate);
    await changeSettings(awsEndpoint, { limits: { 'manual-cluster-snapshots': 200 } });
    const servers = {
      awsEndpoint,
      gcsEndpoint: gcs.endpoint,
      temporalAddress,
      temporalNamespace: 'default',
      startedAt: new Date().toISOString(),
    };
    const seed = demoSeed(clusters);
    const plain = {
      ...seed,
      resources: seed.resources.map(({ data: _, ...rest }) => ({ ...rest, tags: { backup: 'true' } })),
    };
    const seeded = await seedSandbox(state, servers, plain, 'panda');
    const variables = {
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_ACCESS_KEY_ID: seeded.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: seeded.credentials.secretAccessKey,
      AWS_REGION: defaultRegion,
      STORAGE_EMULATOR_HOST: gcs.endpoint,
      GOOGLE_CLOUD_PROJECT: gcsProject,
    };
    const environment = {
      ...variables,
      PATH: process.env.PATH,
      HOME: folder,
      TEMPORAL_ADDRESS: temporalAddress,
      FARCOPY_FLEET: state.fleetFile,
      [externalIdVariable]: externalId,
    };
    return {
      ...{ seeded, state, awsEndpoint, temporalAddress, variables, stop },
      farcopy: async (args, timeoutSeconds = 120) =>
        ran(process.execPath, [packageFile('dist', 'bin', 'farcopy.js'), ...args], {
          env: environment,
          timeoutSeconds,
        }),
      holdOtherCloud: (isHeld) => gate.hold(isHeld),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Keeps back what some say, until it is opened. */
class Gate {
  private isHeld: (address: string) => boolean = () => false;
  private kept: (() => void)[] = [];

  hold(isHeld: (address: string) => boolean): () => void {
    this.isHeld = isHeld;
    return () => {
      this.isHeld = () => false;
      for (const handOn of this.kept.splice(0)) handOn();
    };
  }

  /** What comes from an address goes through here. */
  from(address: string): Transform {
    return new Transform({
      transform: (bytes, _, done) => {
        const handOn = () => done(null, bytes);
        if (this.isHeld(address)) this.kept.push(handOn);
        else handOn();
      },
    });
  }
}

/** Listens at the network's own address, and hands on what comes to a server that listens on 127.0.0.1 alone. */
async function forwarded(address: string, running: { stop(): Promise<void> }[], gate?: Gate): Promise<string> {
  const port = Number(address.split(':')[1]);
  const open = new Set<{ destroy(): unknown }>();
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
    if (gate === undefined) incoming.pipe(outgoing);
    else incoming.pipe(gate.from(incoming.remoteAddress ?? '')).pipe(outgoing);
    outgoing.pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, network.address, resolve);
  });
  running.push({
    stop: async () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  });
  return `${network.address}:${port}`;
}

/** Its answers name where uploads go on, and so the network's own address. */
async function startGcs(path: string, logs: string): Promise<RunningServer & { endpoint: string }> {
  const port = await freePort();
  const address = `${network.address}:${port}`;
  const endpoint = `http://${address}`;
  const { pid, stop } = await startSupervised(
    {
      label: 'the GCS emulator',
      command: path,
      args: [
        ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory', '-log-level', 'warn'],
        ...['-public-host', address, '-external-url', endpoint],
      ],
      cwd: logs,
      env: { PATH: process.env.PATH },
      logFile: join(logs, 'gcs.log'),
      graceSeconds: 0,
      readyWithinSeconds: 60,
    },
    async (signal) => {
      const url = `http://127.0.0.1:${port}/_internal/healthcheck`;
      while (!(await fetch(url, { signal }).catch(() => null))?.ok) await delay(100, undefined, { signal });
    },
  );
  return { endpoint, pid, stop };
}
