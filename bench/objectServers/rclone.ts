import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { homedir } from 'node:os';
import { promisify } from 'node:util';
import { processUse } from '../processUse';

export const howToGetRclone =
  'rclone was not found on PATH, in GOBIN or in GOPATH/bin: `go install github.com/rclone/rclone@latest`, or name it in RCLONE';

/** Undefined where there is none. */
export function findRclone(environment: NodeJS.ProcessEnv): string | undefined {
  const folders = [
    ...(environment.PATH ?? '').split(delimiter),
    environment.GOBIN ?? '',
    join(environment.GOPATH ?? join(homedir(), 'go'), 'bin'),
  ];
  return [environment.RCLONE ?? '', ...folders.filter(Boolean).map((folder) => join(folder, 'rclone'))].find(
    (path) => path !== '' && existsSync(path),
  );
}

export async function rcloneVersion(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['version'], {
    env: { ...process.env, RCLONE_CONFIG: '/dev/null' },
  });
  return /^rclone v(\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

export interface RcloneRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly exitCode: number | null;
  /** What it said on stderr. */
  readonly said: string;
}

const sampleEveryMilliseconds = 25;

/** `rclone` with a remote `src:`, the source, and a remote `dst:`, the sink; its other settings are its own defaults. */
export async function runRclone(
  path: string,
  args: readonly string[],
  remotes: { readonly source: string; readonly sink: string; readonly certFile?: string },
): Promise<RcloneRun> {
  const started = performance.now();
  const child = spawn(path, [...args, ...(remotes.certFile === undefined ? [] : ['--ca-cert', remotes.certFile])], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_SRC_TYPE: 's3',
      RCLONE_CONFIG_SRC_PROVIDER: 'AWS',
      RCLONE_CONFIG_SRC_ENDPOINT: remotes.source,
      RCLONE_CONFIG_SRC_REGION: 'eu-west-1',
      RCLONE_CONFIG_SRC_FORCE_PATH_STYLE: 'true',
      RCLONE_CONFIG_SRC_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      RCLONE_CONFIG_SRC_SECRET_ACCESS_KEY: 'any',
      RCLONE_CONFIG_DST_TYPE: 'google cloud storage',
      RCLONE_CONFIG_DST_ENDPOINT: `${remotes.sink}/storage/v1/`,
      RCLONE_CONFIG_DST_ANONYMOUS: 'true',
      RCLONE_CONFIG_DST_NO_CHECK_BUCKET: 'true',
      RCLONE_CONFIG_DST_BUCKET_POLICY_ONLY: 'true',
    },
  });
  const end = () => child.kill();
  process.once('exit', end);
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString('utf8')));
  let [cpuSeconds, peakMiB] = [0, 0];
  const sampling = setInterval(() => {
    const sample = processUse(child.pid);
    if (sample === null) return;
    cpuSeconds = Math.max(cpuSeconds, sample.cpuSeconds);
    // None of what has ended and is not yet buried.
    peakMiB = Math.max(peakMiB, sample.peakMiB);
  }, sampleEveryMilliseconds);
  await once(child, 'exit');
  const seconds = (performance.now() - started) / 1000;
  clearInterval(sampling);
  process.off('exit', end);
  return { seconds, cpuSeconds, peakMiB, exitCode: child.exitCode, said };
}
