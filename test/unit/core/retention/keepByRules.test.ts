import { readFileSync } from 'node:fs';
import path from 'node:path';
import { offsetOf } from '../../../../src/config/schedule/timezone';
import { type Retention } from '../../../../src/core/backup/policy';
import { bucketOf } from '../../../../src/core/retention/calendar';
import { type Judgement, keepByRules } from '../../../../src/core/retention/keepByRules';
import { Random } from '../../../../simulation/random';
import { oracleKeeps } from '../../../support/retention/oracle';

const hour = 3600_000;
const day = 24 * hour;
const utc = () => 0;

interface Copy {
  readonly id: string;
  readonly dataTime: number;
}

const at = (time: string): Copy => ({ id: time, dataTime: Date.parse(time) });
const kept = (judgements: readonly Judgement<Copy>[]) =>
  judgements.filter(({ reasons }) => reasons.length > 0).map(({ copy }) => copy.id);
describe('a policy keeps', () => {
  it('two hours of the same name in autumn, one by one', () => {
    const copies = ['2026-10-24T23:00:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'];
    const judged = keepByRules(copies.map(at), { hourly: 3, minimum: 1 }, offsetOf('Europe/Vienna'));
    expect(kept(judged)).toEqual(copies.slice(1).reverse());
    expect(judged[1]?.reasons).toEqual(['hourly: the newest of 2026-10-25T02+01:00']);
    expect(judged[2]?.reasons).toEqual(['hourly: the newest of 2026-10-25T02+02:00']);
  });

  it('days of the tier’s zone, not of UTC', () => {
    const copies = ['2026-11-20T22:30:00Z', '2026-11-20T23:30:00Z'].map(at);
    expect(kept(keepByRules(copies, { daily: 2, minimum: 1 }, offsetOf('Europe/Vienna')))).toHaveLength(2);
    expect(kept(keepByRules(copies, { daily: 3, minimum: 1 }, utc))).toHaveLength(2);
    const [, older] = keepByRules([...copies, at('2026-11-19T12:00:00Z')], { daily: 2, minimum: 1 }, utc);
    expect(older).toMatchObject({ reasons: [], rule: 'daily: 2026-11-20 has a newer copy' });
  });

  it('ISO weeks, which belong to the year of their Thursday', () => {
    expect(bucketOf('weekly', Date.parse('2027-01-03T23:59:59Z'), utc)).toBe('2026-W53');
    expect(bucketOf('weekly', Date.parse('2027-01-04T00:00:00Z'), utc)).toBe('2027-W01');
    expect(bucketOf('weekly', Date.parse('2024-12-30T00:00:00Z'), utc)).toBe('2025-W01');
  });

  it('everything while nothing comes in: an outage of a year takes nothing', () => {
    const before = Array.from({ length: 14 }, (_, i) => at(new Date(Date.UTC(2025, 0, 1 + i)).toISOString()));
    const policy = { daily: 14, minimum: 1 };
    expect(kept(keepByRules(before, policy, utc))).toHaveLength(14);
    const after = [...before, at('2026-06-01T00:00:00Z')];
    expect(kept(keepByRules(after, policy, utc))).toHaveLength(14);
  });

  it('days from the newest copy, not from now', () => {
    const copies = [0, 3, 4, 30].map((days) => at(new Date(Date.UTC(2020, 0, 31) - days * day).toISOString()));
    expect(kept(keepByRules(copies, { keepDays: 4, minimum: 1 }, utc))).toHaveLength(3);
  });

  it('the oldest copy, while a rule has periods to fill', () => {
    const copies = ['2026-11-21T01:00:00Z', '2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z'].map(at);
    const judged = keepByRules(copies, { monthly: 12, minimum: 1 }, utc);
    expect(kept(judged)).toEqual(['2026-11-21T03:00:00Z', '2026-11-21T01:00:00Z']);
    expect(judged[2]?.reasons).toEqual(['monthly: the oldest, while only 1 of 12 months have a copy']);
  });

  it('never fewer than its minimum, and tells by which rule the others go', () => {
    const copies = Array.from({ length: 6 }, (_, i) => at(new Date(Date.UTC(2026, 10, 1 + i)).toISOString()));
    const judged = keepByRules(copies, { daily: 2, minimum: 3 }, utc);
    expect(kept(judged)).toHaveLength(3);
    expect(judged[5]).toMatchObject({ rule: 'daily: older than the newest 2 days that have a copy' });
  });

  it('the same of copies in any order, and of two of one time always the same', () => {
    const copies = [at('2026-11-21T03:00:00Z'), { id: 'b', dataTime: 0 }, { id: 'a', dataTime: 0 }];
    const policy = { hourly: 1, minimum: 2 };
    expect(kept(keepByRules(copies, policy, utc))).toEqual(['2026-11-21T03:00:00Z', 'a']);
    expect(kept(keepByRules([...copies].reverse(), policy, utc))).toEqual(['2026-11-21T03:00:00Z', 'a']);
  });
});

