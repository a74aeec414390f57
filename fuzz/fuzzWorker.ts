import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { Guard, requireCleanPrototypes } from './guard';
import { type FuzzTarget } from './target';
import { targets } from './targets';

/** What a thread is to do: the cases of targets, one after the other. */
export interface FuzzWork {
  readonly seed: number;
  readonly targets: readonly { readonly name: string; readonly from: number; readonly cases: number }[];
  /** Position of the target, number of the case, and how many have begun: so that one that never ends can be told. */
  readonly clock: SharedArrayBuffer;
}

/** An input that something does not hold for. */
export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly case: number;
  readonly problem: string;
  readonly input: string;
}

/** One case takes no longer, in seconds of the processor's time. */
export const mostSeconds = 5;

const longestShown = 4_000;

async function main({ seed, targets: wanted, clock }: FuzzWork): Promise<void> {
  const now = new Int32Array(clock);
  const guard = new Guard();
  for (const [position, { name, from, cases }] of wanted.entries()) {
    const target = targets.find((one) => one.name === name);
    if (target === undefined) throw new Error(`there is no target ${name}`);
    await warm(target, seed);
    for (let number = from; number < from + cases; number++) {
      Atomics.store(now, 0, position);
      Atomics.store(now, 1, number);
      Atomics.add(now, 2, 1);
      const finding = await runCase(target, seed, number, guard);
      if (finding !== null) {
        parentPort?.postMessage(finding);
        break;
      }
    }
  }
}

/** The case of a number, alone: the same whatever ran before it. */
export function caseOf({ cases }: FuzzTarget, seed: number, number: number) {
  const [found] = fc.sample(cases, { seed: (seed + Math.imul(number, 0x9e3779b1)) | 0, numRuns: 1 });
  if (found === undefined) throw new Error('no case');
  return found;
}

/** What is loaded when it is first needed is loaded before the guard stands. */
async function warm(target: FuzzTarget, seed: number): Promise<void> {
  for (let number = 0; number < 5; number++)
    await Promise.resolve()
      .then(() => caseOf(target, seed, number).run())
      .catch(() => undefined);
}

async function runCase(target: FuzzTarget, seed: number, number: number, guard: Guard): Promise<Finding | null> {
  const { input, run } = caseOf(target, seed, number);
  const before = process.cpuUsage();
  let problem: string | null = null;
  try {
    await guard.during(run);
    requireCleanPrototypes();
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1e6 > mostSeconds) problem = `took ${(user + system) / 1e6} s`;
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : fc.stringify(error);
  }
  return problem === null
    ? null
    : { target: target.name, seed, case: number, problem, input: fc.stringify(input).slice(0, longestShown) };
}

if (parentPort !== null) {
  // What a case leaves behind and fails later is one of its findings.
  process.on('unhandledRejection', (error) => {
    throw error;
  });
  void main(workerData as FuzzWork);
}
