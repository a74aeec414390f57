import { type Payload } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { coresdk } from '@temporalio/proto';
import { type Random } from '../random';
import { mustBeMeant } from '../rules/failureRules';
import { type VirtualTime } from '../virtualTime';
import { ActivityService, type ActivityHost } from './activityService';
import { limits } from './limits';
import { bytesOf, bytesOfFailure, type Failure, milliseconds } from './payloads';
import { type Child, type Parent, Run, type StartOptions, type Status, type Update, type UpdateOutcome } from './run';
import { type Command, type Completion, type Job, type WorkflowVms } from './workflowVm';

/** What is told of what happens; the same for two runs of one seed. */
export interface Witness {
  trace(line: string): void;
  /** A rule is broken. */
  violation(rule: string, message: string): void;
}

export interface ServiceDependencies {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly vms: WorkflowVms;
  readonly witness: Witness;
  readonly host: ActivityHost;
}

type ClosingStatus = Exclude<Status, 'RUNNING'>;

/** Tries of a workflow task that fails, before the run is left alone: it would fail for ever. */
const triesOfTask = 3;
const taskTimeoutMilliseconds = 10_000;
/** Rules that the SDK's core has for what follows from commands: enums of `coresdk.child_workflow` and `coresdk.workflow_commands`. */
const childCancellation = { abandon: 0, tryCancel: 1, waitCompleted: 2, waitRequested: 3 } as const;
const closePolicies: Readonly<Record<number, Parent['closePolicy']>> = {
  0: 'TERMINATE',
  1: 'TERMINATE',
  2: 'ABANDON',
  3: 'REQUEST_CANCEL',
};

/** Temporal in memory: runs, workflow tasks, timers, children, signals, updates, and the limits of the server. */
export class TemporalService {
  readonly runs: Run[] = [];
  activations = 0;
  /** Workflows whose cleaning up was given up because of what befell it, and which may leave something behind. */
  readonly leaves = new Set<string>();
  readonly activities: ActivityService;
  private readonly current = new Map<string, Run>();
  private readonly byRunId = new Map<string, Run>();
  private readonly closing = new Set<(run: Run) => void>();
  private awaited: { readonly type: string; readonly listener: (run: Run) => void }[] = [];
  private runCount = 0;
  private readonly time: VirtualTime;
  private readonly random: Random;
  private readonly witness: Witness;

  constructor(private readonly on: ServiceDependencies) {
    this.time = on.time;
    this.random = on.random.fork('temporal');
    this.witness = on.witness;
    this.activities = new ActivityService(on, {
      failed: (run, type, failure) => {
        if (type === 'undoStep' && isForced(failure)) this.leaves.add(run.workflowId);
      },
      resolved: (run, job, bytes) => {
        run.events += 2;
        run.bytes += bytes;
        this.enqueue(run, job);
      },
    });
  }

  /** The latest run of a workflow. */
  latest(workflowId: string): Run | undefined {
    return this.current.get(workflowId);
  }

  find(workflowId: string, runId?: string): Run | undefined {
    if (runId === undefined || runId === '') return this.current.get(workflowId);
    const run = this.byRunId.get(runId);
    return run?.workflowId === workflowId ? run : undefined;
  }

  /** @returns ends it */
  onClosed(listener: (run: Run) => void): () => void {
    this.closing.add(listener);
    return () => this.closing.delete(listener);
  }

  /** Forgets runs that have ended before, as a namespace does after its retention period. */
  letGo(before: number): void {
    const isKept = ({ isOpen, closedAt, vm }: Run) => isOpen || vm !== null || (closedAt ?? 0) >= before;
    const gone = this.runs.filter((run) => !isKept(run));
    this.runs.splice(0, this.runs.length, ...this.runs.filter(isKept));
    for (const run of gone) {
      this.byRunId.delete(run.runId);
      if (this.current.get(run.workflowId) === run) this.current.delete(run.workflowId);
    }
  }

  /** Called once, with the next run of the type that starts. */
  onNext(type: string, listener: (run: Run) => void): void {
    this.awaited.push({ type, listener });
  }

