import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Seeded } from '../../sandbox/cli/seedSandbox';
import { type RenderedResource, renderStack } from '../../sandbox/seed/cloudFormation';
import { changeSettings, plantSeed } from '../../sandbox/seed/emulatorControl';
import { defaultRegion, externalId, principal } from '../../sandbox/seed/sandboxAccounts';
import { seedRequest } from '../../sandbox/seed/seedRequest';
import { demand } from './image';
import { type Container, emulatedClouds, endpoints, type Project } from './project';

/** A container as the template defines it. Nothing else may be in one: it would not be tried. */
interface EcsContainer {
  readonly Name: string;
  readonly Image: string;
  readonly Essential?: boolean;
  readonly User: string;
  readonly ReadonlyRootFilesystem: boolean;
  readonly LinuxParameters: {
    readonly InitProcessEnabled?: boolean;
    readonly Capabilities: { readonly Drop: string[] };
  };
  readonly EntryPoint?: readonly string[];
  readonly Command: readonly string[];
  readonly StopTimeout?: number;
  readonly DependsOn?: readonly { readonly ContainerName: string; readonly Condition: 'SUCCESS' }[];
  readonly MountPoints: readonly {
    readonly SourceVolume: string;
    readonly ContainerPath: string;
    readonly ReadOnly: boolean;
  }[];
  readonly HealthCheck?: {
    readonly Command: readonly string[];
    readonly StartPeriod: number;
    readonly Interval: number;
    readonly Timeout: number;
    readonly Retries: number;
  };
  readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly LogConfiguration: unknown;
}

interface EcsTask {
  readonly Cpu: string;
  readonly Memory: string | number;
  readonly Volumes: readonly { readonly Name: string }[];
  readonly ContainerDefinitions: readonly EcsContainer[];
}

const known = new Set([
  ...['Name', 'Image', 'Essential', 'User', 'ReadonlyRootFilesystem', 'LinuxParameters', 'EntryPoint', 'Command'],
  ...['StopTimeout', 'DependsOn', 'MountPoints', 'HealthCheck', 'Environment', 'Secrets', 'LogConfiguration'],
]);

/** Tasks of workers.yaml, by what its services are called. */
const ecsTasks = { fleet: 'FleetTask', transfer: 'TransferTask', mark: 'MarkTask', prune: 'PruneTask' } as const;
type TaskName = keyof typeof ecsTasks;
const taskNames = Object.keys(ecsTasks) as TaskName[];
const worker = 'farcopy';

const secret = (name: string) => `arn:aws:secretsmanager:eu-west-1:${principal.account}:secret:farcopy/${name}-a1b2c3`;
const fleetFileArn = secret('fleet-file');
const externalIdArn = secret('external-id');
const projectName = 'farcopy-test-ecs';
const healthyWithinSeconds = 180;

/** The tasks of deploy/cloudformation/workers.yaml, run by Docker as ECS runs them: image, words, user, rights, volumes, health. */
export class EcsTasks {
  private folder: string | null = null;

  constructor(
    private readonly project: Project,
    private readonly seeded: Seeded,
  ) {}

  /** Starts every task once, and waits until ECS would call it healthy. @returns what there is to tell. */
  async start(): Promise<string[]> {
    this.folder = await mkdtemp(path.join(os.tmpdir(), 'farcopy-ecs-'));
    const stack = rendered();
    await this.giveRights(stack);
    const document = JSON.stringify(await this.composeFile(stack), null, 2).replaceAll('$', '$$$$');
    await writeFile(this.file, document, { mode: 0o600 });
    await this.compose('up', '--detach');
    const until = Date.now() + healthyWithinSeconds * 1000;
    for (;;) {
      const states = await Promise.all(taskNames.map((name) => this.container(name)));
      if (states.every((state) => state?.health === 'healthy')) break;
      const seen = states.map((state, i) => `${taskNames[i]}: ${state?.health ?? 'not there'}`).join(', ');
      demand(Date.now() < until, `after ${healthyWithinSeconds} s: ${seen}`);
      await delay(1_000);
    }
    return [`${taskNames.join(', ')}: each is healthy by its own check`];
  }

  /** As `aws ecs run-task` with another command runs one: the output of `CommandTask` names the fleet's. */
  async command(...words: readonly string[]): Promise<string> {
    return this.compose('run', '--rm', '-T', 'fleet', ...words);
  }

  /** Stops all. @returns the exit codes of the workers. */
  async stop(): Promise<(number | null)[]> {
    await this.compose('stop');
    return (await Promise.all(taskNames.map((name) => this.container(name)))).map((state) => state?.exitCode ?? null);
  }

