import { Lifecycle, type LifecycleState } from '../../../../src/core/backup/lifecycle';
import {
  lifecycleLines,
  noticeText,
  rpoAlert,
  rpoMet,
  visibleLifecycle,
} from '../../../../src/core/backup/lifecycleText';
import { type ProtectionPolicy } from '../../../../src/core/backup/policy';
import { outcomeFound, outcomeOf, outcomeOfFailure } from '../../../../src/core/backup/recoveryPointOutcome';
import { unchangedResult } from '../../../../src/core/backup/recoveryPointResult';

const now = Date.parse('2026-11-21T03:00:00Z');
const time = '2026-11-21T02:00:00Z';
const policy: ProtectionPolicy = {
  fleet: 'panda',
  tier: 'gold',
  priority: 1,
  rpoSeconds: 7200,
  route: [],
  retention: { minimum: 1 },
  shareableKey: null,
  singleStepCopy: false,
  verify: 'manifest',
  connect: null,
  limits: [],
  polling: { shortestSeconds: 15, longestSeconds: 300 },
};
const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
};
const lifecycle = (changes: Partial<LifecycleState> = {}) =>
  new Lifecycle({ ...Lifecycle.begin(resource, policy, Date.parse(time)).state, ...changes });

test.each<[string, Partial<LifecycleState>]>([
  ['Idle', {}],
  ['Paused', { paused: true }],
  ['Running', { paused: true, inFlight: time }],
  ['Retired', { paused: true, inFlight: time, retired: true }],
])('a lifecycle is shown as %s', (shown, changes) => {
  expect(visibleLifecycle(lifecycle(changes).state)).toBe(shown);
});

test('its details tell the last complete recovery point, what waits, and how the last ones ended', () => {
  const outcomes = [
    { scheduledTime: time, state: 'completed', endedAt: time, reason: null },
    { scheduledTime: '2026-11-21T03:00:00Z', state: 'failed', endedAt: time, reason: 'key forbids it' },
  ] as const;
  const waiting = { scheduledTime: '2026-11-21T04:00:00Z', force: false };
  expect(lifecycleLines(lifecycle({ outcomes, waiting, protectedSince: time }))).toEqual([
    `tier **gold**, last complete recovery point: ${time}, next alert 2026-11-21T04:00:00.000Z`,
    'waiting: 2026-11-21T04:00:00Z',
    `- ${time}: **completed**`,
    '- 2026-11-21T03:00:00Z: **failed** — key forbids it',
  ]);
  expect(lifecycleLines(lifecycle())[0]).toContain('last complete recovery point: none yet');
});

test('a database at rest has no new recovery point, and is not said to have one', () => {
  const later = '2026-11-22T02:00:00Z';
  const complete = { scheduledTime: time, state: 'completed', endedAt: time, reason: null } as const;
  const unchanged = { scheduledTime: later, state: 'unchanged', endedAt: later, reason: 'it is stopped' } as const;
  expect(lifecycleLines(lifecycle({ outcomes: [complete, unchanged], protectedSince: later }))[0]).toContain(
    `last complete recovery point: ${time}, unchanged until ${later}, next alert`,
  );
  expect(lifecycleLines(lifecycle({ outcomes: [unchanged], protectedSince: later }))[0]).toContain(
    `last complete recovery point: none of those below, unchanged until ${later}, next alert`,
  );
});

test('an alert says what lacks a recovery point since when, and what is known of why', () => {
  const outcomes = [{ scheduledTime: time, state: 'failed', endedAt: time, reason: 'key forbids it' }] as const;
  const since = '2026-11-21T02:00:00.000Z';
  const { subject, message } = rpoAlert(lifecycle({ paused: true, outcomes }).state);
  expect(subject).toBe('no complete recovery point of shop within its RPO');
  expect(message).toBe(
    `aurora-cluster shop (999999999999/eu-west-1), tier gold: no complete recovery point since ${since}, RPO 7200 s; its backups are paused; last: key forbids it`,
  );
  expect(rpoAlert(lifecycle().state).message).toMatch(/RPO 7200 s$/);
});

test('that people could not be told is among its details, with since when, how often, until when and why', () => {
  const untold = { since: time, triedAt: '2026-11-21T02:15:00Z', tries: 2, problem: 'topic *x* is gone', heard: [] };
  expect(lifecycleLines(lifecycle({ untold }))[1]).toBe(
    `**people could not be told since ${time}, tried 2 times, next at 2026-11-21T02:45:00.000Z: topic \\*x\\* is gone**`,
  );
  expect(lifecycleLines(lifecycle({ untold: { ...untold, heard: ['arn:aws:sns:eu-west-1:1:a'] } }))[1]).toContain(
    '**some topics or channels could not be told',
  );
});

test('the end of a gap is told with the recovery point that closed it', () => {
  const { event, subject, message } = rpoMet(lifecycle().state);
  expect({ event, subject }).toEqual({ event: 'rpo-met', subject: 'shop is within its RPO again' });
  expect(message).toContain('a complete recovery point of 2026-11-21T02:00:00.000Z');
});

test('what is told again keeps its id, whatever is known of why; its end has the same key and another id', () => {
  const outcomes = [{ scheduledTime: time, state: 'failed', endedAt: time, reason: 'key forbids it' }] as const;
  const alert = { event: 'rpo-missed', begunAt: time, heard: [] } as const;
  const first = noticeText(alert, lifecycle().state);
  const again = noticeText(alert, lifecycle({ outcomes }).state);
  const end = noticeText({ ...alert, event: 'rpo-met', begunAt: '2026-11-22T02:00:00Z' }, lifecycle().state);
  expect(again.message).not.toBe(first.message);
  expect([again.id, again.key, again.state]).toEqual([first.id, first.key, 'open']);
  expect([end.key, end.state]).toEqual([first.key, 'resolved']);
  expect(end.id).not.toBe(first.id);
});

test('another fleet is told whose the resource is', () => {
  const request = { scheduledTime: time, policy, force: false };
  expect(() => lifecycle().check(request, now)).not.toThrow();
  expect(() => lifecycle().check({ ...request, policy: { ...policy, fleet: 'other' } }, now)).toThrow(
    'cluster:shop is protected by fleet panda',
  );
});

describe('what a lifecycle remembers of a recovery point', () => {
  const endedAt = '2026-11-21T03:00:00.000Z';

  it('is how it ended, and what is to be known', () => {
    expect(outcomeOf(time, unchangedResult('it is stopped'), now)).toEqual({
      scheduledTime: time,
      state: 'unchanged',
      endedAt,
      reason: 'plan: it is stopped',
    });
  });

  it('is null where there is nothing to tell', () => {
    const whole = { ...unchangedResult(''), state: 'completed', notes: [] } as const;
    expect(outcomeOf(time, whole, now)).toEqual({ scheduledTime: time, state: 'completed', endedAt, reason: null });
  });

  it.each([
    [undefined, { state: 'failed', reason: null }],
    [{ state: 'unknown', reason: null } as const, { state: 'failed', reason: null }],
    [
      { state: 'partially-failed', reason: 'one is down' } as const,
      { state: 'partially-failed', reason: 'one is down' },
    ],
  ])('of one that another lifecycle began: %j', (found, expected) => {
    expect(outcomeFound(time, found, now)).toMatchObject(expected);
  });

  it('is the failure where it failed', () => {
    expect(outcomeOfFailure(time, 'cancelled', 'somebody did', now)).toMatchObject({
      state: 'cancelled',
      reason: 'somebody did',
    });
  });
});
