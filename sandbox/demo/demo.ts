import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exitCodes } from '../../src/client/cli/exitCodes';
import { interruptible } from '../cli/interruptible';
import { programName } from '../cli/programName';
import { shellQuoted } from '../cli/sandboxEnvironment';
import { printJson, tellProgress } from '../cli/sandboxOptions';
import { type StateDirectory, stateDirectory } from '../cli/stateDirectory';
import { type OwnedSandbox } from '../cli/startSandbox';
import { type RestoredDatabase } from './restoreCluster';
import { runDemo } from './runDemo';

export interface DemoOptions {
  readonly clusters?: number;
  readonly workers: number;
  readonly timeScale?: number;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
}

/** In the folder where the demo was started: the browsers of some systems may read neither hidden nor temporary folders. */
const reportName = 'farcopy-demo.html';

/** `farcopy demo`: the main job from nothing to its proof, in a sandbox of its own. */
export async function demo(options: DemoOptions): Promise<void> {
  await interruptible(async (signal) => {
    const state = stateDirectory(await mkdtemp(join(tmpdir(), 'farcopy-demo-')));
    const say = options.json ? tellProgress : (line: string) => void process.stdout.write(`${line}\n`);
    let sandbox: OwnedSandbox | undefined;
    let keepLogs = false;
    try {
      const progress = options.json ? process.stderr : process.stdout;
      const color = options.color && !process.env.NO_COLOR && progress.isTTY;
      const reportFile = resolve(reportName);
      const run = { ...options, state, reportFile, signal, say, progress, color };
      const { report, missing, restored } = await runDemo(run, (started) => (sandbox = started));
      if (missing.length > 0) {
        process.exitCode = exitCodes.failed;
        say(['', 'Missing:', ...missing.map((sentence) => `  ${sentence}`)].join('\n'));
      }
      if (options.keep && sandbox !== undefined) {
        await sandbox.keep();
        sandbox = undefined;
        keepLogs = true;
        await writeFile(state.passwordFile, passwordLines(restored), { mode: 0o600 });
        say(keptText(state, report.temporalUi, restored));
      } else {
        say(`The same page live, while backups run: ${programName()} demo --keep`);
      }
      if (options.json) printJson(report);
    } catch (error) {
      if (!signal.aborted && existsSync(state.logs)) {
        keepLogs = true;
        tellProgress(`The logs are in ${state.logs}`);
      }
      throw error;
    } finally {
      await sandbox?.end();
      if (!keepLogs) await rm(state.path, { recursive: true, force: true });
    }
  });
}

function keptText(state: StateDirectory, temporalUi: string, restored: readonly RestoredDatabase[]): string {
  const farcopy = programName();
  const word = shellQuoted(state.path);
  const databases = restored.map(
    ({ from, url }) => `\n  restored     PGPASSFILE=${shellQuoted(state.passwordFile)} psql ${url}   # from ${from}`,
  );
  return `
Everything runs on.
  Temporal UI  ${temporalUi}
  look around  eval "$(${farcopy} sandbox env --state-dir ${word})"
               ${farcopy} status; ${farcopy} copies; aws --profile 111111111111 rds describe-db-cluster-snapshots${databases.join('')}
  the page     ${farcopy} console   # live, on http://127.0.0.1:8240/; follow ${farcopy} backup --all in another terminal
  end it       ${farcopy} sandbox down --state-dir ${word}`;
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html */
function passwordLines(databases: readonly RestoredDatabase[]): string {
  return databases
    .map(({ url, password }) => {
      const { hostname, port, username, pathname } = new URL(url);
      return `${hostname}:${port}:${pathname.slice(1)}:${username}:${password}\n`;
    })
    .join('');
}
