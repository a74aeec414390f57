import { join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type ReplayResult,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { readHistories, type RecordedHistory } from '../../scripts/historyFile';
import { workflowBundle } from '../workflow/workflowBundle';

const silent = new DefaultLogger('ERROR', () => undefined);
const corpus = readHistories(join(__dirname, 'histories'));

beforeAll(() => {
  Runtime.install({ logger: silent, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
});

async function replay(bundle: WorkflowBundleOption, histories: readonly RecordedHistory[]): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  for await (const result of Worker.runReplayHistories({ workflowBundle: bundle }, [...histories]))
    results.push(result);
  return results;
}

describe('workflows that began under earlier code', () => {
  it('are of every type, ended in every way that matters', () => {
    const kinds = new Set(corpus.map(({ name }) => name.replace(/-\d+$/, '')));
    for (const kind of [
      'createRecoveryPoint-completed',
      'createRecoveryPoint-failed',
      'createRecoveryPoint-cancelled',
      'protectResource-continued',
      'protectResource-completed',
      'serviceLimit-continued',
      'serviceLimit-running',
      'fleetBackup-completed',
      'fleetBackup-failed',
      'transferExport-completed',
      'restoreRecoveryPoint-completed',
      'restoreRecoveryPoint-cancelled',
      'restoreToPostgres-completed',
      'restoreDrill-completed',
      'restoreDrill-failed',
      'restoreDrill-cancelled',
      'drillTier-failed',
      'sweepRestores-completed',
    ])
      expect(kinds).toContain(kind);
  });

  it('go on under this code', async () => {
    const results = await replay(await workflowBundle(), corpus);
    expect(results).toHaveLength(corpus.length);
    const broken = results.flatMap(({ workflowId, error }) =>
      error === undefined ? [] : [`${workflowId}: ${error.message}`],
    );
    expect(broken).toEqual([]);
  });

  it('would be seen to break by a change that is not compatible', async () => {
    const bundle = await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'incompatibleWorkflows.ts'),
      logger: silent,
    });
    const recoveryPoints = corpus.filter(({ name }) => name.startsWith('createRecoveryPoint-'));
    const results = await replay(bundle, recoveryPoints);
    expect(new Set(results.map(({ error }) => error?.name))).toEqual(new Set(['DeterminismViolationError']));
  });
});
