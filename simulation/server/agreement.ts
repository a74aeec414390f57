import { type Client } from '@temporalio/client';
import { type WorkflowVms } from '../temporal/workflowVm';
import { simulate, type World } from '../world';
import { type BriefScenario, briefScenarioOf } from './briefScenario';
import { differences, type Ending, endingOf } from './ending';
import { runOnServer } from './serverWorld';
import { Turns } from './turns';

export interface Agreement {
  readonly seed: number;
  /** Lines that were compared, and were the same. */
  readonly same: number;
  readonly different: readonly string[];
}

/**
 * Lets the same scenarios run in the simulation and on real servers, and compares how they ended. First all of them are simulated: the
 * connections of a real server have timers, which must not meet virtual time.
 */
export async function agreementsOf(seeds: readonly number[], vms: WorkflowVms): Promise<Agreement[]> {
  const simulated: Ending[] = [];
  for (const seed of seeds) simulated.push(await runSimulated(briefScenarioOf(seed), vms));
  const agreements: Agreement[] = [];
  for (const [i, seed] of seeds.entries()) {
    const here = simulated[i] as Ending;
    const different = differences(here, await runOnServer(briefScenarioOf(seed)));
    const onlySimulated = different.filter((line) => line.includes(': only simulated: ')).length;
    agreements.push({ seed, same: Object.values(here).flat().length - onlySimulated, different });
  }
  return agreements;
}

async function runSimulated(scenario: BriefScenario, vms: WorkflowVms): Promise<Ending> {
  let ending: Ending | null = null;
  const { violations } = await simulate(scenario, {
    vms,
    plant: null,
    watch: ({ clouds, client }) =>
      new Turns(scenario, clouds, (workflowId) => client.workflow.getHandle(workflowId).cancel()),
    atRest: async ({ client, clouds, time }: World) => {
      ending = await time.whileAwaiting(endingOf(client as unknown as Client, clouds));
    },
  });
  if (ending !== null) return ending;
  throw new Error(`the simulation came to no end: ${violations.map(({ message }) => message).join('; ')}`);
}