  /** @returns null where one of the id is open */
  start(options: StartOptions, from: { readonly continued?: Run } = {}): Run | null {
    const there = this.current.get(options.workflowId);
    if (there?.isOpen) return null;
    const { continued } = from;
    this.runCount += 1;
    const runId = `00000000-0000-4000-8000-${String(this.runCount).padStart(12, '0')}`;
    const run = new Run(runId, continued?.firstRunId ?? runId, continued?.runId ?? null, this.time.now, options);
    this.runs.push(run);
    this.current.set(options.workflowId, run);
    this.byRunId.set(runId, run);
    if (continued !== undefined) continued.next = run;
    this.witness.trace(`start ${run.workflowId} ${run.type} #${this.runCount}`);
    run.bytes += bytesOf(options.args);
    if (this.isTooLarge(run, bytesOf(options.args), 'input')) return run;
    const told = this.awaited.filter(({ type }) => type === run.type);
    this.awaited = this.awaited.filter(({ type }) => type !== run.type);
    for (const { listener } of told) listener(run);
    this.enqueue(run, {
      initializeWorkflow: {
        workflowType: options.type,
        workflowId: options.workflowId,
        arguments: options.args,
        headers: {},
        firstExecutionRunId: run.firstRunId,
        originalExecutionRunId: runId,
        continuedFromExecutionRunId: run.continuedFrom ?? '',
        attempt: 1,
        startTime: msToTs(this.time.now),
        searchAttributes: { indexedFields: { ...run.searchAttributes } },
        ...(options.parent === undefined
          ? {}
          : {
              parentWorkflowInfo: {
                namespace: 'default',
                workflowId: options.parent.run.workflowId,
                runId: options.parent.run.runId,
              },
            }),
      },
    });
    return run;
  }

  /** @returns why it could not be delivered, null where it was */
  signal(run: Run | undefined, signalName: string, input: Payload[]): 'not-found' | 'too-many' | 'too-large' | null {
    if (run === undefined || !run.isOpen) return 'not-found';
    const bytes = bytesOf(input);
    if (bytes > limits.payloadBytes) return 'too-large';
    if (run.signals >= limits.signalsOfRun) {
      this.tellOnce(run, 'limits', `${run.workflowId} has had ${limits.signalsOfRun} signals, and takes no more`);
      return 'too-many';
    }
    run.signals += 1;
    run.events += 1;
    run.bytes += bytes;
    this.witness.trace(`signal ${signalName} ${run.workflowId}`);
    this.enqueue(run, { signalWorkflow: { signalName, input, identity: '', headers: {} } });
    return null;
  }

  update(run: Run, update: Update): void {
    if (run.updates.size >= limits.updatesInFlight || run.updatesTaken >= limits.updatesOfRun) {
      update.settle({
        rejected: { message: 'too many updates', applicationFailureInfo: { type: 'ResourceExhausted' } },
      });
      return;
    }
    run.updates.set(update.id, update);
    this.witness.trace(`update ${update.name} ${run.workflowId}`);
    this.enqueue(run, {
      doUpdate: {
        id: update.id,
        protocolInstanceId: update.id,
        name: update.name,
        input: update.input,
        headers: {},
        meta: { updateId: update.id, identity: '' },
        runValidator: true,
      },
    });
  }

  /** A query has to wait for its task, or for its first one. */
  isAtWork(run: Run): boolean {
    return run.task === 'started' || run.worked.length === 0;
  }

  async query(run: Run, queryType: string, args: Payload[]): Promise<Payload | null> {
    while (this.isAtWork(run)) await this.time.sleep(20);
    const vm = await this.vmOf(run);
    const { successful } = await vm.activate(
      coresdk.workflow_activation.WorkflowActivation.fromObject({
        runId: run.runId,
        timestamp: msToTs(this.time.now),
        jobs: [{ queryWorkflow: { queryId: 'q', queryType, arguments: args, headers: {} } }],
      }),
    );
    const answer = successful?.commands?.find(({ respondToQuery }) => respondToQuery)?.respondToQuery;
    if (answer?.succeeded) return answer.succeeded.response ?? null;
    throw new Error(answer?.failed?.message ?? `${queryType} was not answered`);
  }

