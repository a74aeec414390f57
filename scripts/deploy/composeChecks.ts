import { setTimeout as delay } from 'node:timers/promises';
import { type Seeded } from '../../sandbox/cli/seedSandbox';
import { BothClouds } from '../../sandbox/demo/bothClouds';
import { restoredCluster } from '../../sandbox/demo/restoreCluster';
import { changeSettings } from '../../sandbox/seed/emulatorControl';
import { scratchNetwork, secondRegion, vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { EcsTasks } from './ecsTasks';
import { proveEveryPoint } from './everyPoint';
import { demand } from './image';
import { OwnMachine } from './ownMachine';
import { type Container, endpoints, Project } from './project';
import { type ProgramEnd } from './runProgram';
import { type Steps } from './steps';

export interface ComposeContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

const healthyWithinSeconds = 120;
const workers = 3;
/** An emulated copy lasts longer then, so that there is time to kill somebody in its middle. */
const slowTimeScale = 0.03;
/** What is under way when somebody is killed: activities are missed after a minute without heartbeats. */
const provenWithinSeconds = 300;

/** From nothing to nothing, with the development server: what one machine with Docker can do. */
export async function checkDefault(steps: Steps, context: ComposeContext): Promise<void> {
  const project = new Project('default', context.environment, context.logFile, context.signal);
  const round = new Rounds(project, context.signal);
  try {
    await bringUp(steps, project, 'docker compose up, from nothing');
    const { seeded, clouds } = await round.begin();
    await steps.run('the worker has no right, and a root that cannot be written', () => lookIntoWorker(project));
    await steps.run('check finds nothing wrong', () => round.succeeds('check'));
    await steps.need('backup --all, proven by the clouds', () => round.backUp());
    await steps.run('copies lists as many as the clouds have', () => listCopies(project, clouds, seeded, round.count));
    await steps.run('a cluster is restored from the second region', () => restore(project, clouds, seeded));
    await steps.need(`up --scale ${project.names.worker}=${workers}`, async () => {
      await project.up('--scale', `${project.names.worker}=${workers}`);
      await project.healthy(project.names.worker, workers, healthyWithinSeconds);
    });
    await steps.run('a worker is killed in the middle of backup --all', () =>
      round.backUpWhile(async () => {
        const [first] = await project.containers(project.names.worker);
        await project.docker('kill', first?.id ?? '');
        return [`killed one of ${workers} workers`];
      }),
    );
    await steps.run('a second up mends it, and changes nothing that was there', async () => {
      const before = await project.containers(project.names.temporal);
      await project.up('--scale', `${project.names.worker}=${workers}`);
      await project.healthy(project.names.worker, workers, healthyWithinSeconds);
      const after = await project.containers(project.names.temporal);
      demand(before[0]?.id === after[0]?.id, 'Temporal was made anew');
      return round.succeeds('check');
    });
    await steps.run('a worker that is stopped ends by itself', () => stopWorker(project));
    await project.compose('stop', project.names.transferWorker);
    await checkOwnMachine(steps, project, round);
    await checkEcs(steps, project, round);
  } finally {
    await round.close();
    await takeDown(steps, project);
  }
}

/** The file for one machine of docs/deploy.md, in place of the compose file's workers. */
async function checkOwnMachine(steps: Steps, project: Project, round: Rounds): Promise<void> {
  const { seeded } = await round.begin();
  const machine = new OwnMachine(project, seeded);
  try {
    if (!(await steps.run('compose.yaml of docs/deploy.md comes up', () => machine.start()))) return;
    await steps.run('its command: check, and backup --all', async () => {
      await machine.command('check');
      return round.backUpAgain((...words) => machine.command(...words));
    });
  } finally {
    await machine.close();
  }
}

/** What workers.yaml has ECS run, with the rights of its role, in place of the compose file's workers. */
async function checkEcs(steps: Steps, project: Project, round: Rounds): Promise<void> {
  const { seeded, clouds } = await round.begin();
  const tasks = new EcsTasks(project, seeded);
  try {
    if (!(await steps.run('the tasks of workers.yaml, as ECS would run them', () => tasks.start()))) return;
    await steps.run('`farcopy check` as such a task', async () => void (await tasks.command('check')));
    await steps.run('they do a backup --all, with no more rights than their role has', () => round.backUpAgain());
    await steps.run('and a restore', () => restore(project, clouds, seeded, '-2'));
    await steps.run('they end by themselves', async () => {
      const codes = await tasks.stop();
      demand(
        codes.every((code) => code === 0),
        `they ended with ${codes.join(', ')}`,
      );
    });
  } finally {
    await tasks.close();
  }
}

/** The same on PostgreSQL and Temporal's server images: that it comes up, and what a server that dies costs. */
export async function checkProductionLike(steps: Steps, context: ComposeContext, times: number): Promise<void> {
  const project = new Project('production-like', context.environment, context.logFile, context.signal);
  const round = new Rounds(project, context.signal);
  for (let time = 1; time < times; time += 1)
    try {
      await bringUp(steps, project, `the first up, from nothing (${time} of ${times})`);
    } finally {
      await takeDown(steps, project);
    }
  try {
    await bringUp(steps, project, `the first up, from nothing (${times} of ${times})`);
    await round.begin();
    await steps.run('check finds nothing wrong', () => round.succeeds('check'));
    await steps.need('backup --all, proven by the clouds', () => round.backUp());
    await steps.run("Temporal's server is killed and started in the middle of backup --all", () =>
      round.backUpWhile(async () => {
        await project.compose('kill', project.names.temporal);
        await delay(5_000, undefined, { signal: context.signal });
        await project.compose('start', project.names.temporal);
        await project.healthy(project.names.temporal, 1, healthyWithinSeconds);
        return ['it was away for five seconds and its own start'];
      }),
    );
    await steps.run('workers are ready again', async () => {
      await project.healthy(project.names.worker, 1, healthyWithinSeconds);
      await project.healthy(project.names.transferWorker, 1, healthyWithinSeconds);
      return round.succeeds('check');
    });
  } finally {
    await round.close();
    await takeDown(steps, project);
  }
}

/** Backups of all, and what the clouds show of them. */
class Rounds {
  /** How many recovery points each cluster should have. */
  count = 0;
  private seeded: Seeded | null = null;
  private clouds: BothClouds | null = null;

  constructor(
    private readonly project: Project,
    private readonly signal: AbortSignal,
  ) {}

  async begin(): Promise<{ seeded: Seeded; clouds: BothClouds }> {
    if (this.seeded !== null) return this.ready();
    const seeded = await this.project.seeded();
    const clouds = new BothClouds(endpoints, seeded.credentials);
    [this.seeded, this.clouds] = [seeded, clouds];
    return { seeded, clouds };
  }

  async close(): Promise<void> {
    await this.clouds?.close();
  }

  /** A command of Farcopy that ends with 0. */
  async succeeds(...words: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.project.farcopy(...words);
    demand(code === 0, `farcopy ${words.join(' ')} ended with ${code}:\n${(stdout + stderr).trim()}`);
    return [];
  }

  async backUp(): Promise<string[]> {
    const idle = await this.memory();
    let most = idle;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) most = largest(most, await this.memory());
    })();
    const proven = await this.backUpAgain().finally(() => watching.abort());
    await watch;
    return [...proven, ...memoryNotes(idle, most)];
  }

  async backUpAgain(
    farcopy: (...words: readonly string[]) => Promise<unknown> = (...words) => this.succeeds(...words),
  ): Promise<string[]> {
    await farcopy('backup', '--all');
    this.count += 1;
    return this.prove();
  }

  /**
   * Backs up all, does something in the middle of it, and waits until all is proven. The command that waits may lose the server
   * that it asks; the work itself must not be lost.
   */
  async backUpWhile(deed: () => Promise<string[]>): Promise<string[]> {
    await changeSettings(endpoints.awsEndpoint, { timeScale: slowTimeScale });
    const backup = this.project.farcopy('backup', '--all');
    this.count += 1;
    await this.underWay(backup);
    const notes = await deed();
    const { code } = await backup;
    const until = Date.now() + provenWithinSeconds * 1000;
    for (;;)
      try {
        return [...notes, `backup --all ended with ${code}`, ...(await this.prove())];
      } catch (error) {
        if (Date.now() > until) throw error;
        await delay(2_000, undefined, { signal: this.signal });
      }
  }

  /** Until AWS has begun with a copy in the vault. */
  private async underWay(backup: Promise<ProgramEnd>): Promise<void> {
    const { seeded, clouds } = this.ready();
    const [first] = seeded.seed.resources;
    const region = first?.region ?? '';
    let end: ProgramEnd | undefined;
    void backup.then((value) => (end = value));
    for (;;) {
      if ((await clouds.snapshots(vaultAccount, region)).some(({ status }) => status !== 'available')) return;
      if (end !== undefined) throw new Error(`backup --all ended with ${end.code} before anything was under way`);
      await delay(100, undefined, { signal: this.signal });
    }
  }

  private async prove(): Promise<string[]> {
    const { seeded, clouds } = this.ready();
    const { proven, snapshots, problems } = await proveEveryPoint(clouds, seeded, this.count);
    const expected = this.count * seeded.seed.resources.length;
    demand(
      problems.length === 0 && proven === expected,
      [`${proven} of ${expected} are proven`, ...problems].join('\n'),
    );
    return [`${proven} recovery points are proven, with ${snapshots} snapshots and what lies in both buckets`];
  }

  private ready(): { seeded: Seeded; clouds: BothClouds } {
    if (this.seeded === null || this.clouds === null) throw new Error('it has not begun');
    return { seeded: this.seeded, clouds: this.clouds };
  }

  /** MiB that each worker uses, as Docker tells. */
  private async memory(): Promise<Memory> {
    const { worker, transferWorker } = this.project.names;
    const use = new Map<string, number>();
    for (const service of [worker, transferWorker]) {
      const [container] = await this.project.containers(service);
      if (container?.isRunning !== true) continue;
      const told = await this.project.docker('stats', '--no-stream', '--format', '{{.MemUsage}}', container.id);
      const [, number = '0', unit = ''] = /^([\d.]+)(\w+)/.exec(told) ?? [];
      use.set(service, Math.round(Number(number) * (unit === 'GiB' ? 1024 : 1)));
    }
    return use;
  }
}

