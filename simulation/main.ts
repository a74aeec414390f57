import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { readHistories } from '../scripts/historyFile';
import { builtBundlePath } from '../src/worker/workflowBundle';
import { type Plant } from './plant';
import { plantOf, plants } from './plants';
import { replayHistory } from './replayHistory';
import { scenarioOf } from './scenarioOf';
import { agreementsOf } from './server/agreement';
import { shrink } from './shrink';
import { WorkflowVms } from './temporal/workflowVm';
import { type Outcome, simulate, type Violation } from './world';

/**
 * The whole of Farcopy in virtual time, one seed deciding everything.
 *
 *   npm run simulate -- --seeds 200 [--from 1] [--step 1] [--seconds 60] [--json]
 *   npm run simulate -- --seed 17 [--shrink] [--json]
 *   npm run simulate -- --plant NAME --seeds 1000
 *   npm run simulate -- --plants
 *   npm run simulate -- --histories test/replay/histories
 *   npm run simulate -- --against-server --seeds 5 [--from 1]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      step: { type: 'string', default: '1' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      shrink: { type: 'boolean', default: false },
      plant: { type: 'string' },
      plants: { type: 'boolean', default: false },
      histories: { type: 'string' },
      'against-server': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.plants) return values.json ? tell(plants.map(({ name, title }) => ({ name, title }))) : tellPlants();
  if (!existsSync(builtBundlePath())) throw new Error(`${builtBundlePath()} is missing: run npm run build`);
  const plant = values.plant === undefined ? null : plantOf(values.plant);
  const vms = await WorkflowVms.load(builtBundlePath(), activityNames, plant?.bundle ?? ((code) => code));
  const context = { vms, plant };
  if (values.histories !== undefined) await recorded(values.histories, vms);
  else if (values['against-server']) await againstServer(Number(values.from), Number(values.seeds ?? 5), vms);
  else if (values.seed !== undefined) await one(Number(values.seed), context, values);
  else
    await many(Number(values.seeds ?? 100), context, {
      ...values,
      from: Number(values.from),
      step: Number(values.step),
      seconds: Number(values.seconds ?? Infinity),
    });
  await vms.destroy();
}

interface Context {
  readonly vms: WorkflowVms;
  readonly plant: Plant | null;
}

async function one(
  seed: number,
  context: Context,
  options: { readonly shrink: boolean; readonly json: boolean },
): Promise<void> {
  const scenario = scenarioOf(seed);
  if (options.shrink) {
    const shrunk = await shrink(scenario, context);
    tell(shrunk);
    return;
  }
  const print = options.json ? () => undefined : (line: string) => console.log(line);
  if (!options.json) console.log(JSON.stringify(scenario, null, 2));
  const outcome = await simulate(scenario, { ...context, print });
  tell({ seed, ...outcome });
  if (outcome.violations.length > 0) process.exitCode = 1;
}

/** The driver is held to what the real server has recorded: each history is replayed, and must ask for the same. */
async function recorded(folder: string, vms: WorkflowVms): Promise<void> {
  const histories = readHistories(folder);
  const different: { readonly name: string; readonly how: string }[] = [];
  for (const history of histories) {
    const how = await replayHistory(vms, history);
    if (how !== null) different.push({ name: history.name, how });
  }
  tell({ histories: histories.length, different });
  if (different.length > 0) process.exitCode = 1;
}

/** The driver is held to the real server itself: the same scenarios must end alike. */
async function againstServer(from: number, count: number, vms: WorkflowVms): Promise<void> {
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  const agreements = await agreementsOf(seeds, vms);
  const different = agreements.filter((one) => one.different.length > 0);
  tell({ scenarios: count, same: agreements.reduce((sum, { same }) => sum + same, 0), different });
  if (different.length > 0) process.exitCode = 1;
}

async function many(
  count: number,
  context: Context,
  {
    from,
    step,
    seconds,
    json,
    plant,
  }: {
    readonly from: number;
    readonly step: number;
    readonly seconds: number;
    readonly json: boolean;
    readonly plant?: string | undefined;
  },
): Promise<void> {
  const startedAt = performance.now();
  const violations: Violation[] = [];
  const total = { activations: 0, calls: 0, faults: 0, virtualHours: 0 };
  const taken = () => (performance.now() - startedAt) / 1000;
  let seeds = 0;
  for (let seed = from; seeds < count && taken() < seconds; seed += step) {
    const outcome = await simulate(scenarioOf(seed), context);
    seeds += 1;
    add(total, outcome);
    for (const violation of outcome.violations) {
      violations.push(violation);
      if (!json)
        console.log(`seed ${seed}: ${violation.rule}: ${violation.message.split('\n').slice(0, 12).join('\n')}`);
    }
    if (plant === undefined || outcome.violations.length === 0) continue;
    // A seed that breaks a rule without the plant says nothing of it.
    const unplanted = await WorkflowVms.load(builtBundlePath(), activityNames, (code) => code);
    const { violations: without } = await simulate(scenarioOf(seed), { vms: unplanted, plant: null });
    await unplanted.destroy();
    if (without.length === 0) return tell({ plant, foundBySeed: seed, by: outcome.violations[0]?.rule });
  }
  if (plant !== undefined) {
    tell({ plant, foundBySeed: null });
    process.exitCode = 1;
    return;
  }
  tell({ seeds, violations, ...total, seconds: Math.round(taken() * 10) / 10 });
  if (violations.length > 0) {
    if (!json) console.error(`replay one by: npm run simulate -- --seed ${violations[0]?.seed ?? ''}`);
    process.exitCode = 1;
  }
}

function add(
  total: { activations: number; calls: number; faults: number; virtualHours: number },
  outcome: Outcome,
): void {
  total.activations += outcome.activations;
  total.calls += outcome.calls;
  total.faults += outcome.faults;
  total.virtualHours = Math.round(total.virtualHours + outcome.virtualHours);
}

const tell = (what: unknown) => console.log(JSON.stringify(what));

function tellPlants(): void {
  for (const { name, title } of plants) console.log(`${name.padEnd(28)} ${title}`);
}

/** The SDK asks for them, and makes nothing of them in this version. */
const activityNames: readonly string[] = [];

main().catch((error: unknown) => {
  console.error(error);
  process.exit(2);
});
