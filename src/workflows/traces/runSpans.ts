import {
  ContinueAsNew,
  proxySinks,
  type WorkflowInboundCallsInterceptor,
  workflowInfo,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { CancelledFailure, type Headers } from '@temporalio/common';
import { messageNames, workflowNames } from '../../core/messageNames';
import { type Span, type SpanAttributes, type TraceSinks } from '../../core/traces/span';
import { subjectOf } from '../../core/traces/subject';
import { contextIn, headersFrom, spanIdOf, type TraceContext, traceIdOf } from '../../core/traces/traceContext';
import { describeFailure } from '../failures';

/** These never end: a span of theirs would, never. They hand on who asked them. */
const endless: ReadonlySet<string> = new Set([
  workflowNames.alerts,
  workflowNames.protectResource,
  workflowNames.serviceLimit,
]);

/** A round asks for hundreds of them, or they go on for weeks: each is a trace of its own, with a link to who asked for it. */
const ownTrace: ReadonlySet<string> = new Set([
  workflowNames.createRecoveryPoint,
  workflowNames.recordLater,
  workflowNames.restoreDrill,
]);

/** A run with more tells the rest of its activities by the spans of their tries alone, below its own. */
const mostSpans = 500;

/** Requests that an endless workflow remembers the senders of, until it acts on them. */
const mostCallers = 50;

interface Begun {
  readonly id: string;
  readonly at: number;
  readonly name: string;
  readonly attributes: SpanAttributes;
}

const { traces } = proxySinks<TraceSinks>();

/**
 * The spans of one run of a workflow: the run, its activities from scheduling to their end, and its waiting for permits. Identifiers come
 * from the run's own, so a replay makes the same ones, and times from the workflow's clock. The sink is not called in a replay.
 *
 * No method is asynchronous, and each returns the very promise that it was given: what follows runs in the same order as without. So workers
 * with traces and without may run the same workflow one after the other.
 */
export class RunSpans {
  /** This run; null: it has no span. */
  private run: TraceContext | null = null;
  private spans = 0;
  private readonly waits = new Map<string, Begun>();
  /** By the time that a recovery point was asked for. */
  private readonly callers = new Map<string, TraceContext>();
  private came: TraceContext | null = null;

  readonly inbound: WorkflowInboundCallsInterceptor = {
    execute: (input, next) => {
      const { workflowType } = workflowInfo();
      this.came = contextIn(input.headers);
      if (endless.has(workflowType)) return next(input);
      const end = this.begin(input.args);
      return alongside(
        next(input),
        () => end(null),
        (error) => end(error instanceof ContinueAsNew ? null : errorType(error)),
      );
    },
    handleUpdate: (input, next) => {
      const caller = contextIn(input.headers);
      const at = asksFor(input.args[0]);
      if (caller !== null && at !== undefined) this.remember(at, caller);
      return next(input);
    },
    handleSignal: (input, next) => {
      const [requestId] = input.args;
      if (input.signalName === messageNames.permitGranted && typeof requestId === 'string') {
        const wait = this.waits.get(requestId);
        this.waits.delete(requestId);
        if (wait !== undefined) this.end(wait, null);
      }
      return next(input);
    },
  };

  readonly outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) => {
      const { run } = this;
      if (run === null) return next(input);
      const subject = subjectOf(input.args[0]);
      const span = this.open(`activity/${input.seq}`, activityName(input.activityType, subject), {
        ...subject,
        'temporal.activity.type': input.activityType,
      });
      const spanId = span?.id ?? run.spanId;
      const scheduled = next({ ...input, headers: headersFrom({ ...run, spanId }, input.headers) });
      if (span === null) return scheduled;
      return alongside(
        scheduled,
        () => this.end(span, null),
        (error) => this.end(span, errorType(error)),
      );
    },
    startChildWorkflowExecution: (input, next) => next({ ...input, headers: this.headersOfChild(input) }),
    continueAsNew: (input, next) => {
      const { came, run } = this;
      return next(came === null || run === null ? input : { ...input, headers: headersFrom(came, input.headers) });
    },
    signalWorkflow: (input, next) => {
      const [request] = input.args as readonly { readonly requestId?: unknown; readonly limit?: unknown }[];
      const requestId = request?.requestId;
      if (
        input.signalName === messageNames.requestPermit &&
        typeof requestId === 'string' &&
        !this.waits.has(requestId)
      ) {
        const limit = input.target.type === 'external' ? (input.target.workflowExecution.workflowId ?? '') : '';
        const wait = this.open(`permit/${requestId}`, 'wait for permit', { 'farcopy.limit': limit });
        if (wait !== null) this.waits.set(requestId, wait);
      }
      return next(input);
    },
  };

  /** Of requests that were refused nothing comes: the oldest are forgotten. */
  private remember(at: string, caller: TraceContext): void {
    this.callers.set(at, caller);
    for (const oldest of this.callers.keys()) {
      if (this.callers.size <= mostCallers) break;
      this.callers.delete(oldest);
    }
  }

  /** Begins the span of the run; what it returns ends it. */
  private begin(args: readonly unknown[]): (error: string | null) => void {
    const { workflowId, runId, workflowType, runStartTime } = workflowInfo();
    const { came } = this;
    const parent = ownTrace.has(workflowType) ? null : came;
    const self = `${workflowId}/${runId}`;
    const spanId = spanIdOf(self);
    const run = { traceId: parent?.traceId ?? traceIdOf(self), spanId, sampled: parent?.sampled ?? true };
    this.run = run;
    const attributes = {
      ...subjectOf(args[0]),
      'temporal.workflow.type': workflowType,
      'temporal.workflow.id': workflowId,
      'temporal.workflow.run_id': runId,
    };
    return (error) => {
      const begun = { id: spanId, at: runStartTime.getTime(), name: workflowType, attributes };
      const links = parent === null && came !== null ? [came] : [];
      this.tell(run, { ...begun, parent: parent?.spanId ?? null, kind: 'server', error, links });
    };
  }

  /** Null: there is no span for it. */
  private open(what: string, name: string, attributes: SpanAttributes): Begun | null {
    if (this.run === null || this.spans === mostSpans) return null;
    this.spans += 1;
    return { id: spanIdOf(`${this.run.spanId}/${what}`), at: Date.now(), name, attributes };
  }

  private end(begun: Begun, error: string | null): void {
    const { run } = this;
    if (run !== null) this.tell(run, { ...begun, parent: run.spanId, kind: 'client', error, links: [] });
  }

  private tell(
    { traceId, sampled }: TraceContext,
    span: Begun & Pick<Span, 'kind' | 'error' | 'links'> & { readonly parent: string | null },
  ): void {
    const { id: spanId, at: begun, parent: parentSpanId, name, kind, attributes, error, links } = span;
    if (!sampled) return;
    const ended = Date.now();
    traces.ended({ traceId, spanId, parentSpanId, name, kind, begun, ended, attributes, error, links });
  }

  /** Of an endless workflow, that of whoever asked it for the child. */
  private headersOfChild({
    headers,
    options,
  }: {
    readonly headers: Headers;
    readonly options: { args?: unknown[] };
  }): Headers {
    const at = this.run === null ? asksFor(identityIn(options.args?.[0])) : undefined;
    const from = this.run ?? this.callers.get(at ?? '');
    if (at !== undefined) this.callers.delete(at);
    return from === undefined ? headers : headersFrom(from, headers);
  }
}

/** The promise itself, with someone who watches how it ends. */
function alongside<T>(promise: Promise<T>, done: () => void, failed: (error: unknown) => void): Promise<T> {
  void promise.then(done, failed);
  return promise;
}

const identityIn = (input: unknown): unknown => (input as { readonly identity?: unknown } | null | undefined)?.identity;

/** The scheduled time that a request, or an identity, names. */
function asksFor(request: unknown): string | undefined {
  const time = (request as { readonly scheduledTime?: unknown } | null | undefined)?.scheduledTime;
  return typeof time === 'string' ? time : undefined;
}

function activityName(type: string, subject: SpanAttributes): string {
  const step = subject['farcopy.step_type'];
  return step === undefined ? type : `${type} ${String(step)}`;
}

function errorType(error: unknown): string {
  const cause = (error as { readonly cause?: unknown } | null)?.cause;
  return error instanceof CancelledFailure || cause instanceof CancelledFailure
    ? 'Cancelled'
    : describeFailure(error).type;
}