type Memory = ReadonlyMap<string, number>;

function largest(some: Memory, others: Memory): Memory {
  return new Map([...some].map(([service, use]) => [service, Math.max(use, others.get(service) ?? 0)]));
}

function memoryNotes(idle: Memory, most: Memory): string[] {
  return [...idle].map(([service, use]) => `${service}: ${use} MiB idle, ${most.get(service)} MiB while it backs up`);
}

async function bringUp(steps: Steps, project: Project, step: string): Promise<void> {
  await steps.need(step, async () => {
    await project.down();
    await project.up();
    const { worker, transferWorker } = project.names;
    const [first] = await project.healthy(worker, 1, healthyWithinSeconds);
    await project.healthy(transferWorker, 1, healthyWithinSeconds);
    const images = (await project.docker('image', 'ls', '--format', '{{.Repository}}')).split('\n');
    const doubled = images.filter((image) =>
      /^farcopy[-_](seed|apply|farcopy|(transfer-)?worker|production)/.test(image),
    );
    demand(doubled.length === 0, `one Dockerfile was built more than once: ${doubled.join(', ')}`);
    return first === undefined ? [] : [`a worker polls ${await secondsToPoll(project, first)} s after it was started`];
  });
}

/** By its own log. */
async function secondsToPoll(project: Project, { id, startedAt }: Container): Promise<number> {
  const [, time = ''] = /^(\S+) .*\bpolls\b/m.exec(await project.logsOf(id)) ?? [];
  return Math.round((Date.parse(time) - startedAt) / 100) / 10;
}

