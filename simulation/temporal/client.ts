import {
  type Payload,
  defaultFailureConverter,
  defaultPayloadConverter,
  WorkflowNotFoundError,
} from '@temporalio/common';
import {
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
} from '@temporalio/common/lib/converter/payload-search-attributes';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { type Random } from '../random';
import { type VirtualTime } from '../virtualTime';
import { attemptHere } from './activityService';
import { payloadsOf, valuesOf } from './payloads';
import { type Run, type StartOptions, type UpdateOutcome } from './run';
import { type TemporalService } from './service';

interface StartArguments {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly typedSearchAttributes?: Parameters<typeof encodeUnifiedSearchAttributes>[1];
}

/** The part of the SDK's client that activities, and people, use. */
export class SimulatedClient {
  private updates = 0;

  constructor(
    private readonly service: TemporalService,
    private readonly time: VirtualTime,
    private readonly random: Random,
  ) {}

  readonly withDeadline = <T>(deadline: number | Date, work: () => Promise<T>): Promise<T> => {
    const left = Number(deadline) - Date.now();
    return new Promise<T>((resolve, reject) => {
      const timer = this.time.after(left, () => reject(new Error('DEADLINE_EXCEEDED')));
      work()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  };

  readonly withAbortSignal = <T>(_signal: AbortSignal, work: () => Promise<T>): Promise<T> => work();

  readonly workflow = {
    getHandle: (workflowId: string, runId?: string) => this.handleOf(workflowId, runId),

    start: async (type: string, options: StartArguments) => {
      await this.call();
      const run = this.service.start(this.optionsOf(type, options));
      await this.call();
      if (run === null) throw new Error(`${options.workflowId} runs already`);
      return this.handleOf(run.workflowId, run.runId);
    },

    signalWithStart: async (
      type: string,
      options: StartArguments & { readonly signal: string; readonly signalArgs: readonly unknown[] },
    ) => {
      await this.call();
      const open = this.service.latest(options.workflowId);
      const run = open?.isOpen ? open : this.service.start(this.optionsOf(type, options));
      const problem = this.service.signal(run ?? undefined, options.signal, payloadsOf(options.signalArgs));
      await this.call();
      if (problem !== null) throw new Error(`${options.signal}: ${problem}`);
      return this.handleOf(options.workflowId);
    },

    executeUpdateWithStart: async (
      name: string,
      {
        startWorkflowOperation: { workflowTypeOrFunc: type, options },
        args,
      }: {
        readonly startWorkflowOperation: { readonly workflowTypeOrFunc: string; readonly options: StartArguments };
        readonly args: readonly unknown[];
      },
    ) => {
      await this.call();
      const open = this.service.latest(options.workflowId);
      const run = open?.isOpen ? open : this.service.start(this.optionsOf(type, options));
      return this.updateOf(run ?? undefined, options.workflowId, name, args);
    },

    list: ({ query = '' }: { readonly query?: string } = {}) => this.list(query),
  };

  private optionsOf(
    type: string,
    { workflowId, taskQueue, args, typedSearchAttributes }: StartArguments,
  ): StartOptions {
    return {
      workflowId,
      type,
      taskQueue,
      args: payloadsOf(args),
      searchAttributes: encodeUnifiedSearchAttributes(undefined, typedSearchAttributes),
    };
  }

  private handleOf(workflowId: string, runId?: string) {
    const find = () => {
      const run = this.service.find(workflowId, runId);
      if (run === undefined) throw new WorkflowNotFoundError(`${workflowId} is not known`, workflowId, runId);
      return run;
    };
    return {
      workflowId,
      describe: async () => {
        await this.call();
        const run = find();
        await this.call();
        return described(run);
      },
      signal: async (name: string, ...args: unknown[]) => {
        await this.call();
        const problem = this.service.signal(this.service.find(workflowId, runId), name, payloadsOf(args));
        await this.call();
        if (problem === 'not-found')
          throw new WorkflowNotFoundError('workflow execution already completed', workflowId, runId);
        if (problem !== null) throw new Error(`${name}: ${problem}`);
      },
      query: async (name: string, ...args: unknown[]) => {
        await this.call();
        const answer = await this.service.query(find(), name, payloadsOf(args));
        return answer === null ? undefined : defaultPayloadConverter.fromPayload(answer);
      },
      executeUpdate: async (name: string, { args = [] }: { readonly args?: readonly unknown[] } = {}) => {
        await this.call();
        return this.updateOf(this.service.find(workflowId, runId), workflowId, name, args);
      },
      cancel: async () => {
        await this.call();
        this.service.cancel(find(), 'asked for');
      },
      terminate: async (reason: string) => {
        await this.call();
        this.service.terminate(find(), reason);
      },
      result: async () => {
        await this.call();
        let run = find();
        for (;;) {
          if (run.isOpen) await this.closedOf(run);
          if (run.next === null) break;
          run = run.next;
        }
        await this.call();
        if (run.status === 'COMPLETED') return run.result === null ? undefined : valuesOf([run.result])[0];
        throw new WorkflowFailedError(
          'Workflow execution failed',
          defaultFailureConverter.failureToError(run.failure ?? {}, defaultPayloadConverter),
          0 as never,
        );
      },
    };
  }

  private closedOf(run: Run): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.service.onClosed((closed) => {
        if (closed !== run) return;
        forget();
        resolve();
      });
    });
  }

  private async updateOf(run: Run | undefined, workflowId: string, name: string, args: readonly unknown[]) {
    if (run === undefined || !run.isOpen)
      throw new WorkflowNotFoundError('workflow execution already completed', workflowId, undefined);
    this.updates += 1;
    const id = `update-${this.updates}`;
    const outcome = await new Promise<UpdateOutcome>((settle) =>
      this.service.update(run, { id, name, input: payloadsOf(args), isDelivered: false, settle }),
    );
    await this.call();
    if ('completed' in outcome) return outcome.completed === null ? undefined : valuesOf([outcome.completed])[0];
    if ('rejected' in outcome)
      throw new WorkflowUpdateFailedError(
        'Workflow Update failed',
        defaultFailureConverter.failureToError(outcome.rejected, defaultPayloadConverter),
      );
    throw new WorkflowNotFoundError('workflow execution already completed', workflowId, undefined);
  }

  /** As much of Temporal's query language as is asked: comparisons, joined by AND. */
  private async *list(query: string) {
    await this.call();
    const conditions = query.split(' AND ').map((text) => {
      const match = /^(\w+) (=|!=|>) '(.*)'$/.exec(text.trim());
      if (match === null) throw new Error(`the simulation cannot ask ${text}`);
      const [, name = '', operator = '', value = ''] = match;
      return { name, operator, value };
    });
    for (const run of [...this.service.runs]) {
      const fields: Readonly<Record<string, string>> = {
        WorkflowType: run.type,
        RunId: run.runId,
        WorkflowId: run.workflowId,
        ExecutionStatus: words[run.status] ?? '',
        CloseTime: run.closedAt === null ? '' : new Date(run.closedAt).toISOString(),
      };
      const met = ({ name, operator, value }: (typeof conditions)[number]) => {
        const found = fields[name] ?? searchAttribute(run, name);
        if (operator === '=') return found === value;
        return operator === '!=' ? found !== value : found > value;
      };
      if (conditions.every(met)) yield described(run);
    }
  }

  /** One way of a call between a client and the server. One that is made by a process that is gone never comes back. */
  private async call(): Promise<void> {
    await this.time.sleep(this.random.between(1, 15));
    if (attemptHere.getStore()?.process.isLost) await new Promise(() => undefined);
  }
}

const words: Readonly<Record<string, string>> = {
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Canceled',
  TERMINATED: 'Terminated',
  CONTINUED_AS_NEW: 'ContinuedAsNew',
};

function described(run: Run) {
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    type: run.type,
    status: { name: run.status },
    closeTime: run.closedAt === null ? undefined : new Date(run.closedAt),
    startTime: new Date(run.startedAt),
    typedSearchAttributes: decodeTypedSearchAttributes(run.searchAttributes),
    raw: { workflowExecutionInfo: { firstRunId: run.firstRunId } },
  };
}

/** A keyword, empty where the run has none of the name. */
export function searchAttribute({ searchAttributes }: Run, name: string): string {
  const payload: Payload | undefined = searchAttributes[name];
  if (payload === undefined) return '';
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
  return typeof first === 'string' ? first : '';
}
