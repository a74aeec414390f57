import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { exitCodes } from '../../src/client/cli/exitCodes';
import { messageOf } from '../../src/core/failure';
import { cacheDirectory } from '../../sandbox/provision/cache';
import { packageFile } from '../../sandbox/provision/packageFile';
import { checkDefault, checkProductionLike } from './composeChecks';
import { type Engine, engineVersion, missingTools, startEngine } from './engine';
import { checkImage } from './image';
import { type Profile, profiles } from './project';
import { getImages } from './standIns';
import { demand } from './image';
import { minutes, Steps, StepsEndedError } from './steps';

/**
 * `npm run test:deploy`: builds the unmodified Dockerfile, brings the unmodified docker-compose.yml up from nothing, in both
 * profiles, works with it as a user does, kills what may die, and asks the emulated clouds for the result.
 *
 * Exit codes: 0 all passed · 2 a wrong option · 4 something failed · 5 something that it needs is not there · 130 interrupted.
 */
async function main(): Promise<number> {
  // For those who develop with the SDK.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const options = optionsOf(process.argv.slice(2));
  if (options === null) return exitCodes.usage;
  const say = (line: string) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const missing = await missingTools(process.env);
  if (missing.length > 0) {
    for (const line of missing) say(line);
    return exitCodes.unreachable;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    // A second one must not end what cleans up.
    process.on(signal, () => {
      say('cleaning up');
      stop.abort(new Error(`stopped by ${signal}`));
    });

  const startedAt = Date.now();
  const cache = path.join(cacheDirectory(process.env), 'deploy');
  await mkdir(cache, { recursive: true });
  const logFile = path.join(cache, 'test.log');
  const steps = new Steps(say);
  let standIns: string[] = [];
  let engine: Engine | undefined;
  try {
    await steps.need('an engine of Docker', async () => {
      engine = await startEngine(cache, process.env);
      return [`${await engineVersion(engine)}, ${engine.isOwn ? 'started for this run' : 'the one that runs'}`];
    });
    if (engine === undefined) throw new StepsEndedError('there is no engine');
    const context = { environment: engine.environment, logFile, signal: stop.signal };
    const { isOwn } = engine;
    await steps.need('the images that others have made', async () => {
      standIns = await getImages(neededImages(options.profiles), { ...context, cache, say, isOwn });
      return standIns.length === 0 ? [] : [`not their vendors', made of packages: ${standIns.join(', ')}`];
    });
    await checkImage(steps, context);
    for (const profile of options.profiles)
      if (profile === 'default') await checkDefault(steps, context);
      else await checkProductionLike(steps, context, options.times);
  } catch (error) {
    if (!(error instanceof StepsEndedError) && !stop.signal.aborted)
      await steps.run('the run itself', () =>
        Promise.reject(error instanceof Error ? error : new Error(messageOf(error))),
      );
  } finally {
    await end(engine, steps);
  }
  const failed = steps.done.filter(({ ok }) => !ok).length;
  const passed = steps.done.length - failed;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: failed === 0, seconds, standIns, steps: steps.done }, null, 2)}\n`);
  say(`\n${minutes(seconds)}; what the programs have printed is in ${logFile}`);
  say(`${passed} passed, ${failed} failed`);
  if (stop.signal.aborted) return exitCodes.interrupted;
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

async function end(engine: Engine | undefined, steps: Steps): Promise<void> {
  if (engine?.isOwn !== true) return;
  await steps.run('the engine ends, and this machine is as it was before', async () => {
    const left = await engine.stop();
    demand(left.length === 0, left.join('\n'));
  });
}

interface Options {
  readonly profiles: readonly Profile[];
  /** How often the production-like profile comes up from nothing. */
  readonly times: number;
  readonly json: boolean;
}

const usage = `npm run test:deploy -- [--profile ${Object.keys(profiles).join('|')}] [--times N] [--json]`;

function optionsOf(words: string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: words,
      options: { profile: { type: 'string' }, times: { type: 'string' }, json: { type: 'boolean' } },
    });
    const { profile, times = '1', json = false } = values;
    const known = Object.keys(profiles) as Profile[];
    const asked = profile === undefined ? known : known.filter((name) => name === profile);
    if (asked.length > 0 && /^[1-9]\d?$/.test(times)) return { profiles: asked, times: Number(times), json };
  } catch (error) {
    console.error(messageOf(error));
  }
  console.error(usage);
  return null;
}

/** Those that the Dockerfiles are built on, and those that the compose file takes as they are. */
function neededImages(asked: readonly Profile[]): string[] {
  const read = (...file: string[]) => readFileSync(packageFile(...file), 'utf8');
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { image?: string; build?: unknown; profiles?: string[] }>;
  };
  const taken = Object.values(services).flatMap(({ image, build, profiles: of = ['default'] }) =>
    image === undefined || build !== undefined || !of.some((name) => asked.some((profile) => profile === name))
      ? []
      : [image],
  );
  const gcs = services.gcs?.image ?? '';
  const bases = [
    ...[...read('deploy', 'Dockerfile').matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image = '']) => image),
    ...[...read('sandbox', 'aws', 'Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image),
  ];
  return [...new Set([...bases, gcs, ...taken])];
}

void main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = exitCodes.unexpected;
  },
);
