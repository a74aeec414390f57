import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type RunningSandbox } from '../../sandbox/cli/runningSandbox';
import { stateDirectory } from '../../sandbox/cli/stateDirectory';
import { sandboxEnvironment, sandboxVariables } from '../../sandbox/cli/sandboxEnvironment';
import { provision } from '../../sandbox/provision';
import { type AwsKeyPair, changeSettings, plantSeed, type SeedRequest } from '../../sandbox/seed/emulatorControl';
import { type CloudEndpoints, plantBuckets } from '../../sandbox/seed/plantBuckets';
import { plantScratchServer, type ScratchServer } from '../../sandbox/seed/plantScratchServer';
import { plantDatabase } from '../../sandbox/seed/plantDatabase';
import { type Seed, type SeedDenial } from '../../sandbox/seed/seed';
import { externalId } from '../../sandbox/seed/sandboxAccounts';
import { seedRequest, vaultRegions } from '../../sandbox/seed/seedRequest';
import {
  farcopySearchAttributes,
  startAwsEmulator,
  startGcsEmulator,
  startTemporalServer,
  type TemporalServerOptions,
} from '../../sandbox/servers';
import { retriesUntil } from '../../src/client/retriesUntil';
import { type Database } from './database';
import { EmulatorControl } from './emulatorControl';
import { type Left, leftInBuckets, leftInFolder, leftInTemporal } from './leftBehind';
import { commandsThatEnded } from './program';
import { SecretSearch } from './secretSearch';

/** A key beside those that every account has. */
type ExtraKey = SeedRequest['keys'][number] & { readonly denyPrincipals?: readonly string[] };

export interface CloudSandboxOptions {
  readonly databases: readonly Database[];
  readonly keys?: readonly ExtraKey[];
  /** Seconds an operation takes. */
  readonly seconds?: { readonly snapshot: number; readonly copy: number; readonly crossRegionCopy: number };
  /** Settings of the emulator besides. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Namespaces besides `default`. */
  readonly namespaces?: readonly string[];
  /** The fleet whose buckets are made: {@link exportBucket} in the vault account, {@link backupBucket} in GCS. */
  readonly bucketsOf?: string;
  /** What roles are not granted. */
  readonly denials?: readonly SeedDenial[];
  /** The Temporal server keeps everything in a file, so that it can be killed. Default: in its memory. */
  readonly temporalOnDisk?: boolean;
}

/** A Temporal server, and who talks to it. */
interface TemporalSide {
  readonly address: string;
  readonly connection: Connection;
  readonly hasEnded: boolean;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** A start with what its file has, at the same address. */
  revive(): Promise<void>;
  /** Nothing of it is used again. */
  end(): Promise<unknown>;
}

/** A Temporal server and the emulated clouds, which end with this process however it ends. */
export class CloudSandbox {
  private readonly ends: (() => Promise<unknown>)[] = [];
  private temporalServers = 1;
  /** Secrets where none may be. */
  private readonly leaks = new Set<string>();

  private constructor(
    /** Where files of the sandbox go; removed at the end. */
    readonly folder: string,
    readonly temporalCli: string,
    private temporal: TemporalSide,
    readonly awsEndpoint: string,
    readonly gcsEndpoint: string,
    readonly control: EmulatorControl,
    readonly credentials: AwsKeyPair,
  ) {}

  get temporalAddress(): string {
    return this.temporal.address;
  }

