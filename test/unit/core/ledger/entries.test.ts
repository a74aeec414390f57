import { Lifecycle } from '../../../../src/core/backup/lifecycle';
import { outcomeOf } from '../../../../src/core/backup/recoveryPointOutcome';
import { type CreateRecoveryPointResult } from '../../../../src/core/backup/recoveryPointResult';
import { type Recorder, recoveryPointEntry } from '../../../../src/core/ledger/entries';
import { type LedgerEntry, toldBy, untold } from '../../../../src/core/ledger/entry';
import { ledgerEntry } from '../../../../src/core/ledger/entryShape';
import { isKeyOf, ledgerLayout, parseEntryKey } from '../../../../src/core/ledger/ledgerLayout';
import { parsed } from '../../../../src/core/messages/shape';
import { cluster, policy, scheduledTime } from '../../../workflow/fixtures';

const resource = cluster('999999999999');
const now = Date.parse('2026-11-21T02:45:13.120Z');
const recorder: Recorder = { workflow: { id: 'protect/a', runId: 'b' }, begun: now, now, asked: untold };
const copyIn = (place: string) => ({
  ...{ kind: resource.kind, account: '111111111111', region: 'eu-west-1', id: `farcopy-${place}`, arn: `arn:${place}` },
  ...{ place, keyArn: null, sizeGiB: 10, dataTime: '2026-11-21T02:03:00Z', verifiedAt: '2026-11-21T02:40:00Z' },
});
const partial: CreateRecoveryPointResult = {
  state: 'partially-failed',
  copies: [copyIn('source'), copyIn('secure')],
  failures: [{ step: 'copy:secure-dr', type: 'Configuration', message: 'no key' }],
  notes: [],
  stepSeconds: { snapshot: 61.2345 },
};

function ended(result: CreateRecoveryPointResult, ledger = true): Lifecycle {
  const lifecycle = Lifecycle.begin(resource, policy({ ledger }), Date.parse('2026-11-21T01:00:00Z'));
  lifecycle.request({ scheduledTime, policy: policy({ ledger }), force: false });
  lifecycle.begin();
  lifecycle.end(outcomeOf(scheduledTime, result, now), result.stepSeconds);
  return lifecycle;
}

const digest = '0123456789abcdef';
const entryOf = (lifecycle: Lifecycle): LedgerEntry => {
  const entry = recoveryPointEntry(lifecycle.state, partial, false, recorder);
  if (entry === null) throw new Error('there is none');
  return entry;
};

test('the entry of a recovery point says how every place of its route came out, and the RPO of the time', () => {
  expect(entryOf(ended(partial))).toEqual({
    version: 1,
    type: 'recovery-point',
    fleet: 'panda',
    tier: 'standard',
    resource,
    at: '2026-11-21T02:45:13.120Z',
    outcome: 'partially-failed',
    reason: 'copy:secure-dr: no key',
    asToldByCaller: { by: null, why: null },
    workflow: { id: 'protect/a', runId: 'b' },
    scheduledTime,
    dataTime: '2026-11-21T02:03:00Z',
    rpoSeconds: 26 * 3600,
    protectedSince: '2026-11-21T01:00:00.000Z',
    forced: false,
    places: [
      { place: 'source', copy: expect.objectContaining({ id: 'farcopy-source', bytes: null }) as unknown },
      { place: 'secure', copy: expect.objectContaining({ arn: 'arn:secure' }) as unknown },
      { place: 'secure-dr', copy: null },
    ],
    stepSeconds: { snapshot: 61.2 },
  });
});

test('a fleet without a ledger has no entries', () => {
  expect(recoveryPointEntry(ended(partial, false).state, partial, false, recorder)).toBeNull();
});

test('its key tells what compliance needs, and nothing else fits it', () => {
  const entry = entryOf(ended({ ...partial, state: 'completed', failures: [] }));
  const key = ledgerLayout.key(entry, digest);
  expect(key).toBe(
    `ledger/panda/2026-11-21/aurora-cluster/999999999999/eu-west-1/panda-cluster-1/024513.120z_recovery-point_completed_20261121t020000z_93600_${digest}.json`,
  );
  const found = parseEntryKey('panda', key);
  expect(found).toEqual({
    key,
    at: entry.at,
    path: 'aurora-cluster/999999999999/eu-west-1/panda-cluster-1',
    type: 'recovery-point',
    outcome: 'completed',
    protectedSince: scheduledTime,
    rpoSeconds: 93_600,
  });
  if (found === null) throw new Error('it has no key');
  expect(isKeyOf(found, entry)).toBe(true);
  for (const other of [
    { ...entry, outcome: 'failed' },
    { ...entry, at: '2026-11-21T02:45:13.121Z' },
    { ...entry, resource: cluster('999999999999', 'other') },
    { ...entry, rpoSeconds: 1 },
  ])
    expect(isKeyOf(found, other as LedgerEntry)).toBe(false);
});

test.each([
  'ledger/panda/2026-11-21/fleet/024513.120z_act_pause_-_-_0123456789abcdef.txt',
  'ledger/panda/2026-13-41/fleet/024513.120z_act_pause_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/fleet/994513.120z_act_pause_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/fleet/024513.120z_unheard_pause_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/fleet/024513.120z_act_\u001b[31m_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/a/b/c/d/024513.120z_act_pause_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/fleet/024513.120z_recovery-point_completed_-_-_0123456789abcdef.json',
  'ledger/panda/2026-11-21/fleet/024513.120z_recovery-point_completed_20269999t020000z_1_0123456789abcdef.json',
  'ledger/other/2026-11-21/fleet/024513.120z_act_pause_-_-_0123456789abcdef.json',
])('%s is no entry of the fleet', (key) => {
  expect(parseEntryKey('panda', key)).toBeNull();
});

test('what is no entry is refused in words, and what nobody knows is left out of one', () => {
  const entry = entryOf(ended(partial));
  expect(parsed(ledgerEntry, { ...entry, surprise: 'x'.repeat(1000) }, 'the entry')).toEqual(entry);
  for (const wrong of [
    null,
    [],
    'text',
    { ...entry, type: 'unheard' },
    { ...entry, version: 2 },
    { ...entry, at: 'now' },
  ])
    expect(() => parsed(ledgerEntry, wrong, 'the entry')).toThrow(/the entry: /);
});

test('whatever a caller tells of itself can be kept', () => {
  expect(toldBy({ by: 'anna@laptop', why: 'ticket 4711' })).toEqual({ by: 'anna@laptop', why: 'ticket 4711' });
  for (const given of [undefined, null, 7, 'anna', { by: 7, why: {} }, { by: '', why: '' }])
    expect(toldBy(given)).toEqual(untold);
  const { by, why } = toldBy({ by: 'a\ud800'.repeat(1000), why: 'w'.repeat(5000) });
  expect([by?.length, why?.length]).toEqual([256, 2000]);
  expect(() =>
    parsed(ledgerEntry, { ...entryOf(ended(partial)), asToldByCaller: { by, why } }, 'the entry'),
  ).not.toThrow();
});
