import { rm, rmdir } from 'node:fs/promises';
import { type StateDirectory } from './stateDirectory';

/** Removes what a sandbox left in its state directory, except the lock; files of others stay. */
export async function removeState(state: StateDirectory): Promise<void> {
  const own = [
    state.sandboxFile,
    state.seededFile,
    state.fleetFile,
    state.awsConfigFile,
    state.awsCredentialsFile,
    state.temporalConfigFile,
    state.passwordFile,
    state.logs,
  ];
  await Promise.all(own.map((path) => rm(path, { recursive: true, force: true })));
}

/** Removes the state directory itself if nothing is left in it. */
export async function removeIfEmpty(state: StateDirectory): Promise<void> {
  await rmdir(state.path).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error;
  });
}
