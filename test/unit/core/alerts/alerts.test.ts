import {
  type AlertNotice,
  type AlertReceiver,
  type AlertSettings,
  type Delivery,
} from '../../../../src/core/alerts/alert';
import { Alerts, gatherMilliseconds, triedMilliseconds } from '../../../../src/core/alerts/alerts';
import { alertNotice, carriedAlerts } from '../../../../src/core/messages/alertShapes';
import { parsed } from '../../../../src/core/messages/shape';

const begin = Date.parse('2026-11-21T02:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const mail: AlertReceiver = { name: 'mail/dba@example.com', events: null, apart: false, byKey: false };
const hook: AlertReceiver = { name: 'tickets', events: null, apart: false, byKey: false };
const pager: AlertReceiver = { name: 'on-call', events: null, apart: true, byKey: true };

/** An entity without Temporal: its clock goes on by itself, and receivers take what they are told unless they are down. */
class World {
  now = begin;
  receivers: AlertReceiver[] = [mail, hook];
  quietUntil: (now: number) => number | null = () => null;
  readonly down = new Set<string>();
  /** Whether receivers refuse a message for what is in it. */
  refuses: (message: Delivery['message']) => boolean = () => false;
  readonly heard: (Delivery & { readonly at: number })[] = [];
  private ids = 0;
  private notices = 0;
  alerts = new Alerts('panda', null, () => this.newId());
  private underWay: Delivery[] = [];

  open(key: string, more: Partial<AlertNotice> = {}): void {
    this.tell({ key, event: 'rpo-missed', state: 'open', subject: `${key} is late`, ...more });
  }

  resolve(key: string, more: Partial<AlertNotice> = {}): void {
    this.tell({ key, event: 'rpo-met', state: 'resolved', subject: `${key} is well`, ...more });
  }

  tell(notice: Partial<AlertNotice>): void {
    const whole = {
      id: this.noticeId(),
      event: 'rpo-missed',
      subject: 's',
      message: 'm',
      state: 'open',
    } as const;
    // As it comes out of a signal.
    this.alerts.received(parsed(alertNotice, { ...whole, ...notice }, 'tell'), this.now);
  }

  /** Lets the time go by. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      this.deliver();
      const next = Math.min(end, Math.max(this.now, this.alerts.nextAt), this.nextGivenUp);
      if (next === end && this.alerts.nextAt > end) break;
      this.now = next;
      for (const late of this.underWay.filter(({ until }) => until <= this.now)) {
        this.alerts.failed(late, 'it is down', this.now);
        this.underWay = this.underWay.filter((one) => one !== late);
      }
      if (this.alerts.nextAt <= this.now) this.underWay.push(...this.alerts.flush(this.settings, this.now));
      if (this.now >= end && this.alerts.nextAt > end) break;
    }
    this.now = end;
    this.deliver();
  }

  /** The next run of the workflow, with all that a payload does to what is carried. */
  continueAsNew(): void {
    const carried = this.alerts.carried(this.now);
    const text = JSON.stringify(carried);
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
    this.alerts = new Alerts('panda', parsed(carriedAlerts, JSON.parse(text), 'state'), () => this.newId());
    this.underWay = this.alerts.unfinished;
  }

  of(receiver: AlertReceiver) {
    return this.heard.filter((one) => one.receiver === receiver.name).map(({ message }) => message);
  }

  get settings(): AlertSettings {
    const until = this.quietUntil(this.now);
    return {
      receivers: this.receivers,
      quietUntil: until === null ? null : new Date(until).toISOString(),
      ledger: false,
    };
  }

  private get nextGivenUp(): number {
    return Math.min(Infinity, ...this.underWay.map(({ until }) => until));
  }

  private deliver(): void {
    for (;;) {
      const up = this.underWay.filter(({ receiver }) => !this.down.has(receiver));
      this.underWay = this.underWay.filter(({ receiver }) => this.down.has(receiver));
      if (up.length === 0) return;
      for (const one of up) {
        const isKnown = this.receivers.some(({ name }) => name === one.receiver);
        if (!isKnown || this.refuses(one.message)) {
          this.alerts.putOff(one, isKnown ? 'HTTP 400' : null, this.now);
          continue;
        }
        this.heard.push({ ...one, at: this.now });
        this.alerts.told(one, this.now);
      }
    }
  }

  private noticeId(): string {
    this.notices += 1;
    return this.notices.toString(16).padStart(12, '0').padEnd(32, 'f');
  }

  private newId(): string {
    this.ids += 1;
    return this.ids.toString(16).padStart(12, '0').padEnd(32, '0');
  }
}

const events = (world: World, receiver: AlertReceiver) =>
  world.of(receiver).map(({ event, state }) => `${event} ${state ?? ''}`);

describe('an episode', () => {
  test('is told to each receiver once, in its own words, and its end as well', () => {
    const world = new World();
    world.open('rpo/a');
    world.pass(hour);
    world.resolve('rpo/a');
    world.pass(hour);
    for (const receiver of [mail, hook])
      expect(world.of(receiver)).toMatchObject([
        { event: 'rpo-missed', state: 'open', key: 'rpo/a', subject: 'rpo/a is late', message: 'm' },
        { event: 'rpo-met', state: 'resolved', key: 'rpo/a', subject: 'rpo/a is well' },
      ]);
    expect(new Set(world.heard.map(({ message }) => message.id)).size).toBe(2);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, underWay: [], ended: [{ key: 'rpo/a' }] });
    expect(world.alerts.nextAt).toBeGreaterThan(world.now);
  });

  test('that comes again while it is open is no news', () => {
    const world = new World();
    world.open('rpo/a');
    world.pass(hour);
    world.open('rpo/a', { subject: 'still' });
    world.pass(hour);
    expect(events(world, mail)).toEqual(['rpo-missed open']);
    expect(world.alerts.shown(0).open).toMatchObject([{ subject: 'still', since: '2026-11-21T02:00:00.000Z' }]);
  });

  test('is told once, although its notice arrives twice', () => {
    const world = new World();
    const id = 'a'.repeat(32);
    for (const _ of [1, 2]) world.tell({ id, event: 'drill-ended', state: 'resolved' });
    world.pass(hour);
    expect(world.of(mail)).toHaveLength(1);
  });

  test('is brought up again each day, in one message for all that is open', () => {
    const world = new World();
    world.open('rpo/a');
    world.pass(10 * hour);
    world.open('rpo/b');
    world.pass(15 * hour);
    const [, , reminder] = world.of(mail);
    expect(reminder).toMatchObject({
      state: 'open',
      subject: 'fleet panda: still open: 2 resources have no complete recovery point within the RPO',
    });
    expect(reminder?.message).toContain('rpo/a is late (since 2026-11-21T02:00:00Z)');
    world.pass(2 * day);
    expect(world.of(mail)).toHaveLength(5);
    world.resolve('rpo/a');
    world.resolve('rpo/b');
    world.pass(3 * day);
    expect(events(world, mail).slice(5)).toEqual(['rpo-met resolved', 'rpo-met resolved']);
  });

  test('opens again soon after its end without a word, and its end is told once it has held', () => {
    const world = new World();
    world.receivers = [mail, pager];
    world.open('rpo/a');
    world.pass(hour);
    for (let i = 0; i < 5; i += 1) {
      world.resolve('rpo/a');
      world.pass(10_000);
      world.open('rpo/a');
      world.pass(5 * minute);
    }
    expect(events(world, mail)).toEqual(['rpo-missed open']);
    expect(world.alerts.shown(0).open).toMatchObject([{ timesReopened: 5, since: '2026-11-21T02:00:00.000Z' }]);
    world.resolve('rpo/a');
    world.pass(29 * minute);
    expect(world.of(mail)).toHaveLength(1);
    world.pass(2 * minute);
    for (const receiver of [mail, pager])
      expect(events(world, receiver)).toEqual(['rpo-missed open', 'rpo-met resolved']);
  });

  test('that opens again after its end was told is the same one, and is told again', () => {
    const world = new World();
    world.open('rpo/a');
    world.pass(hour);
    world.resolve('rpo/a');
    world.pass(5 * minute);
    world.open('rpo/a');
    world.pass(5 * minute);
    expect(events(world, mail)).toEqual(['rpo-missed open', 'rpo-met resolved', 'rpo-missed open']);
    expect(world.alerts.shown(0).open).toMatchObject([{ since: '2026-11-21T02:00:00.000Z', timesReopened: 1 }]);
  });

  test('of a moment is told to nobody', () => {
    const world = new World();
    world.open('rpo/a');
    world.pass(5000);
    world.resolve('rpo/a');
    world.pass(day);
    expect(world.heard).toEqual([]);
  });

  test('is not ended by a round that began before the one that opened it', () => {
    const world = new World();
    world.receivers = [mail, pager];
    const round = (state: 'open' | 'resolved', asOf: string) =>
      world.tell({ key: 'round/a', event: 'fleet-backup-ended', state, asOf });
    round('open', '2026-11-21T02:00:00Z');
    world.pass(hour);
    round('resolved', '2026-11-21T01:00:00Z');
    world.pass(hour);
    expect(world.alerts.shown(0).total).toBe(1);
    // Said, but not to what would close by it what it shows as open.
    expect(world.of(mail).at(-1)).toMatchObject({ state: 'resolved' });
    expect(world.of(mail).at(-1)).not.toHaveProperty('key');
    expect(events(world, pager)).toEqual(['fleet-backup-ended open']);
    round('resolved', '2026-11-21T03:00:00Z');
    world.pass(hour);
    expect(events(world, pager)).toEqual(['fleet-backup-ended open', 'fleet-backup-ended resolved']);
    expect(world.alerts.shown(0).total).toBe(0);
  });

  test('of a resource that is retired ends, whatever it is of, and nobody else’s does', () => {
    const world = new World();
    world.receivers = [mail, pager];
    world.open('rpo/db/1/eu/shop');
    world.open('drill/monthly/db/1/eu/shop', { event: 'drill-ended' });
    world.open('rpo/mydb/1/eu/shop');
    world.pass(hour);
    world.resolve('rpo/db/1/eu/shop', { retired: 'db/1/eu/shop', quietly: true, subject: 'shop is protected no more' });
    world.pass(hour);
    expect(world.alerts.shown(0).open).toMatchObject([{ key: 'rpo/mydb/1/eu/shop' }]);
    const ends = world.of(pager).filter(({ state }) => state === 'resolved');
    expect(ends.map(({ key }) => key).sort()).toEqual(['drill/monthly/db/1/eu/shop', 'rpo/db/1/eu/shop']);
  });

  test('that nobody knows of ends quietly, or is told as news', () => {
    const world = new World();
    world.resolve('rpo/a', { quietly: true });
    world.resolve('prune', { event: 'prune-ended', quietly: true });
    world.pass(hour);
    expect(world.heard).toEqual([]);
    world.resolve('round/a', { event: 'fleet-backup-ended', subject: 'a round: completed' });
    world.pass(hour);
    expect(world.of(mail)).toMatchObject([{ subject: 'a round: completed', state: 'resolved', key: 'round/a' }]);
  });

  test('that opens while news of an end of the same are on their way is told after them, and stays open', () => {
    const world = new World();
    world.receivers = [pager];
    world.resolve('round/a', { event: 'fleet-backup-ended' });
    world.pass(10_000);
    world.open('round/a', { event: 'fleet-backup-ended' });
    world.pass(hour);
    expect(events(world, pager)).toEqual(['fleet-backup-ended open']);
    world.down.add(pager.name);
    world.resolve('round/b', { event: 'fleet-backup-ended' });
    world.pass(minute);
    world.open('round/b', { event: 'fleet-backup-ended' });
    world.pass(hour);
    world.continueAsNew();
    world.down.clear();
    world.pass(hour);
    expect(events(world, pager).slice(1)).toEqual(['fleet-backup-ended resolved', 'fleet-backup-ended open']);
  });

  test('and those that end with it are told under an id each', () => {
    const world = new World();
    world.receivers = [pager];
    world.open('rpo/db/1/eu/shop');
    world.open('drill/monthly/db/1/eu/shop', { event: 'drill-ended' });
    world.pass(hour);
    world.resolve('rpo/db/1/eu/shop', { retired: 'db/1/eu/shop', quietly: true });
    world.pass(hour);
    expect(world.of(pager)).toHaveLength(4);
    expect(new Set(world.of(pager).map(({ id }) => id)).size).toBe(4);
  });

  test('whose end is given up is told all the same where it has opened again meanwhile', () => {
    const world = new World();
    world.receivers = [mail];
    world.quietUntil = (now) => (now < begin + 2 * hour ? begin + 2 * hour : null);
    world.down.add(mail.name);
    world.open('round/a', { event: 'fleet-backup-ended' });
    world.pass(hour);
    world.resolve('round/a', { event: 'fleet-backup-ended' });
    world.pass(2 * hour);
    expect(world.alerts.shown(0).underWay).toMatchObject([{ subject: 'round/a is well' }]);
    world.open('round/a', { event: 'fleet-backup-ended' });
    world.pass(triedMilliseconds);
    world.down.clear();
    world.pass(hour);
    expect(events(world, mail)).toEqual(['fleet-backup-ended open']);
  });
});

