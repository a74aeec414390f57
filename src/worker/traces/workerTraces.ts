import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { type InjectedSinks, type WorkerInterceptors } from '@temporalio/worker';
import { outcomeOf } from '../../activities/observed';
import { type CallListener } from '../../clouds/tellCalls';
import { failureTypes } from '../../core/failure';
import { type TraceSinks } from '../../core/traces/span';
import { subjectOf } from '../../core/traces/subject';
import { contextIn } from '../../core/traces/traceContext';
import { clientSpans, OpenSpan, type Traces } from '../../traces';

/** What a worker traces: tries of activities with what they call, and the spans that workflow code hands over. */
export class WorkerTraces {
  private readonly tries = new WeakMap<Context, OpenSpan>();

  constructor(private readonly traces: Traces) {}

  readonly sinks: InjectedSinks<TraceSinks> = {
    traces: { ended: { fn: (_info, span) => this.traces.take([span]), callDuringReplay: false } },
  };

  readonly interceptors: WorkerInterceptors = {
    activity: [
      (context) => ({
        inbound: {
          execute: async (input, next) => {
            const { activityType, attempt, workflowExecution } = context.info;
            const subject = subjectOf(input.args[0]);
            const span = new OpenSpan({
              name: `try ${activityType}`,
              kind: 'server',
              parent: contextIn(input.headers),
              attributes: {
                ...subject,
                'temporal.activity.type': activityType,
                'temporal.activity.attempt': attempt,
                ...(workflowExecution === undefined ? {} : { 'temporal.workflow.id': workflowExecution.workflowId }),
              },
            });
            this.tries.set(context, span);
            try {
              const result = await next(input);
              this.traces.take(span.end(null));
              return result;
            } catch (error) {
              const outcome = outcomeOf(error);
              // The next look of a poll that goes on for hours: the activity's own span says how long it took.
              if (outcome !== failureTypes.notReady) this.traces.take(span.end(outcome));
              throw error;
            }
          },
        },
      }),
    ],
    client: { workflow: [clientSpans(() => this.current)] },
  };

  readonly onCall: CallListener = (call) => this.current?.calls(call);

  /** The try of an activity that this is part of. */
  private get current(): OpenSpan | undefined {
    const context = asyncLocalStorage.getStore();
    return context === undefined ? undefined : this.tries.get(context);
  }
}
