import fc from 'fast-check';
import {
  FleetRound,
  type ResourceAnswer,
  type ResourceOutcome,
  scheduledTimeOf,
} from '../../../../src/core/backup/fleetRound';
import { type Disposition } from '../../../../src/core/backup/lifecycle';

const time = '2026-11-21T02:00:00Z';
const scope = { account: '999999999999', region: 'eu-west-1' };
const shop = (id: string) => ({
  kind: 'aurora-cluster',
  ...scope,
  id,
  arn: `arn:aws:rds:eu-west-1:999999999999:cluster:${id}`,
});
const round = () => new FleetRound({ fleet: 'panda', tier: 'gold' }, time);
const page = (...ids: string[]) => ({
  resources: ids.map(shop),
  problems: [],
  unprotected: { count: 0, first: [] },
  next: null,
});
const answer = (id: string, disposition: Disposition, error: string | null = null): ResourceAnswer => ({
  resource: shop(id),
  disposition,
  scheduledTime: disposition === 'paused' || disposition === 'retired' || error !== null ? null : time,
  error,
});
const outcome = (id: string, state: ResourceOutcome['state'], reason: string | null = null): ResourceOutcome => ({
  resource: shop(id),
  scheduledTime: time,
  state,
  reason,
});

test('a round of which everything completes says so, and tells of no problem', () => {
  const gold = round();
  gold.discovered(scope, page('a', 'b'));
  expect(gold.answered([answer('a', 'started'), answer('b', 'done')]).map(({ resource }) => resource.id)).toEqual([
    'a',
  ]);
  gold.ended([outcome('a', 'completed')]);
  expect(gold.summary).toMatchObject({ state: 'completed', resources: 2, completed: 2, problems: [] });
  expect([gold.visibleState, gold.reason]).toEqual(['Completed', '']);
  expect(gold.notification).toEqual({
    fleet: 'panda',
    event: 'fleet-backup-ended',
    key: 'round/gold',
    size: 0,
    asOf: '2026-11-21T02:00:00Z',
    state: 'resolved',
    subject: `fleet panda, tier gold, ${time}: completed`,
    message: '2 of 2 completed, 0 partially failed, 0 failed, 0 skipped',
  });
});

test('what is paused or retired is skipped, and what could not be asked has failed', () => {
  const gold = round();
  gold.discovered(scope, page('a', 'b', 'c', 'd'));
  const pending = gold.answered([
    answer('a', 'paused'),
    answer('b', 'retired'),
    answer('c', 'started', 'Temporal refused it'),
    answer('d', 'joined'),
  ]);
  expect(pending).toEqual([{ resource: shop('d'), scheduledTime: time }]);
  gold.ended([outcome('d', 'completed')]);
  expect(gold.summary).toMatchObject({ state: 'partially-failed', skipped: 2, failed: 1, completed: 1 });
  expect(gold.reason).toBe(`${shop('c').arn}: Temporal refused it`);
  expect(gold.notification).toMatchObject({ key: 'round/gold', state: 'open' });
});

test('a resource that no tier takes counts as one that failed; a kind that cannot be listed is none of the resources', () => {
  const gold = round();
  gold.discovered(scope, {
    resources: [shop('a')],
    problems: [
      { resource: shop('odd'), kind: 'aurora-cluster', message: 'no tier gold' },
      { resource: null, kind: 'rds-instance', message: 'access denied' },
    ],
    unprotected: { count: 0, first: [] },
    next: null,
  });
  expect(gold.summary).toMatchObject({ state: 'failed', resources: 2, failed: 2 });
  expect(gold.lines).toEqual([
    '**0 of 2** completed, 0 partially failed, 2 failed, 0 skipped',
    `- ${shop('odd').arn}: no tier gold`,
    '- rds-instance in 999999999999/eu-west-1: access denied',
  ]);
});

test.each([
  ['unchanged', 'it is stopped', 'completed'],
  ['unknown', null, 'failed'],
  ['cancelled', null, 'failed'],
  ['partially-failed', 'second region is down', 'partiallyFailed'],
] as const)('an outcome %s is told', (state, reason, counted) => {
  const gold = round();
  gold.ended([outcome('a', state, reason)]);
  expect(gold.summary).toMatchObject({ [counted]: 1, problems: [{ message: reason ?? state }] });
});

test('a complete recovery point of which something is to be known is told, and is complete', () => {
  const gold = round();
  gold.ended([outcome('a', 'completed', 'the proxy was left out')]);
  expect(gold.summary).toMatchObject({ state: 'completed', problems: [{ message: 'the proxy was left out' }] });
});

test('everything that ended is counted once, however much of it is told', () => {
  const state = fc.constantFrom<ResourceOutcome['state'][]>('completed', 'partially-failed', 'failed', 'unknown');
  fc.assert(
    fc.property(fc.array(state, { maxLength: 300 }), (states) => {
      const gold = round();
      gold.ended(states.map((one, i) => outcome(String(i), one)));
      const { completed, partiallyFailed, failed, problems } = gold.summary;
      expect(completed + partiallyFailed + failed).toBe(states.length);
      expect(problems).toHaveLength(Math.min(100, partiallyFailed + failed));
    }),
  );
});

test('a round is of the time that its schedule says, else of its own beginning, and never of the future', () => {
  const now = new Date('2026-11-21T02:03:00Z');
  expect(scheduledTimeOf(new Date(time), now, now.getTime())).toBe(time);
  expect(scheduledTimeOf(undefined, now, now.getTime())).toBe('2026-11-21T02:03:00Z');
  expect(() => scheduledTimeOf('2099-01-01T00:00:00Z', now, now.getTime())).toThrow('lies in the future');
});

test('a hundred are asked at once, then pages one after another, and a rest makes up for it', () => {
  const gold = round();
  const now = Date.parse(time);
  const waits = (pages: number[], at: number) => pages.map((resources) => gold.letPass(resources, at));
  expect(waits([80, 80, 80, 80], now)).toEqual([0, 0, 7_500, 17_500]);
  expect(waits([8, 8], now + 20_000)).toEqual([7_500, 8_500]);
  expect(waits([250, 1], now + 3_600_000)).toEqual([0, 18_750]);
});