describe('a forged notice', () => {
  test.each(['2999-01-01T00:00:00Z', '2080-01-01T00:00:00Z', '0001-01-01T00:00:00Z'])(
    'of %s neither ends the entity nor keeps its trouble open for ever',
    (asOf) => {
      const world = new World();
      world.tell({ key: 'round/a', event: 'fleet-backup-ended', asOf });
      world.open('rpo/b');
      world.pass(hour);
      world.continueAsNew();
      world.tell({ key: 'round/a', event: 'fleet-backup-ended', state: 'resolved', asOf: '2026-11-21T03:30:00Z' });
      world.pass(2 * hour);
      expect(world.alerts.shown(0).open).toMatchObject([{ key: 'rpo/b' }]);
    },
  );

  test('has a subject of one line that shows what is in it', () => {
    const world = new World();
    world.open('rpo/a', { subject: 'a\nb\u001b[31m\u202e', message: 'one\ntwo\u0000' });
    world.pass(hour);
    expect(world.of(mail)).toMatchObject([{ subject: 'a\\u{a}b\\u{1b}[31m\\u{202e}', message: 'one\ntwo\\u{0}' }]);
  });

  test('of whatever length leaves room for the troubles that are so', () => {
    const world = new World();
    world.receivers = [mail];
    const long = '\u3042'.repeat(1000);
    for (let i = 0; i < 60; i += 1) {
      world.open(`drill/${i}/${long}`, { event: 'drill-ended' });
      world.pass(3 * minute);
      world.resolve(`drill/${i}/${long}`, { event: 'drill-ended' });
      world.pass(3 * minute);
    }
    world.down.add(mail.name);
    world.open('rpo/real');
    world.pass(minute);
    for (let i = 0; i < 20; i += 1) {
      world.open(`rpo/${i}`, { subject: long, message: `\u0001${long.repeat(9)}` });
      world.pass(minute);
    }
    world.continueAsNew();
    expect(world.alerts.shown(0)).toMatchObject({ total: 21, beyond: 0 });
    world.down.clear();
    world.pass(hour);
    expect(world.of(mail).filter(({ key }) => key === 'rpo/real')).toHaveLength(1);
  });
});