  cancel(run: Run | undefined, reason: string): boolean {
    if (run === undefined || !run.isOpen) return false;
    if (run.isCancelRequested) return true;
    run.isCancelRequested = true;
    run.events += 1;
    this.witness.trace(`cancel ${run.workflowId}`);
    this.enqueue(run, { cancelWorkflow: { reason } });
    return true;
  }

  terminate(run: Run | undefined, reason: string): boolean {
    if (run === undefined || !run.isOpen) return false;
    run.events += 1;
    this.close(run, 'TERMINATED', { failure: { message: reason, terminatedFailureInfo: {} } });
    return true;
  }

  /** All that workers remember of workflows is lost. */
  async forget(): Promise<void> {
    for (const run of this.runs) if (run.vm !== null && run.task !== 'started') await this.evict(run);
  }

  /** Replays a run from its beginning, and tells where it does otherwise. */
  async replay(run: Run): Promise<void> {
    const vm = await this.create(run);
    await this.feed(run, vm);
    await vm.dispose();
  }

  async dispose(): Promise<void> {
    for (const run of this.runs) await this.evict(run);
  }

  private enqueue(run: Run, job: Job): void {
    if (!run.isOpen) return;
    run.jobs.push(job);
    this.scheduleTask(run);
  }

  private scheduleTask(run: Run): void {
    if (run.task !== 'none' || !run.isOpen) return;
    run.task = 'scheduled';
    run.events += 1;
    this.on.host.whenUp(run.options.taskQueue, () =>
      this.time.after(this.random.between(1, 15), () => this.startTask(run)),
    );
  }

  private async startTask(run: Run): Promise<void> {
    if (!run.isOpen || run.task !== 'scheduled') return;
    const serving = this.on.host.serving(run.options.taskQueue);
    if (serving === null) return this.again(run, []);
    const { process } = serving;
    run.task = 'started';
    run.events += 1;
    const jobs = run.jobs.splice(0).sort((a, b) => rank(a) - rank(b));
    for (const { doUpdate } of jobs) {
      const update = run.updates.get(doUpdate?.id ?? '');
      if (update !== undefined) update.isDelivered = true;
    }
    const vm = await this.vmOf(run);
    const activation = {
      runId: run.runId,
      timestamp: msToTs(this.time.now),
      isReplaying: false,
      historyLength: run.events,
      historySizeBytes: msToTs(run.bytes * 1000).seconds,
      continueAsNewSuggested: run.events >= limits.suggestedEvents || run.bytes >= limits.suggestedBytes,
      availableInternalFlags: [...run.flags],
      jobs,
    };
    const completion = await vm.activate(activation);
    this.activations += 1;
    const milliseconds = this.random.chance(0.03) ? this.random.between(100, 3000) : this.random.between(2, 25);
    this.time.after(milliseconds, async () => {
      if (!run.isOpen) return this.evict(run);
      if (process.isLost) {
        this.witness.trace(`task lost ${run.workflowId}`);
        await this.evict(run);
        this.time.after(taskTimeoutMilliseconds, () => this.again(run, jobs));
      } else await this.completeTask(run, jobs, activation, completion);
    });
  }

  /** The task has come to nothing: what it was about is worked on by the next. */
  private again(run: Run, jobs: Job[]): void {
    if (!run.isOpen) return;
    run.jobs = [...jobs, ...run.jobs];
    run.events += 1;
    run.task = 'none';
    this.scheduleTask(run);
  }

