import { writeFileSync } from 'node:fs';
import { createProgram, runProgram } from '../../src/client/cli';
import { largeKind } from './largeFleet';

/**
 * The command line of a fleet of any size, in a process of its own: what its accounts list is made up, and all else is as ever. It tells what it has
 * used in the file that `BENCH_USE` names.
 */
const [resources = '', points = '', now = '', ...words] = process.argv.slice(2);
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(
    process.env.BENCH_USE ?? '/dev/null',
    JSON.stringify({ peakMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }),
  );
});
const fleet = { resources: Number(resources), points: Number(points), now: Number(now) };
void runProgram(createProgram({ kinds: [largeKind(fleet)] }), words).then((exitCode) => {
  if (exitCode !== null) process.exitCode = exitCode;
});