describe('who hears', () => {
  test('three hundred failures are one message to each, which names the first, and three hundred to what goes by keys', () => {
    const world = new World();
    world.receivers = [mail, hook, pager];
    for (let i = 0; i < 300; i += 1) {
      world.open(`rpo/db/1/eu/shop-${String(i).padStart(3, '0')}`);
      world.pass(20);
    }
    world.pass(10 * minute);
    for (const receiver of [mail, hook]) {
      expect(world.of(receiver)).toMatchObject([
        { subject: 'fleet panda: 300 resources have no complete recovery point within the RPO', event: 'rpo-missed' },
      ]);
      expect(world.of(receiver)[0]?.message).toMatch(/^rpo\/db\/1\/eu\/shop-000 is late .*\n(.*\n){19}and 280 more/);
    }
    expect(new Set(world.of(pager).map(({ key }) => key)).size).toBe(300);
    expect(world.of(pager)).toHaveLength(300);
    for (let i = 0; i < 300; i += 1) world.resolve(`rpo/db/1/eu/shop-${String(i).padStart(3, '0')}`);
    world.pass(2 * hour);
    expect(world.of(mail)).toHaveLength(2);
    expect(world.of(pager).filter(({ state }) => state === 'resolved')).toHaveLength(300);
    expect(world.alerts.shown(0).total).toBe(0);
  });

  test('is decided by events; whoever shows what is open by key hears of its end in any case', () => {
    const world = new World();
    const deaf = { ...mail, events: ['drill-ended'] } as const;
    const half = { ...hook, events: ['rpo-missed'] } as const;
    const halfPager = { ...pager, events: ['rpo-missed'] } as const;
    world.receivers = [deaf, half, halfPager];
    world.open('rpo/a');
    world.pass(hour);
    world.resolve('rpo/a');
    world.pass(hour);
    expect(events(world, deaf)).toEqual([]);
    expect(events(world, half)).toEqual(['rpo-missed open']);
    expect(events(world, halfPager)).toEqual(['rpo-missed open', 'rpo-met resolved']);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, ended: [{ key: 'rpo/a' }] });
  });

  test('is nothing that whoever hands it over could say', () => {
    const world = new World();
    world.open('rpo/a', { heard: [mail.name, hook.name] } as Partial<AlertNotice>);
    world.pass(hour);
    for (const receiver of [mail, hook]) expect(events(world, receiver)).toEqual(['rpo-missed open']);
  });

  test('at most thirty messages at once and in an hour; what is more comes together', () => {
    const world = new World();
    world.receivers = [mail];
    for (let i = 0; i < 120; i += 1) {
      world.open(`rpo/${i}`);
      world.pass(minute);
    }
    expect(world.of(mail).length).toBeGreaterThan(80);
    expect(world.of(mail).length).toBeLessThanOrEqual(90);
    world.pass(10 * minute);
    const named = world.of(mail).map(({ message, key }) => (key === undefined ? message.split('\n').length : 1));
    expect(named.reduce((sum, n) => sum + n, 0)).toBe(120);
  });
});

