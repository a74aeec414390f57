import { type WorkflowInterceptors } from '@temporalio/workflow';
import { messageNames } from '../src/core/messageNames';
import { type PermitRequest } from '../src/core/limits/permitQueue';

/** A request that says nothing of the path behind it, nor of its round, is served in the order of its arrival; one that is sent away arrives anew. */
export function withoutPath(request: PermitRequest): PermitRequest {
  return { ...request, remainingSeconds: 0, since: Date.now() };
}

/** The baseline of the makespan benchmark: the same workflows and queues, asked for permits {@link withoutPath}. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      async signalWorkflow(input, next) {
        if (input.signalName !== messageNames.requestPermit) return next(input);
        return next({ ...input, args: input.args.map((request) => withoutPath(request as PermitRequest)) });
      },
    },
  ],
});