  private async completeTask(
    run: Run,
    jobs: Job[],
    activation: Run['worked'][number]['activation'],
    { successful, failed }: Completion,
  ): Promise<void> {
    if (failed) {
      const { message, stackTrace } = failed.failure ?? {};
      const why = `${run.workflowId} (${run.type}): ${message ?? ''}\n${stackTrace ?? ''}`;
      this.tellOnce(run, 'workflow-task', why);
      await this.evict(run);
      run.failedTasks += 1;
      if (run.failedTasks <= triesOfTask) this.time.after(10_000 * run.failedTasks, () => this.again(run, jobs));
      return;
    }
    const commands = successful?.commands ?? [];
    const closes = commands.some(isClosing);
    // Not those that only an update waits for: the server tells its caller that the run has ended.
    if (closes && run.jobs.some(({ doUpdate }) => !doUpdate)) {
      this.witness.trace(`unhandled command ${run.workflowId}`);
      await this.evict(run);
      return this.again(run, jobs);
    }
    run.task = 'none';
    run.events += 1;
    run.worked.push({ activation, commands });
    run.flags = successful?.usedInternalFlags ?? [];
    this.witness.trace(`task ${run.workflowId} ${commands.map(nameOfCommand).join(' ')}`);
    for (const command of commands) if (run.isOpen) this.apply(run, command);
    if (!run.isOpen) return;
    this.holdToLimits(run);
    if (run.isOpen && run.jobs.length > 0) this.scheduleTask(run);
  }

  private apply(run: Run, command: Command): void {
    const {
      startTimer,
      cancelTimer,
      scheduleActivity,
      requestCancelActivity,
      startChildWorkflowExecution: child,
      cancelChildWorkflowExecution: cancelChild,
      signalExternalWorkflowExecution: signal,
      requestCancelExternalWorkflowExecution: cancelExternal,
      upsertWorkflowSearchAttributes: upsert,
      setPatchMarker: patch,
      updateResponse,
      completeWorkflowExecution: complete,
      failWorkflowExecution: fail,
      cancelWorkflowExecution: cancelled,
      continueAsNewWorkflowExecution: continued,
    } = command;
    if (startTimer) {
      const seq = startTimer.seq ?? 0;
      run.events += 1;
      run.timers.set(
        seq,
        this.time.after(milliseconds(startTimer.startToFireTimeout) ?? 0, () => {
          run.timers.delete(seq);
          run.events += 1;
          this.enqueue(run, { fireTimer: { seq } });
        }),
      );
    } else if (cancelTimer) {
      const seq = cancelTimer.seq ?? 0;
      run.events += 1;
      run.timers.get(seq)?.cancel();
      run.timers.delete(seq);
      run.jobs = run.jobs.filter(({ fireTimer }) => fireTimer?.seq !== seq);
    } else if (scheduleActivity) {
      const bytes = bytesOf(scheduleActivity.arguments);
      run.events += 1;
      run.bytes += bytes;
      if (this.isTooLarge(run, bytes, `input of activity ${scheduleActivity.activityType ?? ''}`)) return;
      this.activities.schedule(run, scheduleActivity);
    } else if (requestCancelActivity) {
      run.events += 1;
      const seq = requestCancelActivity.seq ?? 0;
      run.jobs = this.activities.requestCancel(run, seq, run.jobs);
      if (run.jobs.length > 0) this.scheduleTask(run);
    } else if (child) {
      run.events += 1;
      run.bytes += bytesOf(child.input);
      if (this.isTooLarge(run, bytesOf(child.input), `input of child ${child.workflowId ?? ''}`)) return;
      this.startChild(run, child);
    } else if (cancelChild) this.cancelChild(run, cancelChild.childWorkflowSeq ?? 0);
    else if (signal) {
      run.events += 1;
      run.pendingSignals += 1;
      run.bytes += bytesOf(signal.args);
      const { seq, signalName } = signal;
      const workflowId = signal.childWorkflowId || (signal.workflowExecution?.workflowId ?? '');
      const runId = signal.childWorkflowId ? undefined : (signal.workflowExecution?.runId ?? undefined);
      this.time.after(this.random.between(1, 30), () => {
        if (!run.isOpen) return;
        const problem = this.signal(this.find(workflowId, runId), signalName ?? '', signal.args ?? []);
        run.events += 1;
        run.pendingSignals -= 1;
        const failure: Failure | null =
          problem === null
            ? null
            : {
                message: `Unable to signal external workflow because it was not found`,
                applicationFailureInfo: { type: problem },
              };
        this.enqueue(run, { resolveSignalExternalWorkflow: { seq: seq ?? 0, ...(failure ? { failure } : {}) } });
      });
    } else if (cancelExternal) {
      run.events += 2;
      const { seq, workflowExecution } = cancelExternal;
      this.time.after(this.random.between(1, 30), () => {
        const found = this.find(workflowExecution?.workflowId ?? '', workflowExecution?.runId ?? undefined);
        const failure = this.cancel(found, cancelExternal.reason ?? '') ? null : { message: 'not found' };
        this.enqueue(run, { resolveRequestCancelExternalWorkflow: { seq: seq ?? 0, ...(failure ? { failure } : {}) } });
      });
    } else if (upsert) {
      run.events += 1;
      for (const [name, payload] of Object.entries(upsert.searchAttributes?.indexedFields ?? {}))
        run.searchAttributes[name] = payload;
    } else if (updateResponse) this.respond(run, updateResponse);
    else if (complete) {
      const bytes = bytesOf([complete.result]);
      run.events += 1;
      if (!this.isTooLarge(run, bytes, 'result')) this.close(run, 'COMPLETED', { result: complete.result ?? null });
    } else if (fail) {
      run.events += 1;
      this.isTooLarge(run, bytesOfFailure(fail.failure), 'failure');
      if (run.isOpen) this.close(run, 'FAILED', { failure: fail.failure ?? {} });
    } else if (cancelled) {
      run.events += 1;
      this.close(run, 'CANCELLED', { failure: { message: 'cancelled', canceledFailureInfo: {} } });
    } else if (continued) {
      const args = continued.arguments ?? [];
      run.events += 1;
      if (this.isTooLarge(run, bytesOf(args), 'input of continue-as-new')) return;
      this.continueAsNew(run, args);
    } else if (patch) {
      // The marker, and an attribute by which such runs are found.
      run.events += 2;
    } else throw new Error(`the simulation knows no command ${nameOfCommand(command)}`);
  }