describe('quiet hours', () => {
  const quietEnd = begin + 6 * hour;
  const quiet = (now: number) => (now < quietEnd ? quietEnd : null);

  test('let what is critical through, and tell the rest at their end', () => {
    const world = new World();
    world.receivers = [mail];
    world.quietUntil = quiet;
    world.open('round/a', { event: 'fleet-backup-ended' });
    world.open('rpo/a');
    world.tell({ event: 'drill-ended', state: 'resolved', subject: 'a drill passed' });
    world.pass(hour);
    expect(events(world, mail)).toEqual(['rpo-missed open']);
    world.resolve('rpo/a');
    world.pass(4 * hour);
    expect(world.heard).toHaveLength(1);
    world.pass(2 * hour);
    expect(events(world, mail).slice(1).sort()).toEqual([
      'drill-ended resolved',
      'fleet-backup-ended open',
      'rpo-met resolved',
    ]);
    expect(world.heard.slice(1).every(({ at }) => at >= quietEnd)).toBe(true);
  });

  test('tell what has come and gone meanwhile, once, and end at once what is shown by key', () => {
    const world = new World();
    world.receivers = [mail, pager];
    world.quietUntil = quiet;
    world.open('rpo/a');
    world.open('round/a', { event: 'fleet-backup-ended' });
    world.pass(hour);
    world.resolve('rpo/a');
    world.resolve('round/a', { event: 'fleet-backup-ended' });
    world.pass(hour);
    expect(events(world, pager)).toEqual(['rpo-missed open', 'rpo-met resolved']);
    world.pass(6 * hour);
    const [, ...ends] = world.of(mail);
    expect(ends.map(({ key, state }) => `${key ?? ''} ${state ?? ''}`)).toEqual(['rpo/a resolved', 'round/a resolved']);
    expect(ends[1]?.message).toContain('It was not so since 2026-11-21T02:00:00Z');
  });
});

