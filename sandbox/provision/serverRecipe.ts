import { type BuildStep } from './buildStep';

/** The servers of the embedded default, and what tests and linters are run with. */
export type ServerName =
  | 'temporal-cli'
  | 'aws-emulator'
  | 'gcs-emulator'
  | 'postgres'
  | 'aws-emulator-tests'
  | 'test-server'
  | 'deploy-linters'
  | 'promtool';

/** How one server is named and checked, wherever it comes from. */
export interface KnownServer {
  /** Of the sandbox's own, a {@link ServerName}. */
  name: string;
  /** For people: "the Temporal server". */
  label: string;
  /** Names the path to use instead of anything that would be looked for. */
  environmentVariable: string;
  /** What `environmentVariable` and the error about it expect: "the `temporal` command, 1.5 or later". */
  expects: string;
  /**
   * The version of a server that was found rather than built.
   *
   * @throws Error saying why it cannot be used.
   */
  inspect(path: string, environment: NodeJS.ProcessEnv): Promise<string>;
}

/** A server that is got where it is not found. */
export interface ServerRecipe extends KnownServer {
  /** The command to look for on PATH, for a server whose own command is as good as ours. */
  commandOnPath?: string;
  /** The version that a download and a build give. */
  version: string;
  /** The files that decide what is built: their content is part of the cache key. */
  lockFiles: readonly string[];
  /** The path to use, inside the cache entry. */
  executable: string;
  /** For people: "about 5 minutes". */
  buildTime: string;
  /**
   * Puts the vendor's prebuilt executable into the empty folder.
   *
   * @throws Error when it cannot be had, which is no reason to stop: it is built then.
   */
  download?(directory: string, context: RecipeContext): Promise<void>;
  /**
   * The steps that fill the empty folder.
   *
   * @throws MissingToolError when the machine lacks what the steps need.
   */
  buildSteps(directory: string, environment: NodeJS.ProcessEnv): Promise<BuildStep[]>;
}

/** A server that is only found: the machine has it, or a package of npm brought it. */
export interface InstalledServer extends KnownServer {
  /** Where it may be, the best place first. */
  places(environment: NodeJS.ProcessEnv): Promise<readonly Place[]>;
  /** What to do where it is in none of them: "Install …, or". */
  advice: string;
}

/** Where a server may be. */
export interface Place {
  origin: 'path' | 'package';
  /** For people: "on PATH". */
  where: string;
  path: string;
  /**
   * Done before it is inspected.
   *
   * @throws Error when it cannot be used because of that.
   */
  prepare?(): Promise<void>;
}

/** What a recipe needs to run commands of its own. */
export interface RecipeContext {
  environment: NodeJS.ProcessEnv;
  logFile: string;
  signal: AbortSignal | undefined;
}
