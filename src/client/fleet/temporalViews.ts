import { workflowNames } from '../../core/messageNames';
import { searchAttributes } from '../../core/searchAttributes';
import { type TemporalUi } from '../temporalUi';

/** A list of workflows in the Temporal UI. */
export interface TemporalView {
  readonly name: string;
  /** A list filter of Temporal. */
  readonly query: string;
  /** Opens the list as a view that can be saved: a path of the UI, or a URL where the UI is known. */
  readonly link: string;
}

/** Columns that make these lists a console; the UI keeps its columns in the browser, so a person adds them there once. */
export const viewColumns: readonly string[] = [
  searchAttributes.state.name,
  searchAttributes.resource.name,
  searchAttributes.account.name,
  searchAttributes.reason.name,
];

/** What people look for in the list of workflows. */
export function temporalViews(fleet: string, ui: TemporalUi): readonly TemporalView[] {
  const { state, fleet: ofFleet } = searchAttributes;
  const all = `${ofFleet.name}="${fleet}"`;
  const recoveryPoints = `${all} AND WorkflowType="${workflowNames.createRecoveryPoint}"`;
  const lifecycles = `${all} AND WorkflowType="${workflowNames.protectResource}"`;
  const view = (name: string, query: string): TemporalView => ({ name, query, link: ui.list(query, name) });
  return [
    view(fleet, all),
    view(`${fleet}: under way`, `${recoveryPoints} AND ExecutionStatus="Running"`),
    view(`${fleet}: failed`, `${recoveryPoints} AND ${state.name} IN ("Failed", "PartiallyFailed")`),
    view(`${fleet}: waiting`, `${all} AND ${state.name}="Waiting"`),
    view(`${fleet}: paused`, `${lifecycles} AND ${state.name}="Paused"`),
    view(`${fleet}: drills`, `${all} AND WorkflowType="${workflowNames.restoreDrill}"`),
  ];
}