  private continueAsNew(run: Run, args: Payload[]): void {
    const waiting = [...run.updates.values()].filter(({ isDelivered }) => !isDelivered);
    for (const { id } of waiting) run.updates.delete(id);
    this.end(run, 'CONTINUED_AS_NEW');
    const { searchAttributes } = run;
    const next = this.start({ ...run.options, args, searchAttributes }, { continued: run });
    if (next === null) return;
    for (const update of waiting) this.update(next, update);
  }

  private respond(
    run: Run,
    { protocolInstanceId, rejected, completed, accepted }: NonNullable<Command['updateResponse']>,
  ): void {
    const update = run.updates.get(protocolInstanceId ?? '');
    if (update === undefined) return;
    if (accepted) {
      run.events += 1;
      run.updatesTaken += 1;
      run.bytes += bytesOf(update.input);
      return;
    }
    run.updates.delete(update.id);
    if (rejected) update.settle({ rejected });
    else {
      run.events += 1;
      run.bytes += bytesOf([completed]);
      update.settle({ completed: completed ?? null });
    }
  }

  private startChild(run: Run, command: NonNullable<Command['startChildWorkflowExecution']>): void {
    const seq = command.seq ?? 0;
    const workflowId = command.workflowId ?? '';
    const type = command.workflowType ?? '';
    const waitsForCancellation = Number(command.cancellationType ?? 0) >= childCancellation.waitCompleted;
    const child: Child = { workflowId, type, run: null, hasEnded: false, waitsForCancellation };
    run.children.set(seq, child);
    const closePolicy = closePolicies[command.parentClosePolicy ?? 0] ?? 'TERMINATE';
    this.time.after(this.random.between(2, 40), () => {
      if ((!run.isOpen && closePolicy !== 'ABANDON') || child.hasEnded) return;
      const started = this.start({
        workflowId,
        type,
        taskQueue: command.taskQueue ?? '',
        args: command.input ?? [],
        searchAttributes: command.searchAttributes?.indexedFields ?? {},
        parent: { run, seq, closePolicy },
      });
      run.events += 1;
      if (started === null) {
        run.children.delete(seq);
        this.enqueue(run, {
          resolveChildWorkflowExecutionStart: { seq, failed: { workflowId, workflowType: type, cause: 1 } },
        });
      } else {
        child.run = started;
        this.enqueue(run, { resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: started.runId } } });
      }
    });
  }

  private cancelChild(run: Run, seq: number): void {
    const child = run.children.get(seq);
    if (child === undefined || child.hasEnded) return;
    const failure = childFailure(child, 'cancelled', { message: 'cancelled', canceledFailureInfo: {} });
    if (child.run === null) {
      child.hasEnded = true;
      run.children.delete(seq);
      this.enqueue(run, { resolveChildWorkflowExecutionStart: { seq, cancelled: { failure } } });
      return;
    }
    run.events += 2;
    const { run: started } = child;
    this.time.after(this.random.between(1, 30), () =>
      this.cancel(this.current.get(started.workflowId), 'by its parent'),
    );
    if (child.waitsForCancellation) return;
    child.hasEnded = true;
    this.enqueue(run, { resolveChildWorkflowExecution: { seq, result: { cancelled: { failure } } } });
  }

  private close(
    run: Run,
    status: ClosingStatus,
    { result = null, failure = null }: { readonly result?: Payload | null; readonly failure?: Failure | null },
  ): void {
    run.result = result;
    run.failure = failure;
    this.end(run, status);
    const { parent } = run.options;
    for (const child of this.runs) {
      const its = child.options.parent;
      if (its?.run.workflowId !== run.workflowId || !child.isOpen || its.run.firstRunId !== run.firstRunId) continue;
      if (its.closePolicy === 'TERMINATE')
        this.time.after(this.random.between(1, 30), () => this.terminate(child, 'by parent close policy'));
      if (its.closePolicy === 'REQUEST_CANCEL')
        this.time.after(this.random.between(1, 30), () => this.cancel(child, 'by parent close policy'));
    }
    if (parent === undefined || !parent.run.isOpen) return;
    const child = parent.run.children.get(parent.seq);
    if (child === undefined || child.hasEnded) return;
    this.time.after(this.random.between(1, 30), () => this.tellParent(run, parent, child));
  }

  private tellParent(run: Run, { run: parent, seq }: Parent, child: Child): void {
    if (child.hasEnded) return;
    child.hasEnded = true;
    parent.events += 1;
    parent.bytes += bytesOf([run.result]) + bytesOfFailure(run.failure);
    const failure = run.failure ?? { message: '' };
    this.enqueue(parent, {
      resolveChildWorkflowExecution: {
        seq,
        result:
          run.status === 'COMPLETED'
            ? { completed: { result: run.result } }
            : run.status === 'CANCELLED'
              ? { cancelled: { failure: childFailure(child, 'cancelled', failure) } }
              : { failed: { failure: childFailure(child, 'failed', failure) } },
      },
    });
  }

  private end(run: Run, status: ClosingStatus): void {
    this.holdToLimits(run);
    run.status = status;
    run.closedAt = this.time.now;
    this.witness.trace(`end ${run.workflowId} ${status} ${run.failure?.message ?? ''}`);
    if (run.failure !== null) mustBeMeant(this.witness, run.workflowId, run.failure);
    for (const timer of run.timers.values()) timer.cancel();
    this.activities.abandon(run);
    for (const { settle } of run.updates.values()) settle({ gone: 'closed' } satisfies UpdateOutcome);
    run.updates.clear();
    run.jobs = [];
    if (run.task !== 'started') this.time.after(0, () => this.evict(run));
    for (const listener of [...this.closing]) listener(run);
  }

  private async vmOf(run: Run) {
    if (run.vm !== null) return run.vm;
    run.vm = await this.create(run);
    await this.feed(run, run.vm);
    return run.vm;
  }

  private async feed(run: Run, vm: NonNullable<Run['vm']>): Promise<void> {
    for (const [i, { activation, commands }] of run.worked.entries()) {
      const jobs =
        i > 0 ? activation.jobs : [...(activation.jobs ?? []), ...patchesOf(run)].sort((a, b) => rank(a) - rank(b));
      const { successful } = await vm.activate({
        ...activation,
        jobs,
        isReplaying: true,
        availableInternalFlags: [...run.flags],
      });
      const [before, now] = [commands, successful?.commands ?? []].map((all) => JSON.stringify(all, withoutTraces));
      if (before !== now) this.tellOnce(run, 'replay', `${run.workflowId}: a replay does otherwise\n${before}\n${now}`);
    }
  }

  private create(run: Run) {
    const { workflowId, runId, type: workflowType, firstRunId, options, startedAt, continuedFrom } = run;
    const seed = [...Buffer.from(runId.replaceAll('-', ''), 'hex')].slice(8);
    return this.on.vms.create(
      {
        workflowId,
        runId,
        workflowType,
        taskQueue: options.taskQueue,
        firstExecutionRunId: firstRunId,
        originalExecutionRunId: runId,
        startTime: new Date(startedAt),
        runStartTime: new Date(startedAt),
        ...(continuedFrom === null ? {} : { continuedFromExecutionRunId: continuedFrom }),
      },
      seed,
      startedAt,
    );
  }

  private async evict(run: Run): Promise<void> {
    const { vm } = run;
    run.vm = null;
    await vm?.dispose();
  }

  private isTooLarge(run: Run, bytes: number, what: string): boolean {
    if (bytes > limits.payloadWarnBytes)
      this.tellOnce(run, 'limits', `${run.workflowId}: ${what} has ${bytes} bytes, above ${limits.payloadWarnBytes}`);
    if (bytes <= limits.payloadBytes) return false;
    this.terminate(run, `${what} exceeds size limit`);
    return true;
  }

  private holdToLimits(run: Run): void {
    const pending = run.activities.size + run.pendingSignals;
    if (pending > limits.pending) this.tellOnce(run, 'limits', `${run.workflowId} has ${pending} pending`);
    if (run.events > longHistory) this.tellOnce(run, 'limits', `${run.workflowId} has over ${longHistory} events`);
    if (run.isOpen && (run.events > limits.historyEvents || run.bytes > limits.historyBytes))
      this.terminate(run, 'Workflow history size / count exceeds limit.');
  }

  private tellOnce(run: Run, rule: string, message: string): void {
    if (run.told.has(rule)) return;
    run.told.add(rule);
    this.witness.violation(rule, message);
  }
}

