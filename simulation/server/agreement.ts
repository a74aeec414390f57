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

/** Lets the same scenario run in the simulation and on a real server, and compares how it ended. */
export async function agreementOf(seed: number, vms: WorkflowVms): Promise<Agreement> {
  const scenario = briefScenarioOf(seed);
  const simulated = await runSimulated(scenario, vms);
  const real = await runOnServer(scenario);
  const different = differences(simulated, real);
  const onlySimulated = different.filter((line) => line.includes(': only simulated: ')).length;
  return { seed, same: Object.values(simulated).flat().length - onlySimulated, different };
}

async function runSimulated(scenario: BriefScenario, vms: WorkflowVms): Promise<Ending> {
  let ending: Ending | null = null;
  const { violations } = await simulate(scenario, {
    vms,
    plant: null,
    watch: ({ clouds, client }) =>
      new Turns(scenario, clouds, (workflowId) => client.workflow.getHandle(workflowId).cancel()),
    atRest: async ({ client, clouds, time }: World) => {
      const reading = endingOf(client as unknown as Client, clouds).then((found) => (ending = found));
      await time.runUntil(time.now + 60_000, () => ending !== null);
      await reading;
    },
  });
  if (ending !== null) return ending;
  throw new Error(`the simulation came to no end: ${violations.map(({ message }) => message).join('; ')}`);
}
