import { type WorkflowInterceptors } from '@temporalio/workflow';

/** In workflows: a worker that was killed is missed after seconds instead of a minute, and its work is begun anew at once. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) =>
        next({
          ...input,
          options: {
            ...input.options,
            heartbeatTimeout: '8 seconds',
            retry: { ...input.options.retry, initialInterval: '200 milliseconds' },
          },
        }),
    },
  ],
});