describe('a receiver that is down', () => {
  test('hears of everything once it is back, each transition under one id, and nobody else twice', () => {
    const world = new World();
    world.down.add(mail.name);
    for (let i = 0; i < 30; i += 1) {
      world.open(`rpo/${i}`);
      world.pass(6 * minute);
      if (i % 2 === 0) world.resolve(`rpo/${i}`);
      if (i % 7 === 0) world.continueAsNew();
      world.pass(6 * minute);
    }
    expect(world.of(mail)).toEqual([]);
    const hookHeard = world.of(hook).length;
    world.down.clear();
    world.pass(3 * hour);
    expect(world.of(hook)).toHaveLength(hookHeard);
    const told = world
      .of(mail)
      .map(({ key, message }) => `${key ?? ''}\n${message}`)
      .join('\n');
    for (let i = 0; i < 30; i += 1) expect(told).toMatch(new RegExp(`rpo/${i}\\b`));
    const ids = world.of(mail).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    world.pass(3 * hour);
    expect(world.of(mail)).toHaveLength(ids.length);
    for (let i = 0; i < 30; i += 1) world.resolve(`rpo/${i}`);
    world.pass(hour);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, underWay: [] });
  });

  test('for a week loses it, which is shown; it is told again of what is still open', () => {
    const world = new World();
    world.receivers = [mail];
    world.down.add(mail.name);
    world.open('rpo/a');
    world.pass(triedMilliseconds + hour);
    expect(world.alerts.shown(0).lost).toMatchObject([
      { receiver: mail.name, subject: 'rpo/a is late', problem: 'it is down', since: '2026-11-21T02:00:30.000Z' },
    ]);
    world.down.clear();
    world.pass(2 * day);
    expect(world.of(mail)[0]).toMatchObject({ subject: 'rpo/a is late', state: 'open' });
    expect(world.of(mail)[1]?.subject).toContain('still open');
    world.resolve('rpo/a');
    world.pass(hour);
    expect(events(world, mail).at(-1)).toBe('rpo-met resolved');
  });

  test('that is in the fleet file no more is waited for for some hours, and holds nothing back', () => {
    const world = new World();
    world.receivers = [mail, hook];
    world.down.add(mail.name);
    world.open('rpo/a');
    world.pass(minute);
    world.receivers = [hook];
    world.resolve('rpo/a');
    world.pass(5 * hour);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, underWay: [{ receiver: mail.name }] });
    expect(world.alerts.shown(0).ended).toEqual([]);
    world.pass(2 * hour);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, lost: [], underWay: [], ended: [{ key: 'rpo/a' }] });
    expect(events(world, hook)).toEqual(['rpo-missed open', 'rpo-met resolved']);
  });

  test('that a worker with another fleet file does not know is told all the same, once', () => {
    const world = new World();
    world.receivers = [mail, pager];
    world.open('rpo/a');
    world.pass(hour);
    for (let i = 0; i < 6; i += 1) {
      world.receivers = [mail];
      if (i === 1) world.resolve('rpo/a');
      world.pass(hour);
      world.continueAsNew();
      world.receivers = [mail, pager];
      world.open(`drill/${i}`, { event: 'drill-ended' });
      world.pass(hour);
    }
    expect(events(world, pager).filter((one) => one.startsWith('rpo'))).toEqual([
      'rpo-missed open',
      'rpo-met resolved',
    ]);
    expect(new Set(world.of(pager).map(({ key }) => key)).size).toBe(7);
  });

  test('keeps nothing that is critical behind what is not', () => {
    const world = new World();
    world.receivers = [mail];
    world.down.add(mail.name);
    for (let i = 0; i < 12; i += 1) {
      world.open(`drill/${i}`, { event: 'drill-ended' });
      world.pass(minute);
    }
    world.open('rpo/a');
    world.pass(minute);
    expect(world.alerts.shown(0).underWay.map(({ subject }) => subject)).toContain('rpo/a is late');
  });
});