async function lookIntoWorker(project: Project): Promise<string[]> {
  const inside = (...words: string[]) => project.compose('exec', '-T', project.names.worker, ...words);
  const status = await inside('cat', '/proc/1/status');
  const field = (name: string) => new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(status)?.[1]?.replaceAll('\t', ' ') ?? '';
  demand(field('Uid') === '1000 1000 1000 1000', `its user is ${field('Uid')}`);
  demand(/^0+$/.test(field('CapEff')) && /^0+$/.test(field('CapBnd')), `its capabilities are ${field('CapBnd')}`);
  demand(field('NoNewPrivs') === '1', 'it may gain rights');
  const attempt =
    "try { require('fs').writeFileSync('/opt/farcopy/x', ''); } catch (error) { console.log(error.code); }";
  const refused = await inside('node', '-e', attempt);
  demand(refused === 'EROFS', `to write into its program is answered by ${refused || 'nothing'}`);
  return [`user ${field('Uid').split(' ')[0]}, capabilities ${field('CapEff')}, root: ${refused}`];
}

async function listCopies(project: Project, clouds: BothClouds, seeded: Seeded, rounds: number): Promise<string[]> {
  const { code, stdout } = await project.farcopy('copies', '--limit', '0', '--json');
  demand(code === 0, `farcopy copies ended with ${code}`);
  const { copies } = JSON.parse(stdout) as { copies: { copy: { kind: string } | null }[] };
  const listed = copies.filter(({ copy }) => copy !== null && copy.kind === 'aurora-cluster').length;
  const { snapshots } = await proveEveryPoint(clouds, seeded, rounds);
  demand(listed === snapshots, `farcopy lists ${listed} snapshots, the clouds have ${snapshots}`);
  return [`${copies.length} copies, ${listed} of them snapshots`];
}

