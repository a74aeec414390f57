import { readFileSync } from 'node:fs';
import { TypedSearchAttributes } from '@temporalio/common';
import { type coresdk } from '@temporalio/proto';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm';
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

/** Nothing computes for so long; a loop that never ends is told, not waited for. */
const longestActivationMilliseconds = 60_000;

/** Traces of promises are for a query that nobody asks here, and cost more than everything else. */
const withoutPromiseTraces = () =>
  Object.assign(globalHandlers, { setPromiseHook: () => undefined, overridePrepareStackTrace: () => undefined });

/** Makes sandboxes for the workflows of a bundle. */
export class WorkflowVms {
  private constructor(private readonly creator: ReusableVMWorkflowCreator) {}

  /** @param change what a planted bug does to the code */
  static async load(
    codePath: string,
    activityNames: readonly string[],
    change: (code: string) => string,
  ): Promise<WorkflowVms> {
    withoutPromiseTraces();
    const code = change(readFileSync(codePath, 'utf8'));
    const sourceMap = { version: 3, sources: [], names: [], mappings: '', sourcesContent: [], file: '' };
    return new WorkflowVms(
      await ReusableVMWorkflowCreator.create(
        { code, filename: codePath, sourceMap: sourceMap as never },
        longestActivationMilliseconds,
        new Set(activityNames),
      ),
    );
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
    }) as Promise<WorkflowVm>;
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