describe('what is carried to the next run', () => {
  test('ten thousand open troubles fit, and all of them end', () => {
    const world = new World();
    const key = (i: number) =>
      `rpo/aurora-cluster/99999999999${i % 10}/eu-central-1/panda-cluster-${i}-${(i * 7919) % 9973}`;
    for (let i = 0; i < 10_000; i += 1) world.open(key(i));
    world.pass(gatherMilliseconds);
    world.continueAsNew();
    world.pass(minute);
    expect(world.alerts.shown(0)).toMatchObject({ total: 10_000, beyond: 0 });
    expect(world.alerts.shown(9_900).open).toHaveLength(100);
    for (let i = 0; i < 10_000; i += 1) world.resolve(key(i));
    world.continueAsNew();
    world.pass(hour);
    expect(events(world, mail)).toEqual(['rpo-missed open', 'rpo-met resolved']);
    expect(world.alerts.shown(0)).toMatchObject({ total: 0, beyond: 0 });
  });

  test('what does not fit is counted, and the reminder says so', () => {
    const world = new World();
    world.receivers = [mail];
    for (let i = 0; i < 10_100; i += 1)
      world.open(`rpo/place-${i % 100}/${(i * 7919).toString(36)}-${'y'.repeat(200)}`);
    world.pass(minute);
    world.continueAsNew();
    const { total, beyond } = world.alerts.shown(0);
    expect(total).toBeLessThan(10_000);
    expect(total).toBeGreaterThan(500);
    // One of the total is all those beyond.
    expect(total - 1 + beyond).toBe(10_100);
    world.pass(day);
    const [first, more, reminder] = world.of(mail);
    expect(first?.subject).toContain('10100 resources have no complete');
    expect(more?.subject).toContain(`${beyond} resources have no complete`);
    expect(reminder?.subject).toContain('still open: 10100 resources have no complete');
  });

  test('no notice is told again for it', () => {
    const world = new World();
    const id = 'b'.repeat(32);
    world.tell({ id, event: 'drill-ended', state: 'resolved' });
    world.pass(hour);
    world.continueAsNew();
    world.tell({ id, event: 'drill-ended', state: 'resolved' });
    world.pass(hour);
    expect(world.of(mail)).toHaveLength(1);
  });

  test('a receiver has heard no more and no less for it', () => {
    const world = new World();
    world.receivers = [mail, hook, pager];
    world.down.add(hook.name);
    world.open('rpo/a');
    world.open('rpo/b');
    world.pass(minute);
    world.continueAsNew();
    world.resolve('rpo/a');
    world.pass(hour);
    world.continueAsNew();
    const all = ['rpo-missed open', 'rpo-missed open', 'rpo-met resolved'];
    for (const receiver of [mail, pager]) expect(events(world, receiver)).toEqual(all);
    world.down.clear();
    world.pass(hour);
    expect(events(world, hook)).toEqual(all);
    expect(world.of(hook)[0]?.id).toBe(world.of(mail)[0]?.id);
  });
});

describe('troubles that there is no room for', () => {
  const full = (event: AlertNotice['event'] = 'rpo-missed') => {
    const world = new World();
    world.receivers = [mail];
    world.quietUntil = (now) => now + hour;
    for (let i = 0; i < 10_000; i += 1) world.open(`x/${i}`, { event });
    return world;
  };

  test('are told at once as one that is open, in quiet hours too, and ended by their ends', () => {
    const world = full();
    for (let i = 0; i < 500; i += 1) world.open(`x/more-${i}`);
    world.pass(minute);
    expect(world.of(mail)).toMatchObject([
      { state: 'open', subject: expect.stringContaining('10500 resources have no complete') as string },
    ]);
    expect(world.alerts.shown(0)).toMatchObject({ total: 10_001, beyond: 500 });
    for (let i = 0; i < 500; i += 1) world.resolve(`x/more-${i}`);
    world.pass(minute);
    expect(world.alerts.shown(0).total).toBe(10_000);
  });

  test('take the room of what is not critical', () => {
    const world = full('drill-ended');
    world.open('rpo/a');
    world.pass(minute);
    expect(world.of(mail)).toMatchObject([{ key: 'rpo/a', state: 'open' }]);
    expect(world.alerts.shown(0)).toMatchObject({ total: 10_001, beyond: 1 });
  });
});

