import { lookAtExport } from '../../../../src/activities/backup/exportLeg';
import { type Leg } from '../../../../src/core/backup/route';
import { type ResourceRef } from '../../../../src/core/resource';
import { type VerifiedCopy } from '../../../../src/core/backup/routeWalk';
import { FakeObjectStore } from '../../../fakes/objectStore';

const signal = new AbortController().signal;
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
const leg: Leg = {
  id: 'export:other-cloud',
  type: 'export',
  place: 's3:other-cloud',
  from: 'secure',
  scope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
  copyId: 'task',
  key: null,
  shareWith: null,
  after: [],
  limit: null,
  temporary: false,
  bucket: {
    name: 'other-cloud',
    bucket: 'gs://panda-backups',
    export: { bucket: 's3://panda-exports', role: 'role', key: 'key' },
    lock: null,
    bytesPerSecond: null,
  },
};

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
  const copy = await lookAtExport(
    {
      identity: { fleet: 'panda', tier: 'critical', resource, scheduledTime: '2026-11-21T02:00:00Z' },
      leg,
      source,
      copy: { ...source, id: 'task' },
      startedAt: 0,
      expectedSeconds: 1,
      polling: { shortestSeconds: 1, longestSeconds: 1 },
    },
    {
      exports: {
        start: () => Promise.reject(new Error('it runs')),
        progress: () => Promise.resolve(task),
        cancel: () => Promise.resolve(),
        inFlight: () => Promise.resolve([]),
        bucket: () => store,
      },
      keyArn: (_, key) => Promise.resolve(key),
      now: () => 0,
    },
    signal,
  );
  // A payload takes 2 MB, and this one goes through a history several times.
  expect(JSON.stringify(copy).length).toBeLessThan(250_000);
  expect(copy).toMatchObject({ objects: 2 });
  const { skippedTables = [] } = copy as VerifiedCopy;
  expect(skippedTables[0]?.table).toBe('shop.public.t0');
  expect(skippedTables.at(-1)).toEqual({
    table: '99800 more',
    reason: `see ${data}export_tables_info_task_from_1_to_100000.json`,
  });
});
