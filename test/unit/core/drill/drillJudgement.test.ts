import { type DrillCheck } from '../../../../src/core/drill/drill';
import { type DrillAnswer, judgeCheck } from '../../../../src/core/drill/drillJudgement';

const dataTime = '2026-11-21T02:03:00Z';
const value = (text: string | null): DrillAnswer => ({ type: 'value', text });
const judge = (check: DrillCheck, answer: DrillAnswer) => judgeCheck(check, answer, dataTime);

describe('rows', () => {
  const check = (atLeast: number): DrillCheck => ({ name: 'n', resources: [], type: 'rows', table: 'orders', atLeast });

  it.each([
    ['0', 0, true],
    ['9', 10, false],
    ['10', 10, true],
    ['100', 11, true],
  ])('%s where at least %s are expected: %s', (found, atLeast, ok) => {
    expect(judge(check(atLeast), value(found)).ok).toBe(ok);
  });
});

describe('freshness', () => {
  const check: DrillCheck = { name: 'n', resources: [], type: 'freshness', query: 'q', withinSeconds: 3600 };

  it.each([
    ['2026-11-21 02:03:00+00', true],
    ['2026-11-21 01:03:00+00', true],
    ['2026-11-21 01:02:59.999999+00', false],
    // The session is in UTC, so a time without a zone is in it too.
    ['2026-11-21 01:30:00', true],
    ['2026-11-21 06:45:00+05:45', false],
    ['2026-11-21 07:00:00+05:45', true],
    ['2026-11-21', false],
    // Written while the snapshot was being made.
    ['2026-11-21 02:04:00+00', true],
    ['infinity', false],
    ['1763690580', false],
    [null, false],
  ])('of %s: %s', (found, ok) => {
    const judged = judge(check, value(found));
    expect(judged.ok).toBe(ok);
    expect(judged.message === null).toBe(ok);
  });

  it('tells how old the newest is, and how old it may be', () => {
    expect(judge(check, value('2026-11-20 02:03:00+00')).message).toBe(
      'the newest is of 2026-11-20 02:03:00+00, 86400 s before the data of the recovery point (2026-11-21T02:03:00Z), and may be 3600 s',
    );
  });
});

describe('a query', () => {
  type Expectation = Pick<Extract<DrillCheck, { type: 'query' }>, 'equals' | 'atLeast' | 'atMost'>;
  const check = (expectation: Partial<Expectation>): DrillCheck => ({
    ...{
      name: 'n',
      resources: [],
      type: 'query',
      query: 'q',
      equals: undefined,
      atLeast: undefined,
      atMost: undefined,
    },
    ...expectation,
  });

  it.each<[string | null, Partial<Expectation>, boolean]>([
    ['42', { equals: 42 }, true],
    ['42.00', { equals: 42 }, true],
    ['42', { equals: '42' }, true],
    ['42.00', { equals: '42' }, false],
    ['true', { equals: true }, true],
    ['false', { equals: true }, false],
    ['open', { equals: 'open' }, true],
    ['', { equals: 0 }, false],
    [null, { equals: null }, true],
    ['', { equals: null }, false],
    [null, { equals: 'null' }, false],
    [null, { equals: 0 }, false],
    ['5', { atLeast: 5, atMost: 5 }, true],
    ['4.999', { atLeast: 5 }, false],
    ['5.001', { atMost: 5 }, false],
    ['-1e3', { atMost: -999 }, true],
    ['NaN', { atLeast: 0 }, false],
    ['many', { atLeast: 0 }, false],
    [null, { atMost: 5 }, false],
  ])('that gives %s, where %j is expected: %s', (found, expectation, ok) => {
    expect(judge(check(expectation), value(found)).ok).toBe(ok);
  });
});

it('fails in the words of PostgreSQL where the query fails, and says what else a query gave', () => {
  const check: DrillCheck = { name: 'n', resources: [], type: 'rows', table: 'orders', atLeast: 1 };
  expect(judge(check, { type: 'error', message: 'relation "orders" does not exist (42P01)' })).toEqual({
    name: 'n',
    ok: false,
    found: null,
    expected: 'at least 1 rows in orders',
    message: 'relation "orders" does not exist (42P01)',
  });
  expect(judge(check, { type: 'misshapen', what: 'gives no row' }).message).toBe('the query gives no row');
});

it('keeps what is found small, since histories keep it', () => {
  const check: DrillCheck = {
    ...{ name: 'n', resources: [], type: 'query', query: 'q', atLeast: undefined, atMost: undefined },
    equals: 'x'.repeat(10_000),
  };
  const judged = judge(check, value('y'.repeat(1_000_000)));
  expect(judged.ok).toBe(false);
  expect(JSON.stringify(judged).length).toBeLessThan(2000);
});
