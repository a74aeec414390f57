import { dirname, resolve } from 'node:path';
import { packageFile } from '../provision/packageFile';
import { type ServerExitError } from './serverExitError';
import { type RunningServer, startSupervised } from './supervisedServer';
import { temporaryFolderForAll } from './temporaryFolderForAll';

export interface AwsEmulatorOptions {
  /** The Python that has the requirements, from `provision`. */
  path: string;
  /** PostgreSQL's folder of executables, from `provision`. Default: databases have no data. */
  postgresBin?: string;
  /** For `PATCH /_sandbox/settings` once it runs, see `sandbox/aws/README.md`. */
  settings?: Readonly<Record<string, unknown>>;
  logFile: string;
  /** Called when the emulator ends by itself. */
  onUnexpectedExit?: (error: ServerExitError) => void;
}

export interface AwsEmulator extends RunningServer {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`; the control endpoint is below `/_sandbox/`. */
  endpoint: string;
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1 and waits until it answers. It ends with this process.
 *
 * @throws ServerExitError when it cannot be started, with the end of its log.
 */
export async function startAwsEmulator(options: AwsEmulatorOptions): Promise<AwsEmulator> {
  let foundPort: (port: number) => void = () => {};
  const listening = new Promise<number>((found) => (foundPort = found));
  const { answer, pid, stop } = await startSupervised(
    {
      label: 'the AWS emulator',
      command: resolve(options.path),
      args: ['-m', 'farcopy_aws_emulator', '--host', '127.0.0.1', '--port', '0', '--exit-on-stdin-eof'],
      cwd: dirname(resolve(options.logFile)),
      env: {
        ...process.env,
        PYTHONPATH: packageFile('sandbox', 'aws'),
        PYTHONHOME: undefined,
        PYTHONUNBUFFERED: '1',
        FARCOPY_EMULATOR_POSTGRES_BIN: options.postgresBin,
        TMPDIR: temporaryFolderForAll(),
      },
      logFile: options.logFile,
      // It ends the databases that it started, and removes their files.
      graceSeconds: 15,
      readyWithinSeconds: 60,
      onUnexpectedExit: options.onUnexpectedExit,
      onStdoutLine: (line) => {
        const port = listeningPort(line);
        if (port !== undefined) foundPort(port);
      },
    },
    async (signal) => {
      const endpoint = `http://127.0.0.1:${await listening}`;
      await call(`${endpoint}/_sandbox/health`, { signal });
      if (options.settings !== undefined) {
        const headers = { 'content-type': 'application/json' };
        await call(`${endpoint}/_sandbox/settings`, {
          method: 'PATCH',
          headers,
          body: JSON.stringify(options.settings),
          signal,
        });
      }
      return endpoint;
    },
  );
  return { endpoint: answer, pid, stop };
}

function listeningPort(line: string): number | undefined {
  try {
    const { event, port } = JSON.parse(line) as { event?: unknown; port?: unknown };
    return event === 'listening' && typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}

async function call(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`the AWS emulator answered ${response.status} to ${url}: ${await response.text()}`);
  await response.arrayBuffer();
}
