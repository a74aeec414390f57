import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The files of one sandbox, all of them in one folder. */
export interface StateDirectory {
  readonly path: string;
  /** What runs, and where: {@link RunningSandbox}. */
  readonly sandboxFile: string;
  /** What was seeded, and the keys of Farcopy's user. */
  readonly seededFile: string;
  readonly fleetFile: string;
  readonly awsConfigFile: string;
  /** Empty, so that nothing of the user's own is read instead. */
  readonly awsCredentialsFile: string;
  readonly temporalConfigFile: string;
  /** Of databases that a demo has restored and kept, in libpq's format. */
  readonly passwordFile: string;
  readonly logs: string;
  /** Held by a command that changes the sandbox. */
  readonly lockFile: string;
}

export function stateDirectory(path: string): StateDirectory {
  const absolute = resolve(path);
  const file = (name: string) => join(absolute, name);
  return {
    path: absolute,
    sandboxFile: file('sandbox.json'),
    seededFile: file('seeded.json'),
    fleetFile: file('fleet.yaml'),
    awsConfigFile: file('aws-config'),
    awsCredentialsFile: file('aws-credentials'),
    temporalConfigFile: file('temporal.toml'),
    passwordFile: file('pgpass'),
    logs: file('logs'),
    lockFile: file('lock'),
  };
}

/** `FARCOPY_SANDBOX_DIR`, else the platform's place for a user's state (XDG on Linux) + `/farcopy/sandbox`. */
export function defaultStateDirectory(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.FARCOPY_SANDBOX_DIR) return environment.FARCOPY_SANDBOX_DIR;
  const home = environment.HOME || homedir();
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'farcopy', 'sandbox');
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'farcopy', 'sandbox');
    default:
      return join(environment.XDG_STATE_HOME || join(home, '.local', 'state'), 'farcopy', 'sandbox');
  }
}