  static async start(options: CloudSandboxOptions): Promise<CloudSandbox> {
    const { namespaces = [], temporalOnDisk = false } = options;
    const servers = await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres']);
    const folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
    const temporalCli = servers['temporal-cli'].path;
    const [temporal, aws, gcs] = await Promise.all([
      startTemporal({
        path: temporalCli,
        namespaces,
        searchAttributes: farcopySearchAttributes,
        logFile: join(folder, 'temporal.log'),
        ...(temporalOnDisk ? { dbFile: join(folder, 'temporal.db') } : {}),
      }),
      startAwsEmulator({
        path: servers['aws-emulator'].path,
        postgresBin: servers.postgres.path,
        logFile: join(folder, 'aws.log'),
      }),
      startGcsEmulator({ path: servers['gcs-emulator'].path, logFile: join(folder, 'gcs.log') }),
    ]);
    const stopClouds = () => Promise.all([aws.stop(), gcs.stop()]);
    const endpoints = { awsEndpoint: aws.endpoint, gcsEndpoint: gcs.endpoint };
    const credentials = await fill(endpoints, options).catch(async (error: unknown) => {
      // Nobody gets a sandbox to end.
      await Promise.all([temporal.end(), stopClouds()]);
      throw error;
    });
    const control = new EmulatorControl(aws.endpoint);
    const sandbox = new CloudSandbox(folder, temporalCli, temporal, aws.endpoint, gcs.endpoint, control, credentials);
    sandbox.endsWith(stopClouds);
    sandbox.endsWith(() => sandbox.loseTemporal());
    sandbox.endsWith(() => sandbox.searchFilesAndClouds());
    return sandbox;
  }

  /** The Temporal server is killed and started again; it knows what it has written into its file. */
  async crashTemporal(): Promise<void> {
    await this.killTemporal();
    await this.reviveTemporal();
  }

  /** `kill -9` of the Temporal server: its file is left. */
  async killTemporal(): Promise<void> {
    await this.temporal.kill();
  }

  /** It is started again, with what its file has. */
  async reviveTemporal(): Promise<void> {
    await this.temporal.revive();
  }

  /** Temporal is gone with everything it knew; the clouds are as they were. */
  async loseTemporal(): Promise<void> {
    if (this.temporal.hasEnded) return;
    try {
      this.search(await leftInTemporal(this.temporal.connection), await this.searchForSecrets());
    } finally {
      await this.temporal.end();
    }
  }

  /** A new server that knows nothing, in place of the one that was lost. Clients of that one are of no more use. */
  async startEmptyTemporal(): Promise<void> {
    this.temporalServers += 1;
    const logFile = join(this.folder, `temporal-${this.temporalServers}.log`);
    this.temporal = await startTemporal({ path: this.temporalCli, logFile });
  }

  /** What Temporal keeps, as it keeps it. */
  leftInTemporal(): Promise<Left[]> {
    return leftInTemporal(this.temporal.connection);
  }

  client(namespace = 'default'): Client {
    return new Client({ connection: this.temporal.connection, namespace });
  }

  /** The environment in which `farcopy` and `temporal` work with this sandbox and a fleet file. */
  environment(fleetFile: string, namespace: string): NodeJS.ProcessEnv {
    const sandbox: RunningSandbox = {
      version: 1,
      startedAt: new Date().toISOString(),
      pid: process.pid,
      control: { port: 0, token: '' },
      temporalAddress: this.temporalAddress,
      temporalNamespace: namespace,
      temporalUi: '',
      awsEndpoint: this.awsEndpoint,
      gcsEndpoint: this.gcsEndpoint,
      temporalCli: this.temporalCli,
    };
    const state = stateDirectory(this.folder);
    const variables = sandboxVariables(state, sandbox, { credentials: this.credentials }, process.env);
    return sandboxEnvironment({ ...variables, FARCOPY_FLEET: fleetFile, XDG_STATE_HOME: this.folder }, process.env);
  }

  /** An empty PostgreSQL server in the scratch account, for drills of copies in the other cloud. */
  scratchServer(): Promise<ScratchServer> {
    return plantScratchServer(this.awsEndpoint);
  }

  /** Has this done when the sandbox ends, before what was asked for earlier. */
  endsWith(end: () => Promise<unknown>): void {
    this.ends.unshift(end);
  }

