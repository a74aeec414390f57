import { Lifecycle, notOfTheFuture, type RecoveryPointOutcome } from '../../../../src/core/backup/lifecycle';
import { type RecoveryPointState } from '../../../../src/core/backup/recoveryPointResult';
import { policy } from '../../kinds/steps/routes';

const hour = 3600 * 1000;
const beginning = Date.parse('2026-11-21T00:00:00Z');
const at = (hours: number) => new Date(beginning + hours * hour).toISOString().replace('.000Z', 'Z');
const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda-cluster-1',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1',
} as const;

const begin = () => Lifecycle.begin(resource, policy(), beginning);
const request = (lifecycle: Lifecycle, hours: number, force = false) =>
  lifecycle.request({ scheduledTime: at(hours), policy: policy(), force });
const outcome = (hours: number, state: RecoveryPointState = 'completed'): RecoveryPointOutcome => ({
  scheduledTime: at(hours),
  state,
  endedAt: at(hours + 1),
  reason: state === 'completed' ? null : 'why',
});
/** A lifecycle after recovery points of these hours ended so. */
function after(...outcomes: RecoveryPointOutcome[]): Lifecycle {
  const lifecycle = begin();
  for (const one of outcomes) {
    lifecycle.request({ scheduledTime: one.scheduledTime, policy: policy(), force: false });
    lifecycle.begin();
    lifecycle.end(one, {});
  }
  return lifecycle;
}

const topics = ['arn:aws:sns:eu-west-1:999999999999:one', 'arn:aws:sns:eu-west-1:999999999999:two'] as const;
/** Tells people at an hour whatever is due, which fails where there is a problem; returns what they were told. */
function tell(lifecycle: Lifecycle, hours: number, problem: string | null = null, heard: readonly string[] = []) {
  const now = beginning + hours * hour;
  const notice = lifecycle.beginNotice(now);
  if (notice === null) return null;
  lifecycle.told(notice, { problem, heard }, now, true);
  return { event: notice.event, heard: notice.heard };
}
function complete(lifecycle: Lifecycle, hours: number): void {
  request(lifecycle, hours);
  lifecycle.begin();
  lifecycle.end(outcome(hours), {});
}

describe('a request to a lifecycle', () => {
  it('is started when nothing is in flight', () => {
    const lifecycle = begin();
    expect(request(lifecycle, 2)).toEqual({ disposition: 'started', scheduledTime: at(2) });
    expect(lifecycle.begin()?.scheduledTime).toBe(at(2));
    expect(lifecycle.state.inFlight).toBe(at(2));
  });

  it('is queued behind what is in flight, and the next ones join what is queued', () => {
    const lifecycle = begin();
    request(lifecycle, 2);
    lifecycle.begin();
    expect(request(lifecycle, 3)).toEqual({ disposition: 'queued', scheduledTime: at(3) });
    expect(request(lifecycle, 4)).toEqual({ disposition: 'joined', scheduledTime: at(3) });
    expect(lifecycle.begin()).toBeNull();
    lifecycle.end(outcome(2), {});
    expect(lifecycle.begin()?.scheduledTime).toBe(at(3));
    expect(lifecycle.mayBegin).toBe(false);
  });

  it('joins what is in flight when it is the same', () => {
    const lifecycle = begin();
    request(lifecycle, 2);
    lifecycle.begin();
    expect(request(lifecycle, 2)).toEqual({ disposition: 'joined', scheduledTime: at(2) });
    lifecycle.end(outcome(2), {});
    expect(lifecycle.mayBegin).toBe(false);
  });

  it('is done when its recovery point is complete, and tried again when that had failed', () => {
    expect(request(after(outcome(2)), 2)).toEqual({ disposition: 'done', scheduledTime: at(2) });
    for (const state of ['failed', 'partially-failed', 'cancelled'] as const)
      expect(request(after(outcome(2, state)), 2).disposition).toBe('started');
  });

  it('brings the policy of the moment, also to one that does nothing', () => {
    const lifecycle = begin();
    lifecycle.pause();
    lifecycle.request({ scheduledTime: at(2), policy: policy({ tier: 'critical' }), force: false });
    expect(lifecycle.state.policy.tier).toBe('critical');
  });
});