describe('a trouble that becomes worse', () => {
  const round = (world: World, size: number, state: 'open' | 'resolved' = 'open') =>
    world.tell({ key: 'round/a', event: 'fleet-backup-ended', state, size, subject: `${size} of 500 failed` });

  test('is told anew, and its end once', () => {
    const world = new World();
    world.receivers = [mail, pager];
    round(world, 3);
    world.pass(hour);
    round(world, 5);
    world.pass(hour);
    round(world, 499);
    world.pass(10_000);
    world.continueAsNew();
    world.pass(hour);
    round(world, 0, 'resolved');
    world.pass(hour);
    for (const receiver of [mail, pager])
      expect(world.of(receiver).map(({ subject, state }) => `${subject} ${state ?? ''}`)).toEqual([
        '3 of 500 failed open',
        '499 of 500 failed open',
        '0 of 500 failed resolved',
      ]);
  });

  test('while its message is under way is told anew after it', () => {
    const world = new World();
    world.receivers = [pager];
    world.down.add(pager.name);
    round(world, 1);
    world.pass(hour);
    round(world, 499);
    world.pass(hour);
    world.down.clear();
    world.pass(hour);
    expect(world.of(pager).map(({ subject }) => subject)).toEqual(['1 of 500 failed', '499 of 500 failed']);
  });

  test('and has ended meanwhile is ended where it was told', () => {
    const world = new World();
    world.receivers = [pager];
    round(world, 1);
    world.pass(hour);
    round(world, 499);
    world.pass(10_000);
    round(world, 0, 'resolved');
    world.pass(hour);
    expect(events(world, pager)).toEqual(['fleet-backup-ended open', 'fleet-backup-ended resolved']);
  });
});

test('an end that is handed over again after a thousand others is no news', () => {
  const world = new World();
  world.receivers = [mail];
  const end = { id: 'c'.repeat(32) };
  const round = { id: 'd'.repeat(32), event: 'fleet-backup-ended', asOf: '2026-11-21T01:00:00Z' } as const;
  world.open('rpo/a');
  world.open('round/a', { ...round, id: 'e'.repeat(32) });
  world.pass(hour);
  world.resolve('rpo/a', end);
  world.resolve('round/a', round);
  world.pass(hour);
  for (let i = 0; i < 1100; i += 1) world.resolve('prune', { event: 'prune-ended', quietly: true });
  world.continueAsNew();
  world.resolve('rpo/a', end);
  world.resolve('round/a', round);
  world.pass(hour);
  expect(world.of(mail)).toHaveLength(4);
  world.resolve('round/a', { event: 'fleet-backup-ended', asOf: '2026-11-21T02:00:00Z' });
  world.pass(hour);
  expect(world.of(mail)).toHaveLength(5);
});

describe('a message that a receiver refuses', () => {
  const poisoned = () => {
    const world = new World();
    world.receivers = [mail];
    world.refuses = ({ subject }) => subject.includes('poison');
    for (let i = 0; i < 8; i += 1) {
      world.open(`rpo/poison-${i}`);
      world.pass(minute);
    }
    return world;
  };

  test('keeps no other one, were it eight of them', () => {
    const world = poisoned();
    world.open('rpo/real');
    world.pass(minute);
    expect(world.of(mail).map(({ key }) => key)).toEqual(['rpo/real']);
    expect(world.alerts.shown(0).underWay).toHaveLength(8);
  });

  test('says what the receiver has against it, and when it is tried again', () => {
    const [first] = poisoned().alerts.shown(0).underWay;
    expect(first).toMatchObject({ problem: 'HTTP 400' });
    expect(first?.next).not.toBeNull();
  });

  test('of a missed RPO is not given up, be there ten of them', () => {
    const world = poisoned();
    for (const key of ['rpo/poison-8', 'rpo/poison-9']) {
      world.open(key);
      world.pass(minute);
    }
    world.refuses = () => false;
    world.pass(hour);
    expect(world.of(mail).map(({ key }) => key)).toEqual(expect.arrayContaining(['rpo/poison-8', 'rpo/poison-9']));
    expect(world.alerts.shown(0).lost).toEqual([]);
  });

  test('is tried again until somebody has mended it', () => {
    const world = poisoned();
    world.pass(hour);
    world.continueAsNew();
    world.pass(hour);
    world.refuses = () => false;
    world.pass(hour);
    expect(world.of(mail)).toHaveLength(8);
    expect(world.alerts.shown(0)).toMatchObject({ underWay: [], lost: [] });
  });

  test('is given up after a week, or where there are too many, and what is still open is told again', () => {
    const world = poisoned();
    world.open('drill/poison-8', { event: 'drill-ended' });
    world.pass(minute);
    expect(world.alerts.shown(0).lost).toMatchObject([{ subject: 'drill/poison-8 is late', problem: 'HTTP 400' }]);
    world.pass(triedMilliseconds);
    expect(new Set(world.alerts.shown(0).lost.map(({ subject }) => subject)).size).toBe(9);
    world.refuses = () => false;
    world.pass(2 * day);
    const told = world
      .of(mail)
      .map(({ subject, message }) => `${subject}\n${message}`)
      .join('\n');
    for (let i = 0; i < 8; i += 1) expect(told).toContain(`rpo/poison-${i} is late`);
    expect(told).toContain('drill/poison-8 is late');
  });
});