/** Whether an undoing failed because it was refused or got no answer for as long as it is tried, and not by its own fault. */
const isForced = ({ timeoutFailureInfo, applicationFailureInfo, cause }: Failure): boolean =>
  Number(timeoutFailureInfo?.timeoutType) === 3 ||
  ['Configuration', 'Transient', 'Refused'].includes(applicationFailureInfo?.type ?? '') ||
  (cause ? isForced(cause) : false);

/** No history of ours may be longer: workflows continue as new when the server suggests it, at 4,096 events. */
const longHistory = 5000;

/** Of a run that was patched, its history tells: the core says so before it replays anything. */
const patchesOf = (run: Run): Job[] =>
  run.worked
    .flatMap(({ commands }) => commands)
    .flatMap(({ setPatchMarker }) =>
      setPatchMarker ? [{ notifyHasPatch: { patchId: setPatchMarker.patchId ?? '' } }] : [],
    );

/** The order in which the SDK's core hands out what has come. */
function rank(job: Job): number {
  if (job.initializeWorkflow) return 0;
  if (job.notifyHasPatch) return 1;
  if (job.updateRandomSeed) return 2;
  if (job.signalWorkflow || job.doUpdate) return 3;
  return 4;
}

const isClosing = (command: Command) =>
  Boolean(
    command.completeWorkflowExecution ??
    command.failWorkflowExecution ??
    command.cancelWorkflowExecution ??
    command.continueAsNewWorkflowExecution,
  );

export const nameOfCommand = (command: Command): string =>
  Object.keys(command).find((key) => key !== 'userMetadata' && key !== 'eventGroupMarkers') ?? '';

function childFailure(child: Child, word: string, cause: Failure): Failure {
  return {
    message: `Child Workflow execution ${word}`,
    cause,
    childWorkflowExecutionFailureInfo: {
      namespace: 'default',
      workflowExecution: { workflowId: child.workflowId, runId: child.run?.runId ?? '' },
      workflowType: { name: child.type },
    },
  };
}

/** Where an error was thrown depends on the machine. */
function withoutTraces(key: string, value: unknown): unknown {
  return key === 'stackTrace' || key === 'userMetadata' ? undefined : value;
}
