import { type ActivityInterceptorsFactory } from '@temporalio/worker';
import { recoveryPointOfWorkflowId } from '../core/naming';
import { subjectOf } from '../core/traces/subject';

/** Lines of the log that an activity of another workflow writes, of a restore or a drill, name the recovery point that it works on. */
export const pointInLog: ActivityInterceptorsFactory = ({ info }) => {
  let named: { readonly recoveryPoint?: string } = {};
  return {
    inbound: {
      execute: (input, next) => {
        const point = subjectOf(input.args[0])['farcopy.recovery_point'];
        // Of the workflow that makes it, the log knows by itself.
        if (point !== undefined && recoveryPointOfWorkflowId(info.workflowExecution?.workflowId ?? '') === null)
          named = { recoveryPoint: String(point) };
        return next(input);
      },
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...named }) },
  };
};
