import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandOnPath } from '../../sandbox/provision/commandOnPath';
import { logTail } from '../../sandbox/provision/logTail';
import { isAtLeast } from '../../sandbox/provision/version';
import { startGuarded } from '../../sandbox/servers/guardedProcess';
import { differences, hostState, restoreHost } from './hostState';
import { outputOf, runProgram } from './runProgram';

/** An engine of Docker that answers. */
export interface Engine {
  /** With this, `docker` talks to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether it was started here: it has nothing that anybody else uses. */
  readonly isOwn: boolean;
  /** Ends an own one. @returns what it has left behind on this machine. */
  stop(): Promise<string[]>;
}

/** Compose asks for a later one by itself, if it needs that. */
const minimumBuildx = '0.13';
const minimumCompose = '2.24';
const startsWithinSeconds = 60;
const stopsWithinSeconds = 60;

/** What is not there and has to be, one line each, with how it is got. */
export async function missingTools(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const missing: string[] = [];
  if (commandOnPath('docker', environment) === undefined)
    return [
      'docker is needed, the client of Docker: apt-get install docker.io, or https://docs.docker.com/engine/install/',
    ];
  const plugin = async (name: string) => {
    const { code, stdout } = await runProgram(['docker', name, 'version'], { environment });
    return code === 0 ? (/v?(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] ?? null) : null;
  };
  const [buildx, compose] = [await plugin('buildx'), await plugin('compose')];
  if (buildx === null || !isAtLeast(buildx, minimumBuildx))
    missing.push(
      `docker buildx ${minimumBuildx} or later is needed${buildx === null ? '' : `, it is ${buildx}`}: the package docker-buildx-plugin of Docker, docker-buildx of ` +
        'Debian 13, or its program as ~/.docker/cli-plugins/docker-buildx',
    );
  if (compose === null || !isAtLeast(compose, minimumCompose))
    missing.push(
      `docker compose ${minimumCompose} or later is needed${compose === null ? '' : `, it is ${compose}`}: the package docker-compose-plugin of Docker, docker-compose of ` +
        'Debian 13, or its program as ~/.docker/cli-plugins/docker-compose',
    );
  if (await answers(environment)) return missing;
  if (process.getuid?.() !== 0) missing.push('no engine of Docker answers, and only root can start one: start it');
  for (const [program, packageName] of enginePrograms)
    if (commandOnPath(program, environment) === undefined)
      missing.push(
        `no engine of Docker answers, and to start one ${program} is needed: apt-get install ${packageName}`,
      );
  return missing;
}

const enginePrograms = [
  ['dockerd', 'docker.io'],
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['iptables', 'iptables'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
] as const;

async function answers(environment: NodeJS.ProcessEnv): Promise<boolean> {
  return (await runProgram(['docker', 'info', '--format', '{{.ServerVersion}}'], { environment })).code === 0;
}

/**
 * The engine that runs, or one of its own: it keeps its images under `root` for the next time, and everything else in a folder that
 * goes with it.
 *
 * @throws Error when it does not start, with the end of its log.
 */
export async function startEngine(root: string, environment: NodeJS.ProcessEnv): Promise<Engine> {
  if (await answers(environment)) return { environment, isOwn: false, stop: () => Promise.resolve([]) };
  const before = await hostState(environment);
  await mkdir(root, { recursive: true });
  // No link may lead to the roots of containers.
  const kept = path.join(await realpath(root), 'images');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'farcopy-engine-'));
  const logFile = path.join(root, 'dockerd.log');
  const host = `unix://${path.join(folder, 'docker.sock')}`;
  const help = await runProgram(['dockerd', '--help'], { environment });
  const engine = await startGuarded({
    command: 'dockerd',
    args: [
      ...['--data-root', kept, '--exec-root', path.join(folder, 'exec'), '--host', host],
      ...['--pidfile', path.join(folder, 'dockerd.pid')],
      // Root without the right to raise its own priority, as in a container, could not start one otherwise.
      ...(help.stdout.includes('--oom-score-adjust') ? ['--oom-score-adjust', '0'] : []),
    ],
    env: environment,
    logFile,
    graceSeconds: stopsWithinSeconds,
  });
  const own = { ...environment, DOCKER_HOST: host };
  const stop = async () => {
    await engine.stop();
    await unmountBelow(folder, environment);
    // The engine makes a mount of it.
    await runProgram(['umount', kept], { environment });
    await rm(folder, { recursive: true, force: true });
    await restoreHost(before, environment);
    const mounts = [...readFileSync('/proc/self/mounts', 'utf8').matchAll(/^\S+ (\S+)/gm)].map(
      ([, place = '']) => place,
    );
    const mounted = mounts.filter((place) => [folder, kept].some((own) => place.startsWith(own)));
    return [
      ...differences(before, await hostState(environment)),
      ...mounted.map((place) => `${place} is mounted still`),
    ];
  };
  for (let waited = 0; waited < startsWithinSeconds; waited += 1) {
    if (await answers(own)) return { environment: own, isOwn: true, stop };
    await Promise.race([delay(1000), engine.ended]);
  }
  await stop();
  throw new Error(`dockerd does not answer. Its log, ${logFile}, ends with:\n${logTail(logFile)}`);
}

/** Namespaces of networks stay mounted when their engine ends. */
async function unmountBelow(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const namespaces = path.join(folder, 'exec', 'netns');
  if (!existsSync(namespaces)) return;
  for (const name of await readdir(namespaces))
    await runProgram(['umount', path.join(namespaces, name)], { environment });
}

/** Its version, as a person would want to know it. */
export async function engineVersion({ environment }: Engine): Promise<string> {
  return outputOf(['docker', 'version', '--format', '{{.Server.Version}}'], { environment });
}
