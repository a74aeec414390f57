import { type Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ledgerActivities } from '../../../../src/activities/ledger/ledger';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { failureTypes } from '../../../../src/core/failure';
import { type LedgerEntry, untold } from '../../../../src/core/ledger/entry';
import { kinds } from '../../../../src/kinds/registry';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { cluster } from '../../../workflow/fixtures';
import { fleetOf } from '../authority/samples';

const entry: LedgerEntry = {
  ...{ version: 1, type: 'act', fleet: 'panda', tier: 'standard', resource: cluster('999999999999') },
  ...{ at: '2026-11-21T02:45:13.120Z', outcome: 'pause', reason: null, asToldByCaller: untold },
  workflow: { id: 'protect/a', runId: 'b' },
};

function scene({ lock = null as { mode: 'governance'; days: number } | null, state = true } = {}) {
  const store = new FakeObjectStore();
  const started: { readonly type: string; readonly workflowId: string; readonly args: readonly unknown[] }[] = [];
  const start = async (type: string, { workflowId, args }: { workflowId: string; args: readonly unknown[] }) =>
    started.push({ type, workflowId, args });
  const withAbortSignal = (_: AbortSignal, work: () => Promise<unknown>) => work();
  const client = { workflow: { start }, withAbortSignal } as unknown as Client;
  const url = { scheme: 's3', bucket: 'panda-state', prefix: 'farcopy/' } as const;
  const activities = ledgerActivities(fleetOf(kinds), () => (state ? { url, store, lock } : null));
  const run = (name: keyof typeof activities, what: LedgerEntry = entry) =>
    new MockActivityEnvironment(
      { currentAttemptScheduledTimestampMs: Date.parse('2026-11-21T02:45:14Z') },
      { logger: new DefaultLogger('ERROR', () => undefined), client },
    ).run(activities[name], what);
  return { store, started, run };
}

const down = applicationFailure(failureTypes.configuration, 's3://panda-state: there is no such bucket');

test('an entry is one object, below the prefix, that says also who wrote it down', async () => {
  const { store, run } = scene();
  await run('recordInLedger');
  const [key = ''] = store.keys();
  expect(key).toMatch(
    /^farcopy\/ledger\/panda\/2026-11-21\/aurora-cluster\/.*\/024513\.120z_act_pause_-_-_[0-9a-f]{16}\.json$/,
  );
  expect(JSON.parse(store.objects.get(key)?.content.toString() ?? '')).toEqual({
    ...entry,
    writtenBy: {
      build: expect.any(String) as string,
      fleetFile: expect.any(String) as string,
      at: '2026-11-21T02:45:14.000Z',
    },
  });
});

test('a lost answer makes no twin, whoever tries again and in whichever order it has the fields', async () => {
  const { store, started, run } = scene();
  let lost = 1;
  const lose = { type: 'lose-answer', error: applicationFailure(failureTypes.transient, 'reset') } as const;
  store.fault = (operation) => (operation === 'write' && lost-- > 0 ? lose : undefined);
  await run('recordInLedger');
  expect(started).toHaveLength(1);
  store.fault = () => undefined;
  const [{ args: [input] = [] } = { args: [] }] = started;
  await run('recordLateInLedger', (input as { entry: LedgerEntry }).entry);
  await run('recordInLedger', Object.fromEntries(Object.entries(entry).reverse()) as unknown as LedgerEntry);
  expect(store.keys()).toHaveLength(1);
  expect(started).toHaveLength(1);
});

test('what lies there is never overwritten', async () => {
  const { store, run } = scene();
  await run('recordInLedger');
  const [key = ''] = store.keys();
  store.put(key, 'something else');
  await run('recordInLedger');
  expect(store.objects.get(key)?.content.toString()).toBe('something else');
});

test('a bucket that does not take it fails nothing: another workflow goes on trying, one for one entry', async () => {
  const { store, started, run } = scene();
  store.fault = () => ({ type: 'throw', error: down });
  await run('recordInLedger');
  await run('recordInLedger');
  expect(started.map(({ type, args }) => [type, args])).toEqual([
    ['recordLater', [{ version: 1, entry }]],
    ['recordLater', [{ version: 1, entry }]],
  ]);
  expect(new Set(started.map(({ workflowId }) => workflowId)).size).toBe(1);
});

test('that one is tried again also for what somebody must mend first', async () => {
  const { store, run } = scene();
  store.fault = () => ({ type: 'throw', error: down });
  await expect(run('recordLateInLedger')).rejects.toMatchObject({
    type: 'Transient',
    nonRetryable: false,
    message: expect.stringContaining('there is no such bucket') as string,
  });
});

test('an entry is locked from when it happened, and never until a time that is past', async () => {
  const one = scene({ lock: { mode: 'governance', days: 400 } });
  await one.run('recordInLedger');
  expect([...one.store.objects.values()][0]?.retainUntil).toEqual({
    mode: 'governance',
    until: new Date('2027-12-26T02:45:13.120Z'),
  });
  const late = scene({ lock: { mode: 'governance', days: 1 } });
  await late.run('recordInLedger', { ...entry, at: '2026-10-30T00:00:00.000Z' });
  expect([...late.store.objects.values()][0]?.retainUntil?.until).toEqual(new Date('2026-11-21T02:46:14Z'));
});

test('what is no entry is refused, and where no state is named any more, nothing is kept', async () => {
  const { run, store } = scene();
  await expect(run('recordInLedger', { fleet: 'panda' } as unknown as LedgerEntry)).rejects.toMatchObject({
    type: 'InvalidInput',
    nonRetryable: true,
  });
  expect(store.keys()).toEqual([]);
  await expect(scene({ state: false }).run('recordInLedger')).resolves.toBeUndefined();
});

test.each(['2026-10-01T00:00:00.000Z', '2026-11-21T02:51:00.000Z'])(
  'a message cannot write the history of a time that is gone, or to come: %s',
  async (at) => {
    const { run, store } = scene();
    for (const name of ['recordInLedger', 'recordLateInLedger'] as const)
      await expect(run(name, { ...entry, at })).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(store.keys()).toEqual([]);
  },
);
