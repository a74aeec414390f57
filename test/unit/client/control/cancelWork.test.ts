import { Client, type Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { type CancelOptions, cancelWork } from '../../../../src/client/control/cancelWork';
import { type RunningWork, workOf } from '../../../../src/client/control/runningWork';

type Status = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELED' | 'TERMINATED' | 'CONTINUED_AS_NEW';

interface Workflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly tier?: string;
  status: Status;
  /** What it becomes when it is asked to end; absent: it does not end. */
  readonly onCancel?: Status;
  isAsked?: boolean;
}

const statuses = temporal.api.enums.v1.WorkflowExecutionStatus;
const startTime = { seconds: Date.parse('2026-11-21T02:00:00Z') / 1000 };
const grpcError = (code: number, details: string) =>
  Object.assign(new Error(details), { code, details, metadata: { get: () => [] } });

/** Temporal with some workflows, as its service answers. `troubles`: what its next answers are instead, by the name of the call. */
function temporalWith(workflows: Workflow[], troubles: Record<string, Error[]> = {}) {
  const { ListWorkflowExecutionsResponse, DescribeWorkflowExecutionResponse } = temporal.api.workflowservice.v1;
  const infoOf = ({ workflowId, runId, type, tier, status }: Workflow) => ({
    execution: { workflowId, runId },
    ...{ type: { name: type }, status: statuses[`WORKFLOW_EXECUTION_STATUS_${status}`], startTime, historyLength: 5 },
    ...(status === 'RUNNING' ? {} : { closeTime: startTime }),
    ...{ memo: {}, taskQueue: 'farcopy-panda' },
    searchAttributes: {
      indexedFields: tier === undefined ? {} : { FarcopyTier: keyword(tier) },
    },
  });
  const answering =
    <Request, Answer>(name: string, answer: (request: Request) => Answer) =>
    async (request: Request) => {
      const trouble = troubles[name]?.shift();
      if (trouble !== undefined) throw trouble;
      return answer(request);
    };
  interface Named {
    readonly execution?: { readonly workflowId: string; readonly runId?: string };
    readonly workflowExecution?: { readonly workflowId: string; readonly runId?: string };
  }
  const find = ({ execution, workflowExecution }: Named): Workflow => {
    const { workflowId, runId } = execution ?? workflowExecution ?? { workflowId: '' };
    const found = workflows.filter((one) => one.workflowId === workflowId && (!runId || one.runId === runId)).pop();
    if (found === undefined) throw grpcError(5, 'workflow not found');
    return found;
  };
  const workflowService = {
    listWorkflowExecutions: answering('list', ({ query }: { query: string }) =>
      ListWorkflowExecutionsResponse.fromObject({
        executions: workflows
          .filter(({ status, type }) =>
            query.includes('Running') ? status === 'RUNNING' : query.includes(`WorkflowType = '${type}'`),
          )
          .map(infoOf),
      }),
    ),
    describeWorkflowExecution: answering('describe', (request: Named) =>
      DescribeWorkflowExecutionResponse.fromObject({ workflowExecutionInfo: infoOf(find(request)) }),
    ),
    requestCancelWorkflowExecution: answering('cancel', (request: Named) => {
      const found = find(request);
      if (found.status !== 'RUNNING') throw grpcError(5, 'workflow execution already completed');
      found.isAsked = true;
      found.status = found.onCancel ?? 'RUNNING';
      return {};
    }),
  };
  const connection = { workflowService, plugins: [], withDeadline: (_: number, call: () => unknown) => call() };
  return new Client({ connection: connection as unknown as Connection });
}

function keyword(text: string) {
  const { data, metadata } = defaultPayloadConverter.toPayload(text);
  return { data, metadata: { ...metadata, type: Buffer.from('Keyword') } };
}

const path = 'aurora-cluster/999999999999/eu-west-1';
const point = (id: string, time: string, onCancel: Status | undefined = 'CANCELED', tier = 'standard'): Workflow => ({
  ...{ workflowId: `recovery-point/${path}/${id}/${time}`, runId: `${id} ${time}`, type: 'createRecoveryPoint', tier },
  ...{ status: 'RUNNING', ...(onCancel === undefined ? {} : { onCancel }) },
});
const work = ({ workflowId, runId, type }: Workflow): RunningWork =>
  workOf({ workflowId, runId, type, startTime: new Date(0), typedSearchAttributes: { get: () => undefined } as never });

