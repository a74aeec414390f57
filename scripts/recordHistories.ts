import { connectTemporal } from '../src/client/connectTemporal';
import { workflowNames } from '../src/core/messageNames';
import { packageFile } from '../sandbox/provision/packageFile';
import { keepHistory } from './historyFile';
import { messageOf } from '../src/core/failure';

const folder = packageFile('test', 'replay', 'histories');
/** Of what a namespace holds, the latest runs are looked at: thousands of one shape teach nothing. */
const mostRuns = 500;

/**
 * Adds to the replay corpus what the Temporal namespace of `TEMPORAL_ADDRESS` has seen: one history of every shape that is
 * not there yet. Arguments narrow it down, as a visibility query: `node dist/scripts/recordHistories.js "ExecutionStatus='Failed'"`.
 */
async function main(query: string): Promise<void> {
  const temporal = await connectTemporal();
  try {
    const types = Object.values(workflowNames).map((name) => `'${name}'`);
    const ours = `WorkflowType IN (${types.join(', ')})${query === '' ? '' : ` AND (${query})`}`;
    let looked = 0;
    for await (const { workflowId, runId } of temporal.client.workflow.list({ query: ours })) {
      if ((looked += 1) > mostRuns) break;
      const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
      const name = keepHistory(folder, { workflowId, history });
      if (name !== null) console.log(`${name}: ${workflowId}`);
    }
  } finally {
    await temporal.close();
  }
}

main(process.argv.slice(2).join(' ')).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