describe('a paused lifecycle', () => {
  it('starts nothing that is scheduled, but what is forced', () => {
    const lifecycle = begin();
    lifecycle.pause();
    expect(request(lifecycle, 2)).toEqual({ disposition: 'paused', scheduledTime: null });
    expect(lifecycle.mayBegin).toBe(false);
    expect(request(lifecycle, 3, true).disposition).toBe('started');
    expect(lifecycle.begin()).toMatchObject({ scheduledTime: at(3), force: true });
    expect(lifecycle.state.paused).toBe(true);
  });

  it('keeps what already waits until it is resumed or forced', () => {
    const lifecycle = begin();
    request(lifecycle, 2);
    lifecycle.pause();
    expect(lifecycle.begin()).toBeNull();
    expect(request(lifecycle, 3, true)).toEqual({ disposition: 'joined', scheduledTime: at(2) });
    expect(lifecycle.begin()?.scheduledTime).toBe(at(2));
  });

  it('goes on with what waits once it is resumed', () => {
    const lifecycle = begin();
    request(lifecycle, 2);
    lifecycle.pause();
    lifecycle.resume();
    expect(lifecycle.begin()?.scheduledTime).toBe(at(2));
  });

  it('is forced for the moment the force came', () => {
    const lifecycle = begin();
    lifecycle.pause();
    expect(lifecycle.force(beginning + 1234)).toEqual({
      disposition: 'started',
      scheduledTime: '2026-11-21T00:00:01Z',
    });
  });
});

describe('a retired lifecycle', () => {
  it('drops what waits, takes nothing, not even by force, and keeps what is in flight', () => {
    const lifecycle = begin();
    request(lifecycle, 2);
    lifecycle.begin();
    request(lifecycle, 3);
    lifecycle.retire();
    expect(lifecycle.state).toMatchObject({ retired: true, waiting: null, inFlight: at(2) });
    expect(request(lifecycle, 4, true)).toEqual({ disposition: 'retired', scheduledTime: null });
  });
});

describe('the next RPO alert', () => {
  const rpo = 26;
  const alertAt = (lifecycle: Lifecycle) => new Date(lifecycle.nextAlertAt).toISOString().replace('.000Z', 'Z');

  it('is due an RPO after protection began, even if nothing ever ran', () => {
    expect(alertAt(begin())).toBe(at(rpo));
  });

  it('counts from the data of the last complete recovery point, not from its end', () => {
    expect(alertAt(after(outcome(2)))).toBe(at(2 + rpo));
  });

  it('is not put off by one that did not complete', () => {
    expect(
      alertAt(after(outcome(2), outcome(5, 'failed'), outcome(8, 'partially-failed'), outcome(9, 'cancelled'))),
    ).toBe(at(2 + rpo));
  });

  it('is not moved back by an older one that completes late', () => {
    expect(alertAt(after(outcome(5), outcome(2)))).toBe(at(5 + rpo));
  });

  it('repeats every day until one completes', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo);
    expect(alertAt(lifecycle)).toBe(at(rpo + 24));
    request(lifecycle, 30);
    lifecycle.begin();
    lifecycle.end(outcome(30), {});
    expect(alertAt(lifecycle)).toBe(at(30 + rpo));
  });

  it('is due an RPO after the last recovery point of a lifecycle that is forgotten', () => {
    const lifecycle = begin();
    lifecycle.recall(at(-20), beginning);
    expect(lifecycle.nextAlertAt).toBe(Date.parse(at(-20)) + policy().rpoSeconds * 1000);
  });

  it('is not put forward by an old one that is told of after a new one was made', () => {
    const lifecycle = after(outcome(2));
    lifecycle.recall(at(-20), beginning);
    expect(lifecycle.nextAlertAt).toBe(Date.parse(at(2)) + policy().rpoSeconds * 1000);
  });

  it('follows the RPO of the latest policy', () => {
    const lifecycle = begin();
    lifecycle.request({ scheduledTime: at(1), policy: policy({ rpoSeconds: 3600 }), force: false });
    expect(alertAt(lifecycle)).toBe(at(1));
  });
});

