import { type Plant } from './plant';
import { type Scenario } from './scenario';
import { type WorkflowVms } from './temporal/workflowVm';
import { simulate, type Violation } from './world';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  /** Simulations it took. */
  readonly tries: number;
}

/** Leaves out of a scenario whatever is not needed to break the rule that it breaks first. */
export async function shrink(
  scenario: Scenario,
  context: { readonly vms: WorkflowVms; readonly plant: Plant | null },
): Promise<Shrunk> {
  let tries = 0;
  const broken = async (candidate: Scenario) => {
    tries += 1;
    return (await simulate(candidate, context)).violations;
  };
  let violations = await broken(scenario);
  const [first] = violations;
  if (first === undefined) return { scenario, violations, tries };
  let smallest = scenario;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smaller(smallest)) {
      const found = await broken(candidate);
      if (!found.some(({ rule }) => rule === first.rule)) continue;
      [smallest, violations, isSmaller] = [candidate, found, true];
      break;
    }
  }
  return { scenario: smallest, violations, tries };
}

function* smaller(scenario: Scenario): Generator<Scenario> {
  const { faults, happenings, resources, rounds } = scenario;
  if (faults.length > 1) yield { ...scenario, faults: [] };
  if (happenings.length > 1) yield { ...scenario, happenings: [] };
  for (const half of halves(resources)) yield { ...scenario, resources: half };
  for (const some of without(faults)) yield { ...scenario, faults: some };
  for (const some of without(happenings)) yield { ...scenario, happenings: some };
  if (resources.length > 1) for (const some of without(resources)) yield { ...scenario, resources: some };
  if (rounds.length > 1) for (const some of without(rounds)) yield { ...scenario, rounds: some };
}

function halves<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.floor(all.length / 2);
  return all.length < 4 ? [] : [all.slice(0, middle), all.slice(middle)];
}

const without = <T>(all: readonly T[]): T[][] => all.map((_, i) => all.filter((_one, j) => j !== i));
