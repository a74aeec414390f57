import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type ResourceRef } from '../core/resource';
import { keyword, resourceAttributes, searchAttributes, type VisibleState } from '../core/searchAttributes';

/** The state of an execution as the Temporal UI shows it. */
export class VisibleProgress {
  private reason = '';

  constructor(private shown: VisibleState = 'Running') {}

  get state(): VisibleState {
    return this.shown;
  }

  /**
   * Shows the details at once. An upsert of state and reason costs an event and an action: only a change of either makes one.
   */
  show(state: VisibleState, details: readonly string[], reason = ''): void {
    setCurrentDetails(details.join('\n'));
    if (state === this.shown && reason === this.reason) return;
    this.shown = state;
    this.reason = reason;
    upsertSearchAttributes([
      { key: searchAttributes.state, value: state },
      { key: searchAttributes.reason, value: reason === '' ? null : keyword(reason) },
    ]);
  }
}

/** Makes an execution be found by what it is about, once it knows. */
export function nameRecoveryPoint(
  of: { readonly fleet: string; readonly tier: string },
  resource: ResourceRef,
  recoveryPoint: string,
): void {
  upsertSearchAttributes([
    ...resourceAttributes(of, resource),
    { key: searchAttributes.recoveryPoint, value: keyword(recoveryPoint) },
  ]);
}