  /** @throws Error when a secret stands where it may not: in logs, histories, objects, or in what commands have said. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    // Servers are to end, whatever was found before.
    for (const end of this.ends) await end().catch((error: unknown) => failures.push(error));
    await rm(this.folder, { recursive: true, force: true });
    if (this.leaks.size > 0) throw new Error(`secrets were left behind:\n${[...this.leaks].join('\n')}`);
    if (failures.length > 0) throw failures[0];
  }

  private async searchFilesAndClouds(): Promise<void> {
    // Whoever searches is not to be troubled by what the tests have left.
    await Promise.all([this.control.heal(), this.control.permit()]);
    const search = await this.searchForSecrets();
    const said = commandsThatEnded.map(({ words, stdout, stderr }) => ({
      where: `what ${words.join(' ')} said`,
      content: Buffer.from(stdout + stderr),
    }));
    this.search([...said, ...(await leftInFolder(this.folder)), ...(await leftInBuckets(this))], search);
  }

  private async searchForSecrets(): Promise<SecretSearch> {
    // AWS does not call an external id a secret; docs/security.md promises that it is stored nowhere.
    return new SecretSearch([...(await this.control.secrets()), { name: 'external id', value: externalId }]);
  }

  private search(left: readonly Left[], search: SecretSearch): void {
    for (const { where, content } of left)
      for (const secret of search.in(content)) this.leaks.add(`${secret} in ${where}`);
  }
}

async function startTemporal(options: Omit<TemporalServerOptions, 'headless'>): Promise<TemporalSide> {
  let server = await startTemporalServer({ ...options, headless: true });
  const ended = new AbortController();
  const connection = await Connection.connect({
    address: server.address,
    // A failed test's last question must not be asked into the next test.
    interceptors: [retriesUntil(ended.signal)],
  });
  return {
    address: server.address,
    connection,
    get hasEnded() {
      return ended.signal.aborted;
    },
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
    },
    async revive() {
      const port = Number(server.address.split(':')[1]);
      server = await startTemporalServer({ ...options, headless: true, port });
    },
    async end() {
      if (ended.signal.aborted) return;
      ended.abort();
      await connection.close();
      await server.stop();
    },
  };
}

/** Puts into the clouds what the options say. */
async function fill(endpoints: CloudEndpoints, options: CloudSandboxOptions): Promise<AwsKeyPair> {
  const { databases, keys = [], settings = {}, bucketsOf, denials } = options;
  const { snapshot, copy, crossRegionCopy } = options.seconds ?? { snapshot: 1, copy: 1, crossRegionCopy: 2 };
  const { awsEndpoint } = endpoints;
  await changeSettings(awsEndpoint, {
    timeScale: 1,
    // Under the templates of deploy/cloudformation.
    enforcePermissions: true,
    durations: {
      snapshot: { base: snapshot, perGiB: 0 },
      'copy-same-region': { base: copy, perGiB: 0 },
      'copy-cross-region': { base: crossRegionCopy, perGiB: 0 },
      export: { base: 2, perGiB: 0 },
      restore: { base: 1, perGiB: 0 },
      'create-instance': { base: 1, perGiB: 0 },
    },
    ...settings,
  });
  const seed = { ...seedOf(databases), denials };
  const request = seedRequest(seed);
  const { credentials } = await plantSeed(awsEndpoint, { ...request, keys: [...request.keys, ...keys] });
  await Promise.all([
    bucketsOf === undefined ? undefined : plantBuckets(endpoints, bucketsOf, vaultRegions(seed)),
    ...databases.map(({ data, seed: _, ...database }) => data && plantDatabase(awsEndpoint, { ...database, data })),
  ]);
  return credentials;
}

const engines = {
  'aurora-cluster': 'aurora-postgresql',
  'documentdb-cluster': 'docdb',
  'neptune-cluster': 'neptune',
  'multi-az-cluster': 'postgres',
  'rds-instance': 'postgres',
} as const;

function seedOf(databases: readonly Database[]): Seed {
  const accounts = [...new Set(databases.map(({ account }) => account))];
  const resources = databases.map(({ seed, ...database }) => ({
    ...database,
    sizeGb: 10,
    engine: engines[database.kind],
    status: 'available',
    ...seed,
  }));
  return { accounts, resources };
}
