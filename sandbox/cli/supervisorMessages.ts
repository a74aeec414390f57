import { type RunningSandbox } from './runningSandbox';

/** From the command that starts a sandbox to its supervisor. */
export type SupervisorRequest =
  | {
      readonly type: 'start';
      readonly stateDirectory: string;
      /** Paths from `provision`. */
      readonly temporalCli: string;
      readonly awsEmulator: string;
      readonly gcsEmulator: string;
      readonly postgresBin: string;
      /** Real seconds per second of an emulated operation. */
      readonly timeScale: number;
    }
  | { readonly type: 'start-workers'; readonly count: number; readonly environment: NodeJS.ProcessEnv }
  | { readonly type: 'start-postgres' }
  /** From now on the sandbox stays when the command that started it ends. */
  | { readonly type: 'keep' }
  | { readonly type: 'end' };

/** From the supervisor. */
export type SupervisorMessage =
  | { readonly type: 'started'; readonly sandbox: RunningSandbox }
  | { readonly type: 'workers-started' }
  | { readonly type: 'postgres-started'; readonly port: number; readonly password: string }
  | { readonly type: 'kept' }
  /** It could not do what was asked, or a server ended by itself: everything is being ended. */
  | { readonly type: 'failed'; readonly message: string };
