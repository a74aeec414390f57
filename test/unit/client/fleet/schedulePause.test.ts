import { type ScheduleDescription } from '@temporalio/client';
import { beginningText } from '../../../../src/client/cli/commands/schedules';
import { keptPause, pauseMemo, pauseOf } from '../../../../src/client/schedule/schedulePause';
import { pauseText, type SchedulePause } from '../../../../src/core/schedulePause';

const now = Date.UTC(2026, 10, 30, 12);
const later = '2026-12-01T06:00:00.000Z';
const alice: SchedulePause = { by: 'alice', reason: 'migration', since: '2026-11-30T11:00:00.000Z', until: later };

const described = (memo: unknown, startAt: string | null, paused: boolean, note = '') =>
  ({
    action: { memo: memo === null ? {} : { [pauseMemo]: memo } },
    spec: startAt === null ? {} : { startAt: new Date(startAt) },
    state: { paused, note },
  }) as unknown as Pick<ScheduleDescription, 'action' | 'spec' | 'state'>;

describe('a schedule', () => {
  test.each([
    ['that nobody has paused', described(null, null, false), null],
    ['that is paused until a time', described(alice, later, false), alice],
    [
      'whose pause is over',
      described({ ...alice, until: '2026-11-30T11:30:00.000Z' }, '2026-11-30T11:30:00.000Z', false),
      null,
    ],
    ['that is paused without an end', described({ ...alice, until: null }, null, true), { ...alice, until: null }],
    ['that somebody has resumed by `temporal`', described({ ...alice, until: null }, null, false), null],
    [
      'that somebody has paused by `temporal`',
      described(null, null, true, 'storage is slow'),
      { by: null, reason: 'storage is slow', since: null, until: null },
    ],
    [
      'that the fleet file pauses',
      described(alice, null, true, 'paused by the fleet file'),
      { by: 'the fleet file', reason: 'paused by the fleet file', since: null, until: null },
    ],
    [
      'whose memo is anything',
      described({ until: later }, later, false, 'x'),
      { by: null, reason: 'x', since: null, until: later },
    ],
  ])('%s is known for that', (_, description, pause) => {
    expect(pauseOf(description, now)).toEqual(pause);
  });

  test('that is updated keeps a pause with its end, and forgets one that is over', () => {
    expect(keptPause(described(alice, later, false), now)).toEqual({
      startAt: new Date(later),
      memo: { [pauseMemo]: alice },
    });
    expect(keptPause(described(alice, later, false), Date.parse(later) + 1)).toEqual({ memo: {} });
  });
});

test.each([
  [alice, 'paused by alice since 2026-11-30T11:00:00.000Z until 2026-12-01T06:00:00.000Z: migration'],
  [{ by: null, reason: '', since: null, until: null }, 'paused, until somebody resumes it'],
  [{ by: 'the fleet file', reason: 'x', since: null, until: null }, 'paused by the fleet file'],
])('a pause is told in words', (pause, text) => {
  expect(pauseText(pause, String)).toBe(text);
});

test.each([
  ['2026-11-30T02:00:12Z', 'Europe/Vienna', 'Mon 2026-11-30 03:00:12 +01:00 = 02:00:12 UTC'],
  ['2026-11-30T13:30:00Z', 'Australia/Lord_Howe', 'Tue 2026-12-01 00:30:00 +11:00 = 2026-11-30 13:30:00 UTC'],
  ['2026-11-30T02:00:00Z', 'UTC', 'Mon 2026-11-30 02:00:00 UTC'],
  ['2026-11-30T02:00:00Z', 'no/zone', 'Mon 2026-11-30 02:00:00 UTC'],
])('a beginning at %s is told in %s and in UTC', (time, timezone, text) => {
  expect(beginningText(time, timezone)).toBe(text);
});
