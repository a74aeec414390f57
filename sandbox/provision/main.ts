import { provision, type ProvisionProgress } from './provision';
import { type ServerName } from './serverRecipe';

/** A line at least this often shows that a long build goes on. */
const REPEAT_AFTER_SECONDS = 30;

/** `npm run provision [-- SERVER...]`: gets the servers of the embedded default, in plain lines. */
async function main(names: readonly ServerName[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const servers = await provision(names, { onProgress: plainLines(), signal: stop.signal });
  for (const name of names) {
    const { path, origin, version } = servers[name];
    console.log(`${name} ${version} (${origin}): ${path}`);
  }
}

function plainLines(): (progress: ProvisionProgress) => void {
  const last = new Map<ServerName, { message: string; elapsedSeconds: number }>();
  return ({ server, message, elapsedSeconds }) => {
    const before = last.get(server);
    if (before?.message === message && elapsedSeconds - before.elapsedSeconds < REPEAT_AFTER_SECONDS) return;
    last.set(server, { message, elapsedSeconds });
    console.log(`[${Math.round(elapsedSeconds)} s] ${message}`);
  };
}

const all: readonly ServerName[] = ['temporal-cli', 'aws-emulator', 'test-server'];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`unknown server ${unknown.join(', ')}; known are ${all.join(', ')}`);
  process.exitCode = 2;
} else {
  main(asked.length === 0 ? all : (asked as ServerName[])).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