async function restore(project: Project, clouds: BothClouds, { seed }: Seeded, ending = ''): Promise<string[]> {
  const [cluster] = seed.resources;
  if (cluster === undefined) throw new Error('nothing is seeded');
  const { account, region, id: usual } = restoredCluster(cluster);
  const id = usual + ending;
  const words = [
    ...['restore', `${cluster.account}/${cluster.region}/${cluster.id}`, '--from', 'secure-dr'],
    ...['--to', `${account}/${secondRegion(cluster.region)}`, '--as', id, '--subnet-group', scratchNetwork],
  ];
  const { code, stdout, stderr } = await project.farcopy(...words);
  demand(code === 0, `farcopy ${words.join(' ')} ended with ${code}:\n${(stdout + stderr).trim()}`);
  const there = (await clouds.clusters(account, region)).some((one) => one.id === id);
  demand(there, `RDS has no cluster ${id} in ${account}/${region}`);
  return [`${account}/${region}/${id} is there`];
}

async function stopWorker(project: Project): Promise<string[]> {
  const { worker } = project.names;
  const startedAt = Date.now();
  await project.compose('stop', worker);
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  const codes = (await project.containers(worker)).map(({ exitCode }) => exitCode);
  demand(
    codes.every((code) => code === 0),
    `they ended with ${codes.join(', ')}`,
  );
  return [`${codes.length} workers ended with 0 within ${seconds} s`];
}

async function takeDown(steps: Steps, project: Project): Promise<void> {
  await steps.run('down --volumes leaves nothing', async () => {
    await project.down();
    const left = await project.left();
    demand(left.length === 0, `left behind: ${left.join(', ')}`);
  });
}