describe('random histories', () => {
  const zones = ['UTC', 'Europe/Vienna', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
  const offsets = new Map(zones.map((zone) => [zone, offsetOf(zone)]));
  /** `FARCOPY_RETENTION_HISTORIES=200000` takes some minutes. */
  const histories = Number(process.env.FARCOPY_RETENTION_HISTORIES ?? 1000);

  it('are kept as the text says, read by other code', () => {
    const different: string[] = [];
    for (let seed = 0; seed < histories; seed += 1) {
      const random = new Random(`retention ${seed}`);
      const timezone = random.pick(zones);
      const policy = randomPolicy(random);
      const copies = randomTimes(random).map((time) => ({ id: new Date(time).toISOString(), dataTime: time }));
      const wanted = oracleKeeps(
        copies.map(({ dataTime }) => dataTime),
        policy,
        timezone,
      );
      const judged = keepByRules(copies, policy, offsets.get(timezone) ?? utc);
      const wrong = judged.filter(({ copy, reasons }) => reasons.length > 0 !== wanted.has(copy.dataTime));
      const unexplained = judged.filter((one) => one.reasons.length === 0 && !('rule' in one && one.rule !== ''));
      if (wrong.length > 0 || unexplained.length > 0 || judged.length !== copies.length)
        different.push(`seed ${seed}: ${timezone} ${JSON.stringify(policy)} ${JSON.stringify(wrong.slice(0, 3))}`);
    }
    expect(different).toEqual([]);
  });
});

function randomPolicy(random: Random): Retention {
  const some = (most: number) => (random.chance(0.5) ? random.whole(0, most) : undefined);
  return {
    hourly: some(30),
    daily: some(20),
    weekly: some(10),
    monthly: some(14),
    yearly: some(4),
    keepDays: random.chance(0.3) ? random.whole(0, 40) : undefined,
    minimum: random.whole(1, 5),
  };
}

/** At most 60 copies: at a rhythm with gaps, in bursts, around changes of the clocks, years apart. No two of one second. */
function randomTimes(random: Random): number[] {
  const start = random.pick([
    Date.UTC(2026, 2, 28),
    Date.UTC(2026, 9, 24),
    Date.UTC(2026, 11, 28),
    Date.UTC(2024, 1, 27),
  ]);
  const step = random.pick([900_000, hour, 6 * hour, day, 7 * day, 31 * day]);
  const times = new Set<number>();
  let time = start - random.whole(0, 48) * hour;
  const count = random.whole(0, 60);
  for (let i = 0; i < count; i += 1) {
    times.add(time);
    time += random.chance(0.1)
      ? step * random.whole(2, 20)
      : step + (random.chance(0.3) ? random.whole(1, 3599) * 1000 : 0);
  }
  return [...times];
}

describe('restic', () => {
  it('keeps the same of sixty random histories', () => {
    const file = path.join(__dirname, 'restic.json');
    const cases = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly policy: Retention;
      readonly times: readonly string[];
      readonly kept: readonly string[];
    }[];
    expect(cases).toHaveLength(60);
    for (const one of cases) expect(kept(keepByRules(one.times.map(at), one.policy, utc)).sort()).toEqual(one.kept);
  });

  it('keeps 52 of two years of hourly copies under the rules of the example, back to the last of December', () => {
    const copies: Copy[] = [];
    for (let time = Date.UTC(2024, 10, 21, 1); time <= Date.UTC(2026, 10, 21); time += hour)
      copies.push({ id: new Date(time).toISOString(), dataTime: time });
    const all = kept(keepByRules(copies, { hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 1 }, utc));
    expect(all).toHaveLength(52);
    expect(all[51]).toBe('2025-12-31T23:00:00.000Z');
  });
});
