import { type PlannedDrill } from '../../core/drill/drillRound';

/** What `drillTier` calls. */
export interface DrillTierActivities {
  /** What the workers' fleet file says of a drill. `Configuration` where it has none of that name. */
  planDrill(tier: string, drill: string): Promise<PlannedDrill>;
}