describe('telling people of a gap', () => {
  const rpo = 26;
  const noticeAt = (lifecycle: Lifecycle) => (lifecycle.nextNoticeAt - beginning) / hour;

  it('is tried again with a pause that grows from a quarter of an hour to six', () => {
    const lifecycle = begin();
    const pauses: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      const now = noticeAt(lifecycle);
      expect(tell(lifecycle, now, 'the topic is gone')).not.toBeNull();
      pauses.push(noticeAt(lifecycle) - now);
    }
    expect(pauses).toEqual([0.25, 0.5, 1, 2, 4, 6, 6, 6]);
    expect(lifecycle.state.alertedAt).toBeNull();
  });

  it('goes on with that pause in the next run, and is on record with since when and why', () => {
    const before = begin();
    tell(before, rpo, 'the topic is gone');
    tell(before, rpo + 0.25, 'the topic is gone');
    const lifecycle = Lifecycle.goOn(before.next.state ?? before.state, beginning + (rpo + 0.3) * hour);
    expect(lifecycle.state.untold).toMatchObject({
      since: new Date(beginning + rpo * hour).toISOString(),
      tries: 2,
      problem: 'the topic is gone',
    });
    expect(noticeAt(lifecycle)).toBe(rpo + 0.75);
    expect(tell(lifecycle, rpo + 0.5)).toBeNull();
    tell(lifecycle, rpo + 0.75);
    expect(lifecycle.state.untold).toBeNull();
    expect(noticeAt(lifecycle)).toBe(rpo + 0.75 + 24);
  });

  it('leaves out those who have heard it, until it is repeated a day later', () => {
    const lifecycle = begin();
    const [one] = topics;
    tell(lifecycle, rpo, 'two is gone', [one]);
    expect(tell(lifecycle, rpo + 0.25, 'two is gone', [one])).toMatchObject({ heard: [one] });
    expect(Date.parse(lifecycle.state.alertedAt ?? '')).toBe(beginning + rpo * hour);
    for (let now = noticeAt(lifecycle); now < rpo + 24; now = noticeAt(lifecycle))
      expect(tell(lifecycle, now, 'two is gone', [one])).toMatchObject({ heard: [one] });
    expect(tell(lifecycle, noticeAt(lifecycle), 'two is gone', [one])).toMatchObject({ heard: [] });
    expect(tell(lifecycle, noticeAt(lifecycle), 'two is gone', [one])).toMatchObject({ heard: [one] });
  });

  it('stays one notification until all have heard it; its daily repetition and its end are others', () => {
    const lifecycle = begin();
    const begun: string[] = [];
    const tellAt = (hours: number, problem: string | null, heard: readonly string[] = []) => {
      const now = beginning + hours * hour;
      const notice = lifecycle.beginNotice(now);
      if (notice === null) throw new Error('nothing is due');
      begun.push(notice.begunAt);
      lifecycle.told(notice, { problem, heard }, now + hour / 10, true);
    };
    tellAt(rpo, 'the topic is gone');
    tellAt(rpo + 1, 'two is gone', [topics[0]]);
    tellAt(rpo + 2, null);
    tellAt(rpo + 27, 'two is gone', [topics[0]]);
    complete(lifecycle, rpo + 28);
    tellAt(rpo + 29, 'the topic is gone');
    tellAt(rpo + 30, null);
    const [first, , , repeated, , end] = begun;
    expect(begun).toEqual([first, first, first, repeated, end, end]);
    expect(new Set([first, repeated, end]).size).toBe(3);
  });

  it('waits, though nobody heard the daily repetition either', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo);
    tell(lifecycle, rpo + 24, 'the topic is gone');
    expect(noticeAt(lifecycle)).toBe(rpo + 24.25);
  });

  it('is followed by word that the RPO is met again, once', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo);
    complete(lifecycle, 30);
    expect(noticeAt(lifecycle)).toBe(31);
    expect(tell(lifecycle, 31)).toMatchObject({ event: 'rpo-met' });
    expect(noticeAt(lifecycle)).toBe(30 + rpo);
    complete(lifecycle, 40);
    expect(tell(lifecycle, 41)).toBeNull();
  });

  it('is not followed by it where nobody had heard of the gap', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo, 'the topic is gone');
    complete(lifecycle, 30);
    expect(lifecycle.state.untold).toBeNull();
    expect(noticeAt(lifecycle)).toBe(30 + rpo);
  });

  it('is not followed by it where the recovery point is older than the RPO already', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo);
    request(lifecycle, 1);
    lifecycle.begin();
    lifecycle.end({ ...outcome(1), endedAt: at(30) }, {});
    expect(noticeAt(lifecycle)).toBe(rpo + 24);
    expect(tell(lifecycle, 31)).toBeNull();
  });

  it('is followed by it where the recovery point completed while people were being told', () => {
    const lifecycle = begin();
    const notice = lifecycle.beginNotice(beginning + rpo * hour);
    expect(lifecycle.isTelling(beginning + rpo * hour)).toBe(true);
    complete(lifecycle, 25);
    expect(lifecycle.isTelling(beginning + 26 * hour)).toBe(true);
    if (notice !== null) lifecycle.told(notice, { problem: null, heard: [] }, beginning + 27 * hour, true);
    expect(lifecycle.isTelling(beginning + 27 * hour)).toBe(true);
    expect(tell(lifecycle, 27)).toMatchObject({ event: 'rpo-met' });
    expect(lifecycle.isTelling(beginning + 27 * hour)).toBe(false);
  });

  it('comes first where there is a new gap before all have heard of the end of the old one', () => {
    const lifecycle = begin();
    tell(lifecycle, rpo);
    complete(lifecycle, 30);
    tell(lifecycle, 31, 'the topic is gone');
    expect(noticeAt(lifecycle)).toBe(31.25);
    expect(tell(lifecycle, 30 + rpo, 'the topic is gone')).toEqual({ event: 'rpo-missed', heard: [] });
    expect(lifecycle.state.metAt).toBeNull();
    expect(noticeAt(lifecycle)).toBe(30 + rpo + 0.25);
  });

  it('gives up the word that the RPO is met again after a day', () => {
    const lifecycle = begin();
    lifecycle.request({ scheduledTime: at(0), policy: policy({ rpoSeconds: 100 * 3600 }), force: false });
    lifecycle.begin();
    tell(lifecycle, 100);
    lifecycle.end(outcome(101), {});
    let tries = 0;
    for (; lifecycle.state.metAt !== null; tries += 1) tell(lifecycle, noticeAt(lifecycle), 'the topic is gone');
    expect(tries).toBe(9);
    expect(noticeAt(lifecycle)).toBe(201);
  });
});

