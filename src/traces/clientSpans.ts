import { type WorkflowClientInterceptor } from '@temporalio/client';
import { type SpanAttributes } from '../core/traces/span';
import { headersFrom, type TraceContext } from '../core/traces/traceContext';
import { type OpenSpan } from './openSpan';

/**
 * Spans of what a client of Temporal starts, updates and signals, which tell whom they come from. Reading has none: a fleet is read by ten
 * thousands of queries.
 *
 * @param current what is under way; undefined: nothing that has a span
 */
export function clientSpans(current: () => OpenSpan | undefined): WorkflowClientInterceptor {
  const asking = <T>(name: string, attributes: SpanAttributes, work: (from: TraceContext | null) => Promise<T>) => {
    const span = current();
    return span === undefined ? work(null) : span.asking(name, attributes, work);
  };
  return {
    startWithDetails: (input, next) =>
      asking(`start ${input.workflowType}`, of(input.options), (from) => next(withHeaders(input, from))),
    signal: (input, next) =>
      asking(`signal ${input.signalName}`, of(input.workflowExecution), (from) => next(withHeaders(input, from))),
    signalWithStart: (input, next) =>
      asking(`signal ${input.signalName}`, of(input.options), (from) => next(withHeaders(input, from))),
    startUpdate: (input, next) =>
      asking(`update ${input.updateName}`, of(input.workflowExecution), (from) => next(withHeaders(input, from))),
    startUpdateWithStart: (input, next) =>
      asking(`update ${input.updateName}`, of(input.workflowStartOptions), (from) =>
        next(from === null ? input : { ...input, updateHeaders: headersFrom(from, input.updateHeaders) }),
      ),
  };
}

function withHeaders<I extends { readonly headers: Parameters<typeof headersFrom>[1] }>(
  input: I,
  from: TraceContext | null,
): I {
  return from === null ? input : { ...input, headers: headersFrom(from, input.headers) };
}

function of({ workflowId }: { readonly workflowId?: string | null }): SpanAttributes {
  return workflowId === undefined || workflowId === null ? {} : { 'temporal.workflow.id': workflowId };
}