/** Waits so many milliseconds. `heard`: whose request Temporal has taken, by their runs. */
function waiting(milliseconds: number): { readonly options: CancelOptions; readonly heard: string[] } {
  const heard: string[] = [];
  const options: CancelOptions = {
    ...{ until: Date.now() + milliseconds, signal: new AbortController().signal, progress: () => undefined },
    asked: async (lot) => void heard.push(...lot.map(({ runId }) => runId)),
  };
  return { options, heard };
}

const monday = '2026-11-21T02:00:00Z';
const states = (all: readonly { readonly runId: string; readonly state: string }[]) =>
  all.map(({ runId, state }) => `${runId.split(' ')[0]} ${state}`);

test('each is told as it ended: what had completed before is not called cancelled, and what goes on is told as running', async () => {
  const workflows = [point('a', monday), point('b', monday, 'COMPLETED'), point('c', monday, 'RUNNING')];
  const ended = { ...point('d', monday), status: 'TERMINATED' as const };
  const { options, heard } = waiting(0);
  const done = await cancelWork(temporalWith([...workflows, ended]), [...workflows, ended].map(work), options);
  expect(states(done)).toEqual(['a cancelled', 'b completed', 'c running', 'd terminated']);
  expect(done[0]?.left).toContain('copies that are proven stay');
  expect(done[3]?.left).toContain('nothing was tidied up');
  // What had ended was not cancelled by anybody here.
  expect(heard.map((one) => one.split(' ')[0])).toEqual(['a', 'b', 'c']);
});

test.each([
  ['away', 14],
  ['overloaded', 8],
])('while Temporal is %s it is asked again, and the others are told all the same', async (_, code) => {
  const workflows = [point('a', monday), point('b', monday)];
  const trouble = () => grpcError(code, 'not now');
  const client = temporalWith(workflows, { cancel: [trouble()], describe: [trouble()] });
  const done = await cancelWork(client, workflows.map(work), waiting(20_000).options);
  expect(states(done)).toEqual(['a cancelled', 'b cancelled']);
});

test('what Temporal does not take until the time is over is told as not asked, and why', async () => {
  const workflows = [point('a', monday), point('b', monday)];
  const client = temporalWith(workflows, { cancel: [grpcError(14, 'connection refused')] });
  const { options, heard } = waiting(0);
  const done = await cancelWork(client, workflows.map(work), options);
  expect(states(done)).toEqual(['a unasked', 'b cancelled']);
  expect(done[0]?.left).toContain('connection refused');
  expect(heard).toEqual([workflows[1]?.runId]);
});

test('what somebody has asked to end before is waited for all the same', async () => {
  const workflows = [{ ...point('a', monday), status: 'CANCELED' as const }, point('b', monday)];
  const client = temporalWith(workflows, { cancel: [grpcError(6, 'cancellation already requested')] });
  const { options, heard } = waiting(20_000);
  expect(states(await cancelWork(client, workflows.map(work), options))).toEqual(['a cancelled', 'b cancelled']);
  expect(heard).toEqual(workflows.map(({ runId }) => runId));
});

test('what Temporal refuses for good is told of the one that it refuses, and the others are heard of', async () => {
  const workflows = [point('a', monday), point('b', monday)];
  const client = temporalWith(workflows, { cancel: [grpcError(7, 'no permission')] });
  const { options, heard } = waiting(20_000);
  const done = await cancelWork(client, workflows.map(work), options);
  expect(states(done)).toEqual(['a unasked', 'b cancelled']);
  expect(done[0]?.left).toContain('no permission');
  expect(heard).toEqual([workflows[1]?.runId]);
});

test('a transfer that goes on as another run is cancelled there', async () => {
  const id = `transfer/${path}/a/${monday}/other-cloud`;
  const before: Workflow = { workflowId: id, runId: 'first', type: 'transferExport', status: 'CONTINUED_AS_NEW' };
  const now: Workflow = { ...before, runId: 'second', status: 'RUNNING', onCancel: 'CANCELED' };
  const done = await cancelWork(temporalWith([before, now]), [work(before)], waiting(20_000).options);
  expect(done).toMatchObject([
    { state: 'cancelled', left: expect.stringContaining('objects that are whole') as string },
  ]);
  expect(now.isAsked).toBe(true);
});
