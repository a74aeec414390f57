import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { awsEmulator, awsEmulatorTests } from './awsEmulator';
import { commandLine, runStep } from './buildStep';
import { cacheDirectory, cacheEntryName, publishEntry } from './cache';
import { commandOnPath, isExecutable } from './commandOnPath';
import { withFileLock } from './fileLock';
import { deployLinters } from './deployLinters';
import { gcsEmulator } from './gcsEmulator';
import { MissingToolError } from './missingToolError';
import { ProvisionError } from './provisionError';
import { postgres } from './postgres';
import { promtool } from './promtool';
import {
  type InstalledServer,
  type KnownServer,
  type RecipeContext,
  type ServerName,
  type ServerRecipe,
} from './serverRecipe';
import { temporalCli } from './temporalCli';
import { testServer } from './testServer';

/** Where a server was found or how it was got. */
export type ServerOrigin = 'env' | 'path' | 'package' | 'cache' | 'download' | 'build';

export interface ProvisionedServer {
  /** An absolute path: an executable; the Python that has the AWS emulator's requirements; PostgreSQL's folder of executables. */
  path: string;
  origin: ServerOrigin;
  /** Of the server's software; `unknown` where it cannot be asked. */
  version: string;
}

/** Tells what is done for a server that has to be got; repeated every second while it lasts. */
export interface ProvisionProgress {
  server: string;
  phase: 'waiting' | 'downloading' | 'building' | 'ready' | 'failed';
  /** For people, one line, the same as long as the phase lasts. */
  message: string;
  /** Since this server was asked for. */
  elapsedSeconds: number;
}

export interface ProvisionOptions {
  onProgress?: (progress: ProvisionProgress) => void;
  /** Ends every build that is under way; nothing half-done stays. */
  signal?: AbortSignal;
  /** Instead of this process's own environment variables. */
  env?: NodeJS.ProcessEnv;
}

const providers: Record<ServerName, (options: ProvisionOptions) => Promise<ProvisionedServer>> = {
  'temporal-cli': (options) => provisionOne(temporalCli(), options),
  'aws-emulator': (options) => provisionOne(awsEmulator(), options),
  'aws-emulator-tests': (options) => provisionOne(awsEmulatorTests(), options),
  'gcs-emulator': (options) => provisionOne(gcsEmulator(), options),
  postgres: (options) => findInstalled(postgres(), options),
  'test-server': (options) => provisionOne(testServer(), options),
  'deploy-linters': (options) => provisionOne(deployLinters(), options),
  promtool: (options) => provisionOne(promtool(), options),
};

/**
 * Finds or gets servers, all at the same time. Each is looked for in its environment variable, on PATH and in the user's
 * cache, then downloaded from its vendor, then built from pinned sources of a package registry; what was got is cached.
 *
 * @throws ProvisionError when a server cannot be had, after the others were got. The signal's reason when aborted.
 */
export async function provision<N extends ServerName>(
  names: readonly N[],
  options: ProvisionOptions = {},
): Promise<Record<N, ProvisionedServer>> {
  const results = await Promise.allSettled(names.map(async (name) => [name, await providers[name](options)] as const));
  options.signal?.throwIfAborted();
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const [failure] = failures;
  if (failure !== undefined && failures.length === 1) throw failure;
  if (failure !== undefined) {
    throw new ProvisionError(failures.map(({ message }) => message).join('\n\n'), {
      cause: new AggregateError(failures),
    });
  }
  return Object.fromEntries(
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
  ) as Record<N, ProvisionedServer>;
}

/** The same for one server by its recipe. */
export async function provisionOne(recipe: ServerRecipe, options: ProvisionOptions = {}): Promise<ProvisionedServer> {
  const environment = options.env ?? process.env;
  const explicit = await explicitServer(recipe, environment, (path) => {
    if (!isExecutable(path)) throw new Error(`${path} is not an executable file`);
  });
  if (explicit !== undefined) return explicit;

  const attempts = [`${recipe.environmentVariable} is not set`];
  if (recipe.commandOnPath !== undefined) {
    const path = commandOnPath(recipe.commandOnPath, environment);
    if (path === undefined) attempts.push(`no \`${recipe.commandOnPath}\` on PATH`);
    else {
      try {
        return { path, origin: 'path', version: await recipe.inspect(path, environment) };
      } catch (error) {
        attempts.push(`on PATH: ${(error as Error).message}`);
      }
    }
  }

  const cache = resolve(cacheDirectory(environment));
  const entry = join(cache, cacheEntryName(recipe));
  const path = join(entry, recipe.executable);
  if (isExecutable(path)) return { path, origin: 'cache', version: recipe.version };
  attempts.push(`nothing in the cache, ${cache}`);

  const progress = reportProgress(recipe, options.onProgress);
  try {
    await mkdir(join(cache, 'logs'), { recursive: true });
    const origin = await withFileLock(
      `${entry}.lock`,
      {
        signal: options.signal,
        onWait: (holder) => progress.enter('waiting', `waiting for ${holder}, which gets ${recipe.label}`),
      },
      async () => {
        if (isExecutable(path)) return 'cache';
        // An entry without its executable: the Python that a virtual environment was made of is gone, for example.
        await rm(entry, { recursive: true, force: true });
        const logFile = join(cache, 'logs', `${cacheEntryName(recipe)}.log`);
        return get(recipe, entry, { environment, logFile, signal: options.signal }, progress, attempts);
      },
    );
    progress.enter('ready', `${recipe.label} is ready`);
    return { path, origin, version: recipe.version };
  } catch (error) {
    options.signal?.throwIfAborted();
    progress.enter('failed', `${recipe.label} could not be had`);
    throw await explain(recipe, cache, environment, attempts, error as Error);
  } finally {
    progress.end();
  }
}

