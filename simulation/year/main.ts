import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { builtBundlePath } from '../../src/worker/workflowBundle';
import { plantOf } from '../plants';
import { WorkflowVms } from '../temporal/workflowVm';
import { liveYear } from './year';

/**
 * A year of a fleet in virtual time.
 *
 *   npm run simulate:year -- [--seed 1] [--days 365] [--plant NAME] [--json]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      days: { type: 'string', default: '365' },
      plant: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!existsSync(builtBundlePath())) throw new Error(`${builtBundlePath()} is missing: run npm run build`);
  const plant = values.plant === undefined ? null : plantOf(values.plant);
  const vms = await WorkflowVms.load(builtBundlePath(), [], plant?.bundle);
  const startedAt = performance.now();
  const outcome = await liveYear({
    seed: Number(values.seed),
    days: Number(values.days),
    vms,
    plant,
    progress: (line) => console.error(line),
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(values.json ? JSON.stringify({ ...outcome, seconds }) : JSON.stringify({ ...outcome, seconds }, null, 2));
  await vms.destroy();
  const { breaches, opened, resolved, stillOpen, differences, protectedMarked, stock } = outcome;
  const isRight = opened === breaches && resolved >= breaches - stillOpen && protectedMarked + stock.overflows === 0;
  if (differences.length > 0 || !isRight) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(2);
});
