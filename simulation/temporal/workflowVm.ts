import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { TypedSearchAttributes } from '@temporalio/common';
import { type coresdk } from '@temporalio/proto';
import { type WorkflowCreateOptions } from '@temporalio/worker/lib/workflow/interface';
import { ReusableVMWorkflow, ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared';
import { type WorkflowInfo } from '@temporalio/workflow';

export type Job = coresdk.workflow_activation.IWorkflowActivationJob;
export type Command = coresdk.workflow_commands.IWorkflowCommand;
export type Activation = coresdk.workflow_activation.IWorkflowActivation;
export type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** Workflow code in the SDK's own sandbox. */
export interface WorkflowVm {
  activate(activation: Activation): Promise<Completion>;
  dispose(): Promise<void>;
}

/** What a call into the sandbox runs: all that it awaits inside has happened when it returns. */
const callScript = new vm.Script('__TEMPORAL__.api[__temporal_call[0]](...__temporal_call[1])');

interface SandboxContext extends vm.Context {
  __temporal_call: [string | symbol, unknown[]];
  __TEMPORAL_ACTIVATOR__: unknown;
}

/**
 * The SDK's sandbox that all workflows of a process share. Between workflows the SDK swaps every global, which takes most of the time
 * here. Our workflows change none (test/workflow and production run them under the SDK's own rules), so only the activator is swapped.
 */
class SharedVmWorkflowCreator extends ReusableVMWorkflowCreator {
  /** Loads the code once, and not for each run: no module of it has state of its own. */
  shareModules(): void {
    const { context } = this as unknown as { readonly context: SandboxContext };
    new vm.Script('__TEMPORAL__.importWorkflows(); __TEMPORAL__.importInterceptors();').runInContext(context);
  }

  override async createWorkflow(options: WorkflowCreateOptions): Promise<ReusableVMWorkflow> {
    const { context } = this as unknown as { readonly context: SandboxContext };
    const its: { activator: unknown } = { activator: undefined };
    const workflowModule = new Proxy({} as ConstructorParameters<typeof ReusableVMWorkflow>[3], {
      get:
        (_, name) =>
        (...args: unknown[]): unknown => {
          context.__TEMPORAL_ACTIVATOR__ = its.activator;
          context.__temporal_call = [name, args];
          return callScript.runInContext(context);
        },
    });
    workflowModule.initRuntime({
      ...options,
      sourceMap: noSourceMap,
      getTimeOfDay: () => 0n,
      registeredActivityNames: this.registeredActivityNames,
      stackTracesEnabled: false,
    });
    its.activator = context.__TEMPORAL_ACTIVATOR__;
    const workflow = new ReusableVMWorkflow(options.info.runId, context, its.activator as never, workflowModule);
    ReusableVMWorkflowCreator.workflowByRunId.set(options.info.runId, workflow);
    return workflow;
  }
}

const noSourceMap = { version: 3, sources: [], names: [], mappings: '', sourcesContent: [], file: '' } as never;

/** Traces of promises are for a query that nobody asks here, and cost more than everything else. */
const withoutPromiseTraces = () =>
  Object.assign(globalHandlers, { setPromiseHook: () => undefined, overridePrepareStackTrace: () => undefined });

/** Makes sandboxes for the workflows of a bundle. */
export class WorkflowVms {
  private constructor(private readonly creator: SharedVmWorkflowCreator) {}

  /** @param change what a planted bug does to the code */
  static load(
    codePath: string,
    activityNames: readonly string[],
    change: (code: string) => string = (code) => code,
  ): Promise<WorkflowVms> {
    return WorkflowVms.of({ code: change(readFileSync(codePath, 'utf8')), filename: codePath }, activityNames);
  }

  static async of(
    { code, filename }: { readonly code: string; readonly filename: string },
    activityNames: readonly string[],
  ): Promise<WorkflowVms> {
    withoutPromiseTraces();
    // Most failures here are expected, and nobody reads where each was thrown.
    Error.stackTraceLimit = 4;
    const bundle = { code, filename, sourceMap: noSourceMap };
    // Without a time-out: its guard thread costs more than most activations.
    const creator = await SharedVmWorkflowCreator.create(bundle, undefined as never, new Set(activityNames));
    creator.shareModules();
    return new WorkflowVms(creator);
  }

  create(info: SimulatedInfo, randomnessSeed: number[], now: number): Promise<WorkflowVm> {
    const whole = {
      ...info,
      namespace: 'default',
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      historyLength: 0,
      historySize: 0,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      taskTimeoutMs: 10_000,
      currentBuildId: '',
      attempt: 1,
      unsafe: { now: () => now, isReplaying: false, isReplayingHistoryEvents: false },
    };
    return this.creator.createWorkflow({
      info: whole as unknown as WorkflowInfo,
      randomnessSeed,
      now,
      showStackTraceSources: false,
    });
  }

  async destroy(): Promise<void> {
    await this.creator.destroy();
  }
}

export type SimulatedInfo = Pick<
  WorkflowInfo,
  | 'workflowId'
  | 'runId'
  | 'workflowType'
  | 'taskQueue'
  | 'firstExecutionRunId'
  | 'originalExecutionRunId'
  | 'startTime'
  | 'runStartTime'
> &
  Partial<Pick<WorkflowInfo, 'continuedFromExecutionRunId' | 'parent' | 'root'>>;