/**
 * Finds a server that is never built.
 *
 * @throws ProvisionError when it is nowhere, or nowhere as it is needed.
 */
export async function findInstalled(
  server: InstalledServer,
  { env: environment = process.env }: Pick<ProvisionOptions, 'env'> = {},
): Promise<ProvisionedServer> {
  const explicit = await explicitServer(server, environment);
  if (explicit !== undefined) return explicit;
  const attempts = [`${server.environmentVariable} is not set`];
  for (const place of await server.places(environment)) {
    const { origin, where, path } = place;
    try {
      await place.prepare?.();
      return { path, origin, version: await server.inspect(path, environment) };
    } catch (error) {
      attempts.push(`${where}: ${(error as Error).message}`);
    }
  }
  const lines = attempts.map((attempt) => `- ${attempt.replaceAll('\n', '\n  ')}`);
  throw new ProvisionError(
    [
      `Farcopy needs ${server.label} and could not find it:`,
      ...lines,
      `${server.advice} set ${server.environmentVariable} to ${server.expects}.`,
    ].join('\n'),
  );
}

/** The server that its environment variable names, if that is set: it is an error then if it cannot be used. */
async function explicitServer(
  server: KnownServer,
  environment: NodeJS.ProcessEnv,
  check: (path: string) => void = () => {},
): Promise<ProvisionedServer | undefined> {
  const named = environment[server.environmentVariable];
  if (!named) return undefined;
  const path = resolve(named);
  try {
    check(path);
    return { path, origin: 'env', version: await server.inspect(path, environment) };
  } catch (error) {
    throw new ProvisionError(
      `${server.environmentVariable}: ${(error as Error).message}. Set it to ${server.expects}, or unset it.`,
      { cause: error },
    );
  }
}

async function get(
  recipe: ServerRecipe,
  entry: string,
  context: RecipeContext,
  progress: ReturnType<typeof reportProgress>,
  attempts: string[],
): Promise<ServerOrigin> {
  await writeFile(context.logFile, '');
  if (recipe.download !== undefined) {
    progress.enter('downloading', `downloading ${recipe.label}, once`);
    try {
      await publishEntry(entry, async (directory) => recipe.download?.(directory, context));
      return 'download';
    } catch (error) {
      context.signal?.throwIfAborted();
      attempts.push(`download: ${(error as Error).message}`);
    }
  }
  progress.enter('building', `building ${recipe.label}, ${recipe.buildTime}, once`);
  await publishEntry(entry, async (directory) => {
    for (const step of await recipe.buildSteps(directory, context.environment)) await runStep(step, context);
  });
  return 'build';
}

async function explain(
  recipe: ServerRecipe,
  cache: string,
  environment: NodeJS.ProcessEnv,
  attempts: readonly string[],
  error: Error,
): Promise<ProvisionError> {
  const lines = [`Farcopy needs ${recipe.label} and could not get it:`];
  for (const attempt of [...attempts, `build: ${error.message}`]) lines.push(`- ${attempt.replaceAll('\n', '\n  ')}`);
  if (error instanceof MissingToolError) {
    lines.push(
      `Install what is missing and run this again, or set ${recipe.environmentVariable} to ${recipe.expects}.`,
    );
  } else {
    const directory = join(cache, 'by-hand', recipe.name);
    lines.push('The same by hand:', ...(await byHand(recipe, directory, environment)));
  }
  return new ProvisionError(lines.join('\n'), { cause: error });
}

async function byHand(recipe: ServerRecipe, directory: string, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const steps = await recipe.buildSteps(directory, environment).catch(() => []);
  const commands = steps.flatMap((step) => ('run' in step ? [] : [commandLine(step)]));
  return [
    `mkdir -p ${directory}`,
    ...commands,
    `export ${recipe.environmentVariable}=${join(directory, recipe.executable)}`,
  ].map((line) => `  ${line}`);
}

function reportProgress(recipe: ServerRecipe, onProgress: ProvisionOptions['onProgress'] = () => {}) {
  const startedAt = Date.now();
  let ticking: NodeJS.Timeout | undefined;
  return {
    enter(phase: ProvisionProgress['phase'], message: string) {
      clearInterval(ticking);
      const tell = () =>
        onProgress({ server: recipe.name, phase, message, elapsedSeconds: (Date.now() - startedAt) / 1000 });
      tell();
      ticking = setInterval(tell, 1000);
    },
    end() {
      clearInterval(ticking);
    },
  };
}
