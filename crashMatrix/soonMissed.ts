import { type ActivityOptions, type WorkflowInterceptors } from '@temporalio/workflow';

/** Many times what any activity takes here. */
const missedAfter = '12 seconds';

/** In workflows: an activity of a worker that was killed is missed after seconds instead of a minute, and begun anew at once. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) => next({ ...input, options: { ...input.options, ...soon(input.options) } }),
    },
  ],
});

function soon({ heartbeatTimeout, retry }: ActivityOptions): ActivityOptions {
  const missed =
    heartbeatTimeout === undefined ? { startToCloseTimeout: missedAfter } : { heartbeatTimeout: missedAfter };
  return { ...missed, retry: { ...retry, initialInterval: '1 second' } };
}
