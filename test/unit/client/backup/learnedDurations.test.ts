import { type Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { learnedDurations } from '../../../../src/client/backup/learnedDurations';
import { lifecycleWorkflowId } from '../../../../src/core/naming';

const resource = (id: string) => ({
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id,
  arn: `arn:aws:rds:eu-west-1:999999999999:cluster:${id}`,
});

/** Temporal with lifecycles that tell what a copy took, or nothing. */
function temporalWith(copySeconds: Readonly<Record<string, number | null>>): Client {
  const ids = Object.keys(copySeconds).map((id) => lifecycleWorkflowId(resource(id)));
  const answers = new Map(Object.values(copySeconds).map((seconds, index) => [ids[index], seconds]));
  const executions = ids.map((workflowId) => ({
    execution: { workflowId, runId: 'r' },
    ...{ type: { name: 'protectResource' }, status: 1, startTime: { seconds: 1_795_000_000 }, searchAttributes: {} },
  }));
  const { ListWorkflowExecutionsResponse } = temporal.api.workflowservice.v1;
  const workflowService = {
    listWorkflowExecutions: async () => ListWorkflowExecutionsResponse.fromObject({ executions }),
  };
  const getHandle = (workflowId: string) => ({
    query: () => {
      const copy = answers.get(workflowId) ?? null;
      return copy === null ? Promise.reject(new Error('deadline')) : Promise.resolve({ learned: { copy } });
    },
  });
  const withDeadline = (_: number, ask: () => unknown) => ask();
  const connection = { workflowService, plugins: [] };
  return { connection, options: {}, workflow: { getHandle }, withDeadline } as unknown as Client;
}

test('lifecycles that do not answer are counted, and the others are gone by', async () => {
  const learned = await learnedDurations(temporalWith({ one: 60, silent: null, other: 90 }), 'panda');
  expect(learned).toMatchObject({ asked: 3, silent: 1 });
  expect(['one', 'silent', 'other', 'unknown'].map((id) => learned.of(resource(id)))).toEqual([
    { copy: 60 },
    {},
    { copy: 90 },
    {},
  ]);
});
