import { type ResourceRef } from '../../../../../src/core/resource';
import { step } from '../../../../../src/core/steps/step';
import { type StepResult, type VerifiedCopy } from '../../../../../src/core/steps/stepResult';
import { type StepCall } from '../../../../../src/kinds/kind';
import { exportStep } from '../../../../../src/kinds/rds/exports/exportStep';
import { FakeObjectStore } from '../../../../fakes/objectStore';

const resource: ResourceRef = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
};
const source: VerifiedCopy = {
  kind: 'aurora-cluster',
  account: '111111111111',
  region: 'eu-west-1',
  id: 'copy',
  arn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:copy',
  place: 'secure',
  keyArn: 'key',
  sizeGiB: 1,
  dataTime: '2026-11-21T02:03:00Z',
  verifiedAt: '2026-11-21T02:04:00Z',
};
const exportTo = step({
  id: 'export:other-cloud',
  type: 'export',
  scope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
  marker: 'task',
  expects: { seconds: 0, secondsPerGiB: 0 },
  place: 'other-cloud-export',
  input: { bucket: 's3://panda-exports', role: 'role', key: 'key' },
});

test('a hundred thousand tables that were left out are told in what fits into a history', async () => {
  const store = new FakeObjectStore();
  const data = 'data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/export/task/';
  store.put(`${data}export_info_task.json`, '{}');
  const perTableStatus = Array.from({ length: 100_000 }, (_, i) => ({
    status: 'SKIPPED',
    target: `shop.public.t${i}`,
    warningMessage: 'x'.repeat(1000),
  }));
  store.put(`${data}export_tables_info_task_from_1_to_100000.json`, JSON.stringify({ perTableStatus }));
  const task = {
    id: 'task',
    status: 'complete' as const,
    rawStatus: 'COMPLETE',
    percent: 100,
    sourceArn: source.arn,
    bucket: 'panda-exports',
    prefix: data.replace('/task/', ''),
    keyArn: 'key',
    sizeGiB: 1,
    failureCause: null,
    warning: 'some tables were skipped',
  };
  const operation = exportStep({
    exports: {
      start: () => Promise.reject(new Error('it runs')),
      progress: () => Promise.resolve(task),
      cancel: () => Promise.resolve(),
      inFlight: () => Promise.resolve([]),
      bucket: () => store,
    },
    keyArn: (_, key) => Promise.resolve(key),
  });
  const call: StepCall = {
    identity: { fleet: 'panda', tier: 'critical', resource, scheduledTime: '2026-11-21T02:00:00Z' },
    step: exportTo,
    input: exportTo.input,
    source,
    results: {},
    ownership: null,
    now: 0,
    since: 0,
    attempt: 1,
    signal: new AbortController().signal,
  };
  const result = await operation.look?.(call, { ...source, id: 'task' });
  // A payload takes 2 MB, and this one goes through a history several times.
  expect(JSON.stringify(result).length).toBeLessThan(250_000);
  const { copy, lacks } = result as StepResult;
  expect(copy).toMatchObject({ objects: 2, place: 'other-cloud-export' });
  const { skippedTables = [] } = copy ?? {};
  expect(skippedTables[0]?.table).toBe('shop.public.t0');
  expect(skippedTables.at(-1)).toEqual({
    table: '99800 more',
    reason: `see ${data}export_tables_info_task_from_1_to_100000.json`,
  });
  // In words for people there are fewer still.
  expect(lacks).toEqual([expect.stringMatching(/^AWS left out shop\.public\.t0 .* and \d+ more$/s) as string]);
});
