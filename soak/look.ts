import { readdir, readFile } from 'node:fs/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { inParallel } from '../src/core/inParallel';
import { workflowNames } from '../src/core/messageNames';
import { searchAttributes } from '../src/core/searchAttributes';
import { entities, type Looked } from './measures';

const width = 8;

/** What the kernel tells of the workers; of one that is not there, null. */
export async function lookAtWorkers(pids: readonly (number | null)[]): Promise<Looked> {
  const looked = await Promise.all(
    pids.map(async (pid, i) => {
      const { mebibytes, handles, threads } = (pid === null ? null : await lookAtProcess(pid)) ?? nothing;
      const name = `worker ${i + 1}`;
      return { [`${name} MiB`]: mebibytes, [`${name} handles`]: handles, [`${name} threads`]: threads };
    }),
  );
  return Object.assign({}, ...looked) as Looked;
}

const nothing = { mebibytes: null, handles: null, threads: null };

async function lookAtProcess(pid: number) {
  try {
    const [status, handles] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readdir(`/proc/${pid}/fd`).then(({ length }) => length),
    ]);
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
    return { mebibytes: field('VmRSS') / 1024, handles, threads: field('Threads') };
  } catch {
    return null;
  }
}

const running = "ExecutionStatus = 'Running'";

/** How many workflows are open, and how many recovery points have ended. */
export async function lookAtWorkflows(client: Client): Promise<Looked> {
  const count = async (query: string) => (await client.workflow.count(query)).count;
  const types = Object.values(workflowNames);
  const points = `WorkflowType = '${workflowNames.createRecoveryPoint}'`;
  const [open, completed, notCompleted, ...byType] = await Promise.all([
    count(running),
    count(`${points} AND ${isCompleted}`),
    count(`${points} AND ${isNotCompleted}`),
    ...types.map((type) => count(`WorkflowType = '${type}' AND ${running}`)),
  ]);
  return {
    ...Object.fromEntries(types.map((type, i) => [`open ${type}`, byType[i] ?? 0])),
    'open workflows': open,
    completed,
    'not completed': notCompleted,
  };
}

/** Of recovery points: not `PartiallyFailed`, which Temporal itself calls completed. */
export const isCompleted = `ExecutionStatus = 'Completed' AND ${searchAttributes.state.name} = 'Completed'`;

/** Of recovery points that have ended. */
export const isNotCompleted = `ExecutionStatus != 'Running' AND NOT (${isCompleted})`;

/** The longest and the largest history of the workflows that never end. */
export async function lookAtHistories(client: Client): Promise<Looked> {
  const looked = await Promise.all(
    entities.map(async (type) => {
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = '${type}' AND ${running}` }))
        ids.push(workflowId);
      const histories = (await inParallel(ids, width, (id) => historyOf(client, id))).filter((one) => one !== null);
      if (histories.length === 0) return {};
      return {
        [`${type} events`]: Math.max(...histories.map(({ events }) => events)),
        [`${type} KiB`]: Math.max(...histories.map(({ kibibytes }) => kibibytes)),
      };
    }),
  );
  return Object.assign({}, ...looked) as Looked;
}

/** Of its latest run; null where it has ended since. */
async function historyOf(client: Client, workflowId: string) {
  try {
    const { historyLength, historySize = 0 } = await client.workflow.getHandle(workflowId).describe();
    return { events: historyLength, kibibytes: historySize / 1024 };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
