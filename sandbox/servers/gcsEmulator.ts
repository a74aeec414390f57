import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './freePort';
import { ServerExitError } from './serverExitError';
import { type RunningServer, startSupervised } from './supervisedServer';

const ATTEMPTS = 5;
const PROBE_EVERY_MILLISECONDS = 25;

export interface GcsEmulatorOptions {
  /** The `fake-gcs-server` command, from `provision`. */
  path: string;
  logFile: string;
  /** Called when the emulator ends by itself. */
  onUnexpectedExit?: (error: ServerExitError) => void;
}

export interface GcsEmulator extends RunningServer {
  /** `http://127.0.0.1:PORT`, for `STORAGE_EMULATOR_HOST`. */
  endpoint: string;
}

/**
 * Starts the GCS emulator on a free port of 127.0.0.1 and waits until it answers. What it holds is in its memory. It ends with
 * this process.
 *
 * @throws ServerExitError when it cannot be started, with the end of its log.
 */
export async function startGcsEmulator(options: GcsEmulatorOptions): Promise<GcsEmulator> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePort(options);
    } catch (error) {
      // Another process took the port between its choice and its use.
      const collided = error instanceof ServerExitError && /address already in use/.test(error.logTail);
      if (!collided || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnFreePort({ path, logFile, onUnexpectedExit }: GcsEmulatorOptions): Promise<GcsEmulator> {
  const address = `127.0.0.1:${await freePort()}`;
  const endpoint = `http://${address}`;
  const [host = '', port = ''] = address.split(':');
  const { pid, stop } = await startSupervised(
    {
      label: 'the GCS emulator',
      command: resolve(path),
      args: [
        ...['-scheme', 'http', '-host', host, '-port', port, '-backend', 'memory', '-log-level', 'warn'],
        // Where it says that an upload goes on, and where an object is read: at itself, not at Google.
        ...['-public-host', address, '-external-url', endpoint],
      ],
      cwd: dirname(resolve(logFile)),
      // Every option has a variable too, one of them of a name that many programs use.
      env: { PATH: process.env.PATH },
      logFile,
      // All it has is in memory.
      graceSeconds: 0,
      readyWithinSeconds: 60,
      onUnexpectedExit,
    },
    (signal) => untilItAnswers(`${endpoint}/_internal/healthcheck`, signal),
  );
  return { endpoint, pid, stop };
}

async function untilItAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await delay(PROBE_EVERY_MILLISECONDS, undefined, { signal });
  }
}