describe('a reminder', () => {
  test('swallows nothing that its receiver has not heard', () => {
    const world = new World();
    world.receivers = [mail];
    for (let i = 0; i < 25; i += 1) world.open(`rpo/old-${i}`);
    world.pass(day + 10_000);
    world.open('rpo/new');
    world.pass(hour);
    expect(world.of(mail).map(({ subject }) => subject)).toEqual([
      'fleet panda: 25 resources have no complete recovery point within the RPO',
      'fleet panda: still open: 25 resources have no complete recovery point within the RPO',
      'rpo/new is late',
    ]);
  });

  test('names what is critical first', () => {
    const world = new World();
    world.receivers = [mail];
    for (let i = 0; i < 25; i += 1) world.open(`drill/${i}`, { event: 'drill-ended' });
    world.pass(hour);
    world.open('rpo/a');
    world.pass(day);
    expect(world.of(mail).at(-1)).toMatchObject({
      event: 'digest',
      message: expect.stringMatching(/^rpo\/a/) as string,
    });
  });
});

describe('a receiver that comes in the middle of it', () => {
  test('is told of all that is open, by one message or key by key, and is reminded of it', () => {
    const world = new World();
    world.receivers = [hook];
    for (let i = 0; i < 10; i += 1) world.open(`rpo/${i}`);
    world.pass(hour);
    world.receivers = [hook, mail, pager];
    world.pass(2 * hour);
    expect(new Set(world.of(pager).map(({ key }) => key)).size).toBe(10);
    expect(world.of(mail).map(({ subject }) => subject)).toContain(
      'fleet panda: 10 resources have no complete recovery point within the RPO',
    );
    world.pass(day);
    expect(world.of(mail).at(-1)?.subject).toContain('still open: 10 resources');
  });
});

describe('a digest', () => {
  test('is of more than three, and never of critical ones and others', () => {
    const world = new World();
    world.receivers = [mail];
    for (let i = 0; i < 3; i += 1) world.open(`rpo/${i}`);
    world.pass(hour);
    expect(world.of(mail).map(({ key }) => key)).toEqual(['rpo/0', 'rpo/1', 'rpo/2']);
    for (let i = 3; i < 9; i += 1) {
      world.open(`drill/${i}`, { event: 'drill-ended' });
      world.open(`rpo/${i}`);
    }
    world.pass(hour);
    expect(events(world, mail).slice(3)).toEqual(['rpo-missed open', 'drill-ended open']);
  });

  test('is never sent to a machine', () => {
    const world = new World();
    const machine = { ...hook, apart: true };
    world.receivers = [machine];
    for (let i = 0; i < 30; i += 1) world.open(`rpo/${i}`);
    world.pass(hour);
    expect(new Set(world.of(machine).map(({ key }) => key)).size).toBe(30);
    for (let i = 0; i < 30; i += 1) world.resolve(`rpo/${i}`);
    world.pass(hour);
    expect(
      new Set(
        world
          .of(machine)
          .slice(30)
          .map(({ key }) => key),
      ).size,
    ).toBe(30);
  });
});

test('where there are more troubles than may be told in an hour, the critical come first, and ends in any case', () => {
  const world = new World();
  world.receivers = [pager];
  for (let i = 0; i < 700; i += 1) world.open(`drill/${i}`, { event: 'drill-ended' });
  world.open('rpo/a');
  world.pass(minute);
  expect(world.of(pager)[0]).toMatchObject({ key: 'rpo/a' });
  const shownOpen = world.of(pager).map(({ key }) => key);
  expect(shownOpen.length).toBeGreaterThan(600);
  expect(shownOpen.length).toBeLessThan(650);
  for (const key of shownOpen) world.resolve(key ?? '', { event: 'drill-ended' });
  world.pass(minute);
  expect(world.of(pager).filter(({ state }) => state === 'resolved')).toHaveLength(shownOpen.length);
});
