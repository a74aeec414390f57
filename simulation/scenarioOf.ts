import { withPrune } from './retention/withPrune';
import { backupScenarioOf, type Scenario } from './scenario';

/** The scenario of a seed. */
export const scenarioOf = (seed: number): Scenario => withPrune(backupScenarioOf(seed));
