import { plainLines } from './plainLines';
import { provision } from './provision';
import { type ServerName } from './serverRecipe';

/** `npm run provision [-- SERVER...]`: gets the servers of the embedded default, in plain lines. */
async function main(names: readonly ServerName[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const servers = await provision(names, { onProgress: plainLines((line) => console.log(line)), signal: stop.signal });
  for (const name of names) {
    const { path, origin, version } = servers[name];
    console.log(`${name} ${version} (${origin}): ${path}`);
  }
}

const all: readonly ServerName[] = ['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres', 'test-server'];
const asked = process.argv.slice(2);
/** Got when it is asked for alone: nothing but `npm run test:prometheus` needs it. */
const known: readonly ServerName[] = [...all, 'promtool'];
const unknown = asked.filter((name) => !known.some((one) => one === name));
if (unknown.length > 0) {
  console.error(`unknown server ${unknown.join(', ')}; known are ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  main(asked.length === 0 ? all : (asked as ServerName[])).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