  async close(): Promise<void> {
    if (this.folder === null) return;
    await this.compose('down', '--volumes').catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  /** From now on the emulated AWS allows what the template's role allows, and no more. */
  private async giveRights(stack: ReadonlyMap<string, RenderedResource>): Promise<void> {
    const { Policies } = stack.get('WorkerRole')?.properties as { Policies: Policy[] };
    const request = seedRequest(this.seeded.seed);
    const { policies = {} } = request.principal;
    const [sandboxOwn] = Object.values(policies) as { Statement: { Sid: string }[] }[];
    // Beside it: the roles of retention, which tasks of their own have, and the sandbox's visitors.
    const beside = sandboxOwn?.Statement.filter(({ Sid }) => Sid !== 'TakeOnRoles');
    await plantSeed(endpoints.awsEndpoint, {
      ...request,
      principal: {
        ...request.principal,
        policies: {
          ...Object.fromEntries(Policies.map((policy) => [policy.PolicyName, policy.PolicyDocument])),
          beside: { Version: '2012-10-17', Statement: beside },
        },
      },
    });
    await changeSettings(endpoints.awsEndpoint, { enforcePermissions: true });
  }

  private async composeFile(stack: ReadonlyMap<string, RenderedResource>): Promise<object> {
    const secrets = new Map([
      [fleetFileArn, await this.project.fleetFile()],
      [externalIdArn, externalId],
    ]);
    const entries = taskNames.flatMap((name) => {
      const task = stack.get(ecsTasks[name])?.properties as unknown as EcsTask;
      return task.ContainerDefinitions.map((container) => [
        serviceOf(name, container.Name),
        this.service(name, task, container, secrets),
      ]);
    });
    return {
      name: projectName,
      services: Object.fromEntries(entries) as object,
      volumes: Object.fromEntries(taskNames.map((name) => [`${name}-fleet`, {}])),
      networks: { default: { external: true, name: this.project.network } },
    };
  }

  private service(
    name: TaskName,
    task: EcsTask,
    container: EcsContainer,
    secrets: ReadonlyMap<string, string>,
  ): Readonly<Record<string, unknown>> {
    const strange = Object.keys(container).filter((key) => !known.has(key));
    demand(strange.length === 0, `${name}: nothing here does what ${strange.join(', ')} says`);
    const value = (arn: string) => {
      const found = secrets.get(arn);
      if (found === undefined) throw new Error(`${name}: nobody has given the secret ${arn}`);
      return found;
    };
    const { HealthCheck: health, EntryPoint: entry, StopTimeout: stop, DependsOn: needed } = container;
    return {
      image: container.Image,
      user: container.User,
      read_only: container.ReadonlyRootFilesystem,
      cap_drop: container.LinuxParameters.Capabilities.Drop,
      init: container.LinuxParameters.InitProcessEnabled ?? false,
      cpus: Number(task.Cpu) / 1024,
      mem_limit: `${task.Memory}m`,
      ...(entry === undefined ? {} : { entrypoint: entry }),
      command: container.Command,
      ...(stop === undefined ? {} : { stop_grace_period: `${stop}s` }),
      ...(needed === undefined
        ? {}
        : {
            depends_on: Object.fromEntries(
              needed.map(({ ContainerName }) => [
                serviceOf(name, ContainerName),
                { condition: 'service_completed_successfully' },
              ]),
            ),
          }),
      volumes: container.MountPoints.map(
        ({ SourceVolume, ContainerPath, ReadOnly }) =>
          `${name}-${SourceVolume}:${ContainerPath}${ReadOnly ? ':ro' : ''}`,
      ),
      healthcheck:
        health === undefined
          ? { disable: true }
          : {
              test: health.Command,
              start_period: `${health.StartPeriod}s`,
              interval: `${health.Interval}s`,
              timeout: `${health.Timeout}s`,
              retries: health.Retries,
            },
      environment: {
        // A task has its credentials of ECS.
        ...emulatedClouds(this.seeded),
        ...Object.fromEntries((container.Environment ?? []).map(({ Name, Value }) => [Name, Value])),
        ...Object.fromEntries((container.Secrets ?? []).map(({ Name, ValueFrom }) => [Name, value(ValueFrom)])),
      },
    };
  }

  private async container(name: TaskName): Promise<Container | undefined> {
    const id = (await this.compose('ps', '--all', '--quiet', serviceOf(name, worker))).trim();
    return id === '' ? undefined : this.project.container(id);
  }

  private get file(): string {
    return path.join(this.folder ?? '', 'compose.json');
  }

  private async compose(...words: readonly string[]): Promise<string> {
    return this.project.docker('compose', '--file', this.file, '--ansi', 'never', ...words);
  }
}

interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

function serviceOf(task: TaskName, container: string): string {
  return container === worker ? task : `${task}-${container}`;
}

function rendered(): ReadonlyMap<string, RenderedResource> {
  return renderStack({
    template: 'workers',
    account: principal.account,
    region: defaultRegion,
    parameters: {
      ...{ Image: 'farcopy', VpcId: 'vpc-1', SubnetIds: 'subnet-1,subnet-2', RunsRetention: 'true' },
      ...{ TemporalAddress: 'temporal:7233', TemporalTls: 'false' },
      ...{ FleetFileArn: fleetFileArn, ExternalIdSecretArn: externalIdArn },
    },
  });
}