describe('a scheduled time in the future', () => {
  const refused = { type: 'InvalidInput', message: expect.stringContaining('lies in the future') as string };

  it('is refused, but for what clocks differ', () => {
    const lifecycle = begin();
    const ask = (scheduledTime: string) => () =>
      lifecycle.check({ scheduledTime, policy: policy(), force: false }, beginning);
    expect(ask('2026-11-21T00:05:00Z')).not.toThrow();
    expect(ask('2026-11-21T00:05:01Z')).toThrow(expect.objectContaining(refused) as Error);
    expect(() => notOfTheFuture('2099-01-01T00:00:00Z', beginning)).toThrow(expect.objectContaining(refused) as Error);
  });

  it('puts off no alert, wherever it comes from', () => {
    const due = beginning + policy().rpoSeconds * 1000;
    const recalled = begin();
    recalled.recall('2099-01-01T00:00:00Z', beginning);
    expect(recalled.nextAlertAt).toBe(due);

    const ended = begin();
    ended.end({ ...outcome(0), scheduledTime: '2099-01-01T00:00:00Z', endedAt: at(0) }, {});
    expect(ended.nextAlertAt).toBe(due);

    const carried = { ...begin().state, protectedSince: '2099-01-01T00:00:00Z', alertedAt: '2099-01-01T00:00:00Z' };
    expect(Lifecycle.goOn({ ...carried, alertedAt: null }, beginning).nextAlertAt).toBe(due);
    expect(Lifecycle.goOn(carried, beginning).nextAlertAt).toBeLessThanOrEqual(due);
    const untold = { since: '2099-01-01T00:00:00Z', triedAt: '2099-01-01T00:00:00Z', tries: 1, problem: '', heard: [] };
    expect(Lifecycle.goOn({ ...carried, untold }, beginning).nextAlertAt).toBeLessThanOrEqual(due);
  });
});

describe('the memory of a lifecycle', () => {
  it('holds the latest five outcomes, one for each recovery point', () => {
    const lifecycle = after(...[1, 2, 3, 4, 5, 6, 7].map((hours) => outcome(hours)), outcome(7, 'failed'));
    expect(lifecycle.state.outcomes.map((o) => o.scheduledTime)).toEqual([3, 4, 5, 6, 7].map(at));
  });

  it('learns what each leg takes', () => {
    const lifecycle = after();
    lifecycle.end(outcome(1), { snapshot: 600 });
    lifecycle.end(outcome(2), { snapshot: 300, 'copy:secure': 60 });
    expect(lifecycle.state.learned).toEqual({ snapshot: 450, 'copy:secure': 60 });
  });

  it('survives being carried from run to run as JSON', () => {
    const lifecycle = after(outcome(1), outcome(2, 'failed'));
    request(lifecycle, 3);
    lifecycle.pause();
    const carried = new Lifecycle(JSON.parse(JSON.stringify(lifecycle.state)) as Lifecycle['state']);
    expect(carried.state).toEqual(lifecycle.state);
    expect(carried.nextAlertAt).toBe(lifecycle.nextAlertAt);
  });
});
