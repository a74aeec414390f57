import { parseResourceArgument } from '../../../../src/client/catalogue/resourceArgument';
import { fleetCompliance } from '../../../../src/client/ledger/fleetCompliance';
import { LedgerReader } from '../../../../src/client/ledger/readLedger';
import { entryTypes, type LedgerEntry, untold } from '../../../../src/core/ledger/entry';
import { mostEntryBytes } from '../../../../src/core/ledger/entryShape';
import { ledgerLayout } from '../../../../src/core/ledger/ledgerLayout';
import { knownKinds } from '../../../../src/kinds/registry';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { cluster } from '../../../workflow/fixtures';

const digest = '0123456789abcdef';
const writtenBy = { build: '0.1.0', fleetFile: 'a', at: '2026-11-21T02:00:00Z' };
const shop = cluster('999999999999', 'shop');
const other = cluster('888888888888', 'other');

const act = (at: string, resource = shop, outcome = 'pause'): LedgerEntry => ({
  ...{ version: 1, type: 'act', fleet: 'panda', tier: 'standard', resource, at, outcome, reason: null },
  ...{ asToldByCaller: untold, workflow: { id: 'protect/a', runId: 'b' } },
});
const point = (at: string, since: string, resource = shop): LedgerEntry => ({
  ...act(at, resource, 'completed'),
  ...{ type: 'recovery-point', scheduledTime: since, dataTime: since, rpoSeconds: 86_400, protectedSince: since },
  ...{ forced: false, places: [], stepSeconds: {} },
});

function ledgerOf(...entries: readonly LedgerEntry[]) {
  const store = new FakeObjectStore();
  const put = (entry: LedgerEntry, content: string = JSON.stringify({ ...entry, writtenBy })) =>
    store.put(`farcopy/${ledgerLayout.key(entry, digest)}`, content);
  for (const entry of entries) put(entry);
  const url = { scheme: 's3', bucket: 'panda-state', prefix: 'farcopy/' } as const;
  const reader = new LedgerReader({ url, store, lock: null }, 'panda');
  const window = { from: Date.parse('2026-10-22T00:00:00Z'), to: Date.parse('2026-11-22T00:00:00Z') };
  const read = (changes: Partial<Parameters<LedgerReader['read']>[0]> = {}) =>
    reader.read({ ...window, named: [], types: entryTypes, limit: 100, ...changes });
  return { store, put, read, reader, window };
}

const named = (text: string) => [parseResourceArgument(text, knownKinds)];
const times = ({ entries }: { readonly entries: readonly LedgerEntry[] }) => entries.map(({ at }) => at);
const [a, b, c, d] = [
  '2026-11-01T23:59:59.999Z',
  '2026-11-02T00:00:00.000Z',
  '2026-11-20T05:00:00.000Z',
  '2026-11-20T06:00:00.000Z',
] as const;

test('entries come the newest first, whichever resource and day they are of, and the ledger says how far back it reaches', async () => {
  const { read } = ledgerOf(act(d, other), act(a), act(c, shop), act(b, other));
  const all = await read();
  expect(times(all)).toEqual([d, c, b, a]);
  expect(all).toMatchObject({ more: false, reachesBackTo: '2026-11-01', problems: [] });
  expect(await read({ limit: 3 })).toMatchObject({ more: true, entries: [{ at: d }, { at: c }, { at: b }] });
  expect(times(await read({ from: Date.parse(b), to: Date.parse(d) }))).toEqual([c, b]);
  expect((await read({ limit: 4 })).more).toBe(false);
});

test('by resource, by its whole path or its name, and by kind', async () => {
  const { read, store } = ledgerOf(act(d, other), point(c, '2026-11-20T04:00:00Z'), act(b, other), act(a));
  expect(times(await read({ named: named('other') }))).toEqual([d, b]);
  expect(times(await read({ types: ['recovery-point'] }))).toEqual([c]);
  store.calls.length = 0;
  expect(times(await read({ named: named('aurora-cluster/999999999999/eu-west-1/shop') }))).toEqual([c, a]);
  // Nothing of other resources is listed, but for the very first look.
  const listed = store.calls.filter(({ operation }) => operation === 'list').map(({ key }) => key);
  expect(listed.slice(1).every((prefix) => prefix.endsWith('/999999999999/eu-west-1/shop/'))).toBe(true);
});

test('an empty ledger is empty', async () => {
  expect(await ledgerOf().read()).toEqual({ entries: [], more: false, reachesBackTo: null, problems: [] });
});

test('garbage and lies beside entries are told and lead nobody', async () => {
  const { read, put, store } = ledgerOf(act(a));
  put(act(b), 'no JSON');
  put(act(c), JSON.stringify({ ...act(c), outcome: 'retire', writtenBy }));
  put(act(d), 'x'.repeat(mostEntryBytes + 1));
  put(
    act('2026-11-03T00:00:00.000Z'),
    JSON.stringify({ ...act('2026-11-03T00:00:00.000Z'), fleet: 'other', writtenBy }),
  );
  put(act('2026-11-04T00:00:00.000Z'), JSON.stringify(act('2026-11-04T00:00:00.000Z')));
  put(act('2026-11-05T00:00:00.000Z'), '[]');
  store.put('farcopy/ledger/panda/2026-11-06/\u001b[31mred', '');
  const found = await read();
  expect(times(found)).toEqual([a]);
  expect(found.problems.map(({ message }) => message).sort()).toEqual([
    `it has ${mostEntryBytes + 1} bytes: no entry is so large`,
    'it is no JSON',
    'it lies in the ledger and is none of its entries, or of a later version',
    'it says something else than its key',
    'it says something else than its key',
    expect.stringContaining('it: it must be an entry of the ledger') as string,
    expect.stringContaining('it: writtenBy must be an object') as string,
  ]);
  expect(store.calls.filter(({ operation, key }) => operation === 'open' && key.includes('060000')).length).toBe(0);
});

test('more garbage than anybody reads is cut short', async () => {
  const { read, store } = ledgerOf(act(a));
  for (let i = 0; i < 1000; i += 1) store.put(`farcopy/ledger/panda/2026-11-06/${i}`, '');
  expect((await read()).problems).toHaveLength(20);
});

test('compliance is reckoned by keys alone, and by what was before the window', async () => {
  const { reader, window, store } = ledgerOf(
    point('2026-10-21T02:30:00.000Z', '2026-10-21T02:00:00Z'),
    point('2026-10-23T02:00:00.000Z', '2026-10-23T01:00:00Z'),
    act('2026-10-23T12:00:00.000Z', shop, 'retire'),
    point('2026-10-22T10:00:00.000Z', '2026-10-22T09:00:00Z', other),
  );
  const to = Date.parse('2026-10-24T00:00:00Z');
  const found = await fleetCompliance(reader, { tiers: [] }, { from: window.from, to }, []);
  expect(found.resources).toMatchObject([
    // 26 of 36 hours: protected since 02:00 of the day before until 02:00, then a day late until it ended.
    {
      id: 'shop',
      measuredSeconds: 36 * 3600,
      metSeconds: 12 * 3600,
      gaps: [{ from: '2026-10-22T02:00:00.000Z', to: '2026-10-23T02:00:00.000Z' }],
    },
    { id: 'other', measuredSeconds: 38 * 3600, gaps: [{ from: '2026-10-23T09:00:00.000Z' }] },
  ]);
  expect(store.count('open')).toBe(0);
});
