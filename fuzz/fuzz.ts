import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { caseOf, type Finding, type FuzzWork, mostSeconds } from './fuzzWorker';
import { targets } from './targets';

/**
 * Feeds everything that takes input from outside with input that is nearly right, and with some that is not.
 *
 *   npm run fuzz -- --cases 2000 --json
 *   npm run fuzz -- --target fleetFile --seed 7 --case 311     one case again
 *
 * Ends with 1 where something was found. A case is the same for the same target, seed and number.
 */

const memoryMiB = 1024;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      target: { type: 'string' },
      case: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
  if (chosen.length === 0 || !Number.isInteger(seed))
    throw new Error(`targets: ${targets.map(({ name }) => name).join(', ')}`);
  const only = values.case === undefined ? undefined : Number(values.case);
  const each = Math.ceil(Number(values.cases) / chosen.length);
  const work = chosen.map(({ name }) => ({ name, from: only ?? 0, cases: only === undefined ? each : 1 }));
  const findings: Finding[] = [];
  let cases = 0;
  const found = (finding: Finding) => {
    findings.push(finding);
    if (!values.json) console.log(findingText(finding));
  };
  // A thread that was ended has said nothing of the targets behind the one it was ended in.
  for (let left = work; left.length > 0;) {
    const { began, ended } = await runThread(seed, left, found);
    cases += began;
    left = left.slice(ended);
  }
  console.log(
    values.json
      ? JSON.stringify({ cases, seed, findings })
      : `${cases} cases of ${chosen.length} targets, seed ${seed}: ${findings.length} findings`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function findingText({ target, seed, case: number, problem, input }: Finding): string {
  const again = `npm run fuzz -- --target ${target} --seed ${seed} --case ${number}`;
  return `${target}: ${problem}\n  input: ${input}\n  again: ${again}\n`;
}

/** Runs cases in a thread of their own, which is ended where a case does not end or takes all memory. */
async function runThread(
  seed: number,
  work: FuzzWork['targets'],
  found: (finding: Finding) => void,
): Promise<{ readonly began: number; readonly ended: number }> {
  const clock = new SharedArrayBuffer(12);
  const now = new Int32Array(clock);
  const data: FuzzWork = { seed, targets: work, clock };
  const worker = new Worker(path.join(__dirname, 'fuzzWorker.js'), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
  });
  let over = false;
  let problem: string | null = null;
  worker.on('message', found);
  worker.on('error', (error: Error) => (problem = error.stack ?? error.message));
  const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve((over = true) as never)));
  let begun = -1;
  let since = process.cpuUsage();
  while (!over) {
    await Promise.race([exit, delay(250)]);
    const count = Atomics.load(now, 2);
    if (count !== begun) [begun, since] = [count, process.cpuUsage()];
    const { user, system } = process.cpuUsage(since);
    if ((user + system) / 1e6 < 2 * mostSeconds) continue;
    problem = `did not end within ${2 * mostSeconds} s of the processor's time`;
    await worker.terminate();
  }
  const [position, number] = [Atomics.load(now, 0), Atomics.load(now, 1)];
  const { name } = work[position] ?? { name: '' };
  if (problem === null) return { began: Atomics.load(now, 2), ended: work.length };
  const target = targets.find((one) => one.name === name);
  const input = target === undefined ? '' : fc.stringify(caseOf(target, seed, number).input).slice(0, 4_000);
  found({ target: name, seed, case: number, problem, input });
  return { began: Atomics.load(now, 2), ended: position + 1 };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
