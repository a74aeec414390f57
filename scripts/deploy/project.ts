import { setTimeout as delay } from 'node:timers/promises';
import { packageFile } from '../../sandbox/provision/packageFile';
import { type Seeded } from '../../sandbox/cli/seedSandbox';
import { defaultRegion, externalId, externalIdVariable, gcsProject } from '../../sandbox/seed/sandboxAccounts';
import { outputOf, type ProgramEnd, runProgram } from './runProgram';

export type Profile = 'default' | 'production-like';

/** What is called how in a profile. */
export interface ProfileNames {
  /** Options of `docker compose` in front of its command. */
  readonly options: readonly string[];
  /** What `up` names; nothing: all services without a profile. */
  readonly up: readonly string[];
  readonly worker: string;
  readonly transferWorker: string;
  readonly temporal: string;
  /** For `docker compose run`. */
  readonly command: string;
}

export const profiles: Readonly<Record<Profile, ProfileNames>> = {
  default: {
    options: [],
    up: [],
    worker: 'worker',
    transferWorker: 'transfer-worker',
    temporal: 'temporal',
    command: 'farcopy',
  },
  // As the head of docker-compose.yml says it.
  'production-like': {
    options: ['--profile', 'production-like'],
    up: ['production-worker', 'production-transfer-worker', 'production-ui'],
    worker: 'production-worker',
    transferWorker: 'production-transfer-worker',
    temporal: 'production-temporal',
    command: 'production-farcopy',
  },
};

/** Where the compose file publishes the emulators. */
export const endpoints = { awsEndpoint: 'http://127.0.0.1:5000', gcsEndpoint: 'http://127.0.0.1:4443' };

/** With these, containers beside those of the compose file reach the same clouds as the same principal. */
export function emulatedClouds({ credentials }: Seeded): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: defaultRegion,
    AWS_ENDPOINT_URL: 'http://aws:5000',
    STORAGE_EMULATOR_HOST: 'http://gcs:4443',
    GOOGLE_CLOUD_PROJECT: gcsProject,
    [externalIdVariable]: externalId,
  };
}

/** Not the file's own, under which somebody may run it. */
const name = 'farcopy-test-deploy';
const root = packageFile();
/** Whatever the environment says of other projects. */
const project = ['--project-directory', root, '--file', packageFile('docker-compose.yml'), '--project-name', name];

export interface Container {
  readonly id: string;
  readonly health: string;
  /** 0 while it runs. */
  readonly exitCode: number;
  readonly isRunning: boolean;
  /** When it was started, epoch milliseconds. */
  readonly startedAt: number;
}

/** The unmodified docker-compose.yml, run as a user runs it. */
export class Project {
  readonly names: ProfileNames;
  /** The network that all its containers are in. */
  readonly network = `${name}_default`;

  constructor(
    profile: Profile,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly logFile: string,
    private readonly signal: AbortSignal,
  ) {
    this.names = profiles[profile];
  }

  /** @throws Error with what it printed last, where its exit code is not 0. */
  async compose(...words: readonly string[]): Promise<string> {
    return outputOf(this.words(words), this.options());
  }

  /** A command of Farcopy in a container of its own, however it ends. */
  async farcopy(...words: readonly string[]): Promise<ProgramEnd> {
    return runProgram(this.words(['run', '--rm', '-T', this.names.command, ...words]), this.options());
  }

  async docker(...words: readonly string[]): Promise<string> {
    return outputOf(['docker', ...words], this.options());
  }

  /** Of a container, stdout and stderr, each line with its time. */
  async logsOf(id: string): Promise<string> {
    const { stdout, stderr } = await runProgram(['docker', 'logs', '--timestamps', id], this.options());
    return stdout + stderr;
  }

  async up(...more: readonly string[]): Promise<void> {
    await this.compose('up', '--build', '--detach', ...more, ...this.names.up);
  }

  /** Ends and removes all there is, of every profile. Goes on although the run was stopped. */
  async down(): Promise<void> {
    const every = ['--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '45'];
    const { environment, logFile } = this;
    await outputOf(['docker', 'compose', ...project, ...every], { environment, logFile, cwd: root });
  }

  async containers(service: string): Promise<Container[]> {
    const ids = (await this.compose('ps', '--all', '--quiet', service)).split('\n').filter((id) => id !== '');
    return Promise.all(ids.map((id) => this.container(id)));
  }

  async container(id: string): Promise<Container> {
    const { State } = (JSON.parse(await this.docker('inspect', id)) as [Inspected])[0];
    return {
      id,
      health: State.Health?.Status ?? 'none',
      exitCode: State.ExitCode,
      isRunning: State.Running,
      startedAt: Date.parse(State.StartedAt),
    };
  }

  /** @throws Error when they are not all healthy within the time. */
  async healthy(service: string, count: number, seconds: number): Promise<Container[]> {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      const running = (await this.containers(service)).filter(({ isRunning }) => isRunning);
      if (running.length === count && running.every(({ health }) => health === 'healthy')) return running;
      if (Date.now() > until)
        throw new Error(
          `${service}: of ${count} containers, ${running.length} run after ${seconds} s, as ${running.map(({ health }) => health).join(', ')}`,
        );
      await delay(500, undefined, { signal: this.signal });
    }
  }

  /** What `seed` has written. */
  async seeded(): Promise<Seeded> {
    return JSON.parse(await this.written('seeded.json')) as Seeded;
  }

  async fleetFile(): Promise<string> {
    return this.written('fleet.yaml');
  }

  /** From the volume that all share. */
  private async written(file: string): Promise<string> {
    const program = `process.stdout.write(require('fs').readFileSync('/var/lib/farcopy/${file}'))`;
    return this.compose('run', '--rm', '-T', '--entrypoint', 'node', this.names.command, '-e', program);
  }

  /** Containers, volumes and networks of the project, although the run was stopped. */
  async left(): Promise<string[]> {
    const filter = ['--filter', `label=com.docker.compose.project=${name}`];
    const { environment, logFile } = this;
    const list = (...words: readonly string[]) => outputOf(['docker', ...words, ...filter], { environment, logFile });
    const found = await Promise.all([
      list('ps', '--all', '--format', 'container {{.Names}}'),
      list('volume', 'ls', '--format', 'volume {{.Name}}'),
      list('network', 'ls', '--format', 'network {{.Name}}'),
    ]);
    return found.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  }

  private words(words: readonly string[]): string[] {
    return ['docker', 'compose', ...project, '--ansi', 'never', ...this.names.options, ...words];
  }

  private options() {
    return { environment: this.environment, logFile: this.logFile, signal: this.signal, cwd: root };
  }
}

interface Inspected {
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
}
