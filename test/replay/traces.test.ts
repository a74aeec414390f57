import { join } from 'node:path';
import { DefaultLogger, type InjectedSinks, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { readHistories, type RecordedHistory } from '../../scripts/historyFile';
import { type Span, type TraceSinks } from '../../src/core/traces/span';
import { traced } from '../../src/worker/workflowBundle';
import { workflowBundle } from '../workflow/workflowBundle';

const corpus = readHistories(join(__dirname, 'histories'));
const recoveryPoints = corpus.filter(({ name }) => /^(createRecoveryPoint|transferExport)-/.test(name));
const silent = new DefaultLogger('ERROR', () => undefined);
let bundle: WorkflowBundleOption;

beforeAll(async () => {
  Runtime.install({ logger: silent, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
  bundle = await traced(await workflowBundle());
});

/** The spans of histories, as a worker would tell them that tells in a replay too, or one that does not; and what breaks. */
async function replayed(histories: readonly RecordedHistory[], callDuringReplay: boolean) {
  const spans: Span[] = [];
  const sinks: InjectedSinks<TraceSinks> = {
    traces: { ended: { fn: (_info, span) => void spans.push(span), callDuringReplay } },
  };
  const broken: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle, sinks }, [
    ...histories,
  ]))
    if (error !== undefined) broken.push(`${workflowId}: ${error.message}`);
  return { spans, broken };
}

const ofTraces = (spans: readonly Span[], of: readonly Span[]) => {
  const traces = new Set(of.map(({ traceId }) => traceId));
  // In an order of its own: histories are replayed side by side.
  return [...new Set(spans.filter(({ traceId }) => traces.has(traceId)).map((span) => JSON.stringify(span)))].sort();
};

test('workflows that began without traces go on with them, and tell each span as they did before', async () => {
  const { spans, broken } = await replayed(corpus, true);
  expect(broken).toEqual([]);
  const runs = spans.filter(({ kind }) => kind === 'server');
  const told = new Set(runs.map(({ name }) => name));
  for (const name of ['createRecoveryPoint', 'fleetBackup', 'restoreRecoveryPoint', 'restoreDrill', 'drillTier'])
    expect(told).toContain(name);
  for (const name of ['protectResource', 'serviceLimit', 'alerts']) expect(told).not.toContain(name);

  const again = await replayed(recoveryPoints, true);
  expect(again.spans.length).toBeGreaterThan(50);
  expect(ofTraces(again.spans, again.spans)).toEqual(ofTraces(spans, again.spans));
  expect(again.spans.some(({ name }) => name === 'wait for permit')).toBe(true);
  // Two spans never share an identifier, however alike they are; the corpus has some runs twice.
  const ids = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  expect(ids.size).toBe(new Set(spans.map((span) => JSON.stringify(span))).size);
  for (const { begun, ended } of spans) expect(begun).toBeLessThanOrEqual(ended);
});

test('a replay tells nothing', async () => {
  expect(await replayed(recoveryPoints, false)).toEqual({ spans: [], broken: [] });
});
