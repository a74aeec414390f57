import { type Message, type NotificationEvent } from '../notification';
import { markdown } from '../markdown';
import { carriedAlerts } from '../messages/alertShapes';
import { shortened } from '../plainText';
import {
  type AlertNotice,
  type AlertReceiver,
  type AlertSettings,
  type Batch,
  type CarriedAlerts,
  type Delivery,
  type EndedEpisode,
  type Episode,
  type EpisodeText,
  type KnownReceiver,
  type LostDelivery,
  type ShownAlerts,
  type Transition,
} from './alert';
import { beyondFolder, beyondText, isCritical, subjectOfEpisode, wordsOf } from './digest';
import { type NameSet, NameSets } from './nameSet';
import { PackedSets, packedBatch, packedEpisodes, unpackedEpisodes } from './packedAlerts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** What opens or ends within this time is told together. */
export const gatherMilliseconds = 30 * second;
/** What opens again this soon after its end is the same trouble still; and its next end is told once it has held for so long. */
const flapMilliseconds = 30 * minute;
/** How long a message is tried. */
export const triedMilliseconds = 7 * day;
/** How many messages a receiver may be told at once, and in an hour. */
const mostMessages = { people: 30, machines: 600 } as const;
/** Messages under way to one receiver: one that it does not take does not keep the others. */
const mostUnderWay = 8;
/** Of these, so many are for what is critical only. */
const keptForCritical = 2;
/** Messages that a receiver refuses for what is in them, and that are tried again all the same: a person may mend it. */
const mostRefused = 8;
/** Of missed RPOs: a person may mend what is refused, and nothing else would tell of them for a day. */
const mostRefusedUrgent = 64;
/** A message that was given up is shown for so long. */
const lostMilliseconds = 30 * 24 * hour;
const refusedMilliseconds = 30 * minute;
/** A worker whose fleet file does not have a receiver may be the one that is replaced just now. */
const goneMilliseconds = 6 * hour;
const missingMilliseconds = 10 * minute;
/** So many troubles are told one by one; more come as one message. */
const mostSingle = 3;
/** A workflow may have 2,000 activities pending. */
const mostDeliveries = 1500;

export const mostEpisodes = 10_000;
const mostNews = 200;
const mostEnded = 50;
const mostLost = 20;
const mostSeen = 1000;
/** Of an id of 32 hexadecimal digits. */
const seenCharacters = 12;
/** What is over goes by itself soon. */
const worths = { untold: 2, over: 4 } as const;
/** How long the words of one message may be; shorter, once many are under way. */
const mostCharacters = { message: 3000, shortMessage: 300, subject: 300 } as const;
const mostBytes = { texts: 48 * 1024, underWay: 64 * 1024, all: 240 * 1024 } as const;
/** On a page of the answer of a query. */
const shownOpen = 250;
const shownLines = 20;

interface Telling {
  readonly transition: Transition;
  readonly episodes: readonly Episode[];
}

/** A message that a receiver does not take for now. */
interface PutOff {
  readonly delivery: Delivery;
  readonly until: number;
  /** What the receiver has against what is in it: then it keeps no other one. Null: it has not got so far. */
  readonly problem: string | null;
}

interface Wanted {
  readonly episode: Episode;
  readonly transition: Exclude<Transition, 'reminder'>;
  readonly readyAt: number;
  /** It may be told before it is ready, where something else is told. */
  readonly joins: boolean;
}

/**
 * Who is to hear of what: each receiver's knowledge is compared with what is so, and the difference told. So nothing is lost while
 * a receiver is away, and nothing is told twice. It knows nothing of Temporal; the workflow `alerts` wires its messages to it.
 * Times are epoch milliseconds.
 */
export class Alerts {
  private readonly sets = new NameSets();
  private readonly episodes = new Map<string, Episode>();
  /** Those of which somebody is to hear something. */
  private readonly pending = new Set<Episode>();
  private readonly batches = new Map<number, Batch & { readonly to: Set<string> }>();
  private readonly members = new Map<number, Set<Episode>>();
  private nextBatch = 1;
  private readonly receivers = new Map<string, KnownReceiver>();
  private readonly putOffs = new Map<string, PutOff>();
  private ended: EndedEpisode[] = [];
  private lost: LostDelivery[] = [];
  private readonly seen = new Set<string>();
  private beyond = 0;
  private readonly news = new Set<Episode>();
  /** What may be let go for a critical trouble, the least last; null: nobody has looked since the last flush. */
  private expendable: Episode[] | null = null;
  private due = Infinity;

  /** @param newId 32 hexadecimal digits, another one each time */
  constructor(
    private readonly fleet: string,
    carried: CarriedAlerts | null,
    private readonly newId: () => string,
  ) {
    if (carried !== null) this.restore(carried);
  }

  /** Takes in a notification. */
  received(notice: AlertNotice, now: number): void {
    const seen = notice.id.slice(0, seenCharacters);
    if (this.seen.has(seen)) return;
    this.seen.add(seen);
    if (this.seen.size > mostSeen)
      for (const oldest of [...this.seen].slice(0, mostSeen / 10)) this.seen.delete(oldest);

    const { key, state, retired } = notice;
    const asOf = asOfOf(notice, now);
    if (retired !== undefined)
      for (const episode of this.episodes.values())
        if (episode.state === 'open' && episode.key.endsWith(`/${retired}`)) this.resolve(episode, notice, now);
    const episode = key === undefined ? undefined : this.episodes.get(key);
    if (state === 'open' && key !== undefined) this.open(key, episode, notice, now);
    else if (state === 'resolved' && episode !== undefined && (asOf === undefined || episode.asOf <= asOf)) {
      if (episode.state === 'open') this.resolve(episode, notice, now);
    } else if (key !== undefined && this.isRepeated(key, notice, asOf)) return;
    else if (notice.quietly !== true) {
      if (key !== undefined && episode === undefined) this.lessBeyond(notice, now);
      // What is older than the trouble of its key does not end it, wherever that is shown.
      this.addNews(episode === undefined ? notice : { ...notice, key: undefined }, now);
    }
  }

  /** When {@link flush} may find something to do; Infinity: not before something happens. */
  get nextAt(): number {
    return this.due;
  }

  /** There is nothing to be done before, whatever is due. */
  postpone(at: number): void {
    this.due = at;
  }

  /** Deliveries that an earlier run has left. */
  get unfinished(): Delivery[] {
    return [...this.batches.values()].flatMap((batch) => [...batch.to].map((receiver) => deliveryOf(batch, receiver)));
  }

  /** Begins to tell what is to be told now. */
  flush(settings: AlertSettings, now: number): Delivery[] {
    this.due = Infinity;
    this.expendable = null;
    const quietUntil = settings.quietUntil === null ? 0 : Date.parse(settings.quietUntil);
    const begun = new Map<string, Batch>();
    this.meet(settings.receivers, now);
    const again = this.triedAgain(now);
    const mostEach = Math.max(1, Math.min(mostUnderWay, Math.floor(mostDeliveries / (this.receivers.size + 1))));
    const deliveries = [...this.receivers.values()].flatMap((receiver) => {
      let underWay = this.underWayTo(receiver.name);
      let room = roomOf(receiver, now);
      return this.messagesFor(receiver, quietUntil, now).flatMap(({ transition, episodes }) => {
        const isFirst = transition !== 'reminder' && episodes.every(({ event }) => isCritical(event));
        if (underWay >= Math.max(1, mostEach - (isFirst ? 0 : keptForCritical))) return [];
        // What is shown as open by its key has had its message; its end needs no other one.
        const cost = receiver.byKey && transition === 'resolved' ? 0 : 1;
        if (room < cost) {
          this.wake(now + Math.ceil(((1 - room) * hour) / mostMessagesOf(receiver)));
          return [];
        }
        underWay += 1;
        room -= cost;
        const signature = `${transition}\n${episodes.map(({ key }) => key).join('\n')}`;
        const batch = begun.get(signature) ?? this.begin(transition, episodes, now);
        begun.set(signature, batch);
        this.batches.get(batch.number)?.to.add(receiver.name);
        const remindAt = transition === 'reminder' ? { remindAt: now + day } : {};
        this.know(receiver.name, { room, at: now, ...remindAt });
        return [deliveryOf(batch, receiver.name)];
      });
    });
    this.forgetTold();
    this.lost = this.lost.filter(({ givenUpAt }) => Date.parse(givenUpAt) > now - lostMilliseconds);
    // Whoever is new is told of what is open.
    if (this.isOpen) this.wake(now + hour);
    return [...again, ...deliveries];
  }

  /** A receiver has heard a message. */
  told({ batch: number, receiver }: Pick<Delivery, 'batch' | 'receiver'>, now: number): void {
    const batch = this.batches.get(number);
    if (batch?.to.has(receiver) !== true) return;
    const { transition } = batch;
    for (const episode of this.membersOf(number)) {
      if (transition === 'opened') {
        episode.heard = this.sets.with(episode.heard, receiver);
        const isAware = batch.begunAt >= episode.worseAt;
        episode.unaware = this.sets[isAware ? 'without' : 'with'](episode.unaware, receiver);
      } else {
        episode.heard = this.sets.without(episode.heard, receiver);
        // What has opened again meanwhile is told again.
        if (episode.state === transition) episode.settled = this.sets.with(episode.settled, receiver);
      }
      this.pending.add(episode);
    }
    if (transition === 'opened') this.remindLater(receiver, now);
    this.delivered(batch, receiver, now);
  }

  /**
   * A receiver does not take a message for now.
   *
   * @param problem what it has against the message; null: the fleet file of a worker does not have the receiver
   * @returns what is given up by that; null: it is tried again
   */
  putOff(delivery: Delivery, problem: string | null, now: number): LostDelivery | null {
    const { id, receiver, until } = delivery;
    const refused = [...this.putOffs.values()].filter(
      (one) => one.problem !== null && one.delivery.receiver === receiver,
    );
    const next = now + (problem === null ? missingMilliseconds : refusedMilliseconds);
    const isUrgent = [...this.membersOf(delivery.batch)].some(({ event }) => isCritical(event));
    const most = isUrgent ? mostRefusedUrgent : mostRefused;
    if (next > until || (problem !== null && refused.length >= most)) return this.failed(delivery, problem, now);
    this.putOffs.set(id, {
      ...{ delivery, until: next },
      problem: problem === null ? null : shortened(problem, mostCharacters.subject),
    });
    this.wake(now);
    return null;
  }

  /**
   * A message is given up.
   *
   * @param problem why; null: the receiver is in the fleet file no more
   */
  failed(
    { batch: number, receiver }: Pick<Delivery, 'batch' | 'receiver'>,
    problem: string | null,
    now: number,
  ): LostDelivery | null {
    const batch = this.batches.get(number);
    if (batch?.to.has(receiver) !== true) return null;
    for (const episode of this.membersOf(number)) {
      // Of what has changed meanwhile it is told all the same.
      if (isOf(batch, episode)) episode.settled = this.sets.with(episode.settled, receiver);
      this.pending.add(episode);
    }
    if (batch.transition === 'opened') this.remindLater(receiver, now);
    this.delivered(batch, receiver, now);
    if (problem === null) return null;
    const { message, count, begunAt } = batch;
    const lost = {
      ...{ receiver, subject: message.subject, count, since: iso(begunAt), givenUpAt: iso(now) },
      problem: shortened(problem, mostCharacters.subject),
    };
    this.lost = [...this.lost, lost].slice(-mostLost);
    return lost;
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  get lines(): string[] {
    const { total, open } = this.shown(0);
    return [
      markdown`**${total}** open, ${this.batches.size} messages under way, ${this.beyond} that there was no room for`,
      ...open.slice(0, shownLines).map(({ key, since, subject }) => markdown`- since ${since}: ${subject} (${key})`),
    ];
  }

  /** @param from how many of what is open came before */
  shown(from: number): ShownAlerts {
    const open = [...this.episodes.values()].filter(({ state }) => state === 'open').sort(byAge);
    return {
      total: open.length,
      from,
      open: open.slice(from, from + shownOpen).map((one) => ({
        ...{ key: one.key, event: one.event, since: iso(one.since), subject: subjectOfEpisode(one) },
        ...{ heard: [...one.heard.names], timesReopened: one.flaps },
      })),
      ended: this.ended.map(({ key, event, since, resolvedAt, flaps }) => ({
        ...{ key, event, since: iso(since), resolvedAt: iso(resolvedAt), timesReopened: flaps },
      })),
      underWay: [...this.batches.values()].flatMap((batch) =>
        [...batch.to].map((receiver) => {
          const id = deliveryId(batch.number, receiver);
          const putOff = this.putOffs.get(id);
          return {
            ...{ id, receiver, subject: batch.message.subject, count: batch.count },
            ...{ since: iso(batch.begunAt), until: iso(batch.begunAt + triedMilliseconds) },
            ...{ problem: putOff?.problem ?? null, next: putOff === undefined ? null : iso(putOff.until) },
          };
        }),
      ),
      lost: this.lost,
      beyond: this.beyond,
    };
  }

  /**
   * What the next run goes on with, and takes in for certain. What there is no room for is counted; words go first, then what is over,
   * then troubles that everybody knows of.
   */
  carried(now: number): CarriedAlerts {
    for (;;) {
      const carried = this.packed();
      const bytes = bytesOf(carried);
      const isTaken = isSound(carried);
      if (bytes <= mostBytes.all && isTaken) return carried;
      if (this.shortenWords() || this.forgetOver()) continue;
      const named = [...this.episodes.values()].filter((one) => this.worthOf(one) < Infinity);
      if (named.length === 0) {
        if (this.batches.size === 0) return isTaken ? carried : new Alerts(this.fleet, null, this.newId).packed();
        for (const { number } of this.batches.values()) this.dropBatch(number);
        continue;
      }
      const least = named.sort((a, b) => this.worthOf(a) - this.worthOf(b));
      const share = Math.max(1, Math.ceil(least.length * Math.max(0.1, (1 - mostBytes.all / bytes) * 0.6)));
      for (const episode of least.slice(0, share)) this.evict(episode, now);
    }
  }

  private evict(episode: Episode, now: number): void {
    this.remove(episode);
    this.ended = this.ended.filter(({ key }) => key !== episode.key);
    if (episode.state === 'open') this.moreBeyond(episode.event, now);
    else this.beyond += 1;
  }

  /** Lets go what is worth less than a trouble that has just opened; false: there is no such. */
  private makeRoom(event: NotificationEvent, now: number): boolean {
    this.expendable ??= [...this.episodes.values()]
      .filter((one) => one.state === 'open' && this.worthOf(one) <= worths.untold)
      .sort((a, b) => this.worthOf(b) - this.worthOf(a));
    const most = worths.untold + (isCritical(event) ? 1 : 0);
    for (let least = this.expendable.at(-1); least !== undefined; least = this.expendable.at(-1)) {
      const worth = this.episodes.get(least.key) === least ? this.worthOf(least) : Infinity;
      if (worth === worths.untold && worth >= most) return false;
      this.expendable.pop();
      if (worth >= most) continue;
      this.evict(least, now);
      return true;
    }
    return false;
  }

  /** One trouble more that there is no room for: all those are one trouble, which is told like any other. */
  private moreBeyond(event: NotificationEvent, now: number): void {
    this.beyond += 1;
    const key = `${beyondFolder}${event}`;
    const known = this.episodes.get(key);
    const size = (known?.state === 'open' ? known.size : 0) + 1;
    this.open(key, known, { ...beyondText(event, size), id: '', event, size }, now);
  }

  /** The end of a trouble that nobody knows of: one of those. */
  private lessBeyond(notice: AlertNotice, now: number): void {
    const event = notice.event === 'rpo-met' ? 'rpo-missed' : notice.event;
    const known = this.episodes.get(`${beyondFolder}${event}`);
    if (known?.state !== 'open') return;
    known.size -= 1;
    known.text = beyondText(event, known.size);
    if (known.size === 0) this.resolve(known, { ...known.text, id: '', event: notice.event }, now);
  }

  /** Whether an end is one that was taken in long ago, whose sender did not hear of that. */
  private isRepeated(key: string, { event, state }: AlertNotice, asOf: number | undefined): boolean {
    if (state !== 'resolved' || this.episodes.has(key)) return false;
    const before = this.ended.findLast((one) => one.key === key);
    if (before === undefined) return false;
    return asOf === undefined ? event === 'rpo-met' : asOf > 0 && before.asOf === asOf;
  }

  /** Whether there was something to shorten. */
  private shortenWords(): boolean {
    let isShorter = false;
    for (const batch of this.batches.values()) {
      const { message } = batch.message;
      if (message.length <= mostCharacters.shortMessage) continue;
      this.batches.set(batch.number, {
        ...batch,
        message: { ...batch.message, message: shortened(message, mostCharacters.shortMessage) },
      });
      isShorter = true;
    }
    return isShorter;
  }

  /** Whether there was something to forget of what is over and shown only. */
  private forgetOver(): boolean {
    if (this.ended.length + this.lost.length === 0) return false;
    this.ended = this.ended.slice(Math.ceil(this.ended.length / 2));
    this.lost = this.lost.slice(Math.ceil(this.lost.length / 2));
    return true;
  }

  private open(key: string, known: Episode | undefined, notice: AlertNotice, now: number): void {
    const isFull = known === undefined && this.episodes.size - this.news.size >= mostEpisodes;
    if (isFull && !key.startsWith(beyondFolder) && !this.makeRoom(notice.event, now))
      return this.moreBeyond(notice.event, now);
    const before = known ?? this.endedLately(key, now);
    const wasOpen = known?.state === 'open';
    const episode: Episode = known ?? {
      ...{ key, state: 'open', event: notice.event, latest: notice.event, since: before?.since ?? now, openedAt: now },
      ...{ asOf: 0, resolvedAt: 0, flaps: before?.flaps ?? 0, heard: this.sets.none, settled: this.sets.none },
      ...{ size: 0, saidSize: 0, worseAt: 0, unaware: this.sets.none, batches: new Set<number>(), text: null },
    };
    episode.event = episode.latest = notice.event;
    episode.asOf = Math.max(episode.asOf, asOfOf(notice, now) ?? 0);
    episode.text = textOf(notice);
    if (!wasOpen) {
      if (before !== undefined) episode.flaps += 1;
      Object.assign(episode, { state: 'open', openedAt: now, resolvedAt: 0, settled: this.sets.none });
      episode.saidSize = episode.size = notice.size ?? 0;
    } else {
      episode.size = notice.size ?? episode.size;
      if (episode.size >= 2 * Math.max(1, episode.saidSize)) this.worsened(episode, now);
    }
    this.episodes.set(key, episode);
    // An end of the same that was on its way as news would end it, wherever it is shown.
    if (known === undefined) for (const one of this.news) this.supersede(one, episode);
    if (!wasOpen) this.changed(episode, now + gatherMilliseconds);
  }

  /** Who knows of it hears it again. */
  private worsened(episode: Episode, now: number): void {
    episode.saidSize = episode.size;
    episode.worseAt = now;
    episode.unaware = episode.heard;
    this.changed(episode, now + gatherMilliseconds);
  }

  private resolve(episode: Episode, notice: AlertNotice, now: number): void {
    const latest = episode.event === 'rpo-missed' ? 'rpo-met' : episode.event;
    Object.assign(episode, { state: 'resolved', latest, resolvedAt: now, settled: this.sets.none });
    Object.assign(episode, { worseAt: 0, unaware: this.sets.none });
    episode.asOf = Math.max(episode.asOf, asOfOf(notice, now) ?? 0);
    episode.text = textOf(notice);
    this.changed(episode, now + holdOf(episode));
  }

  private addNews(notice: AlertNotice, now: number): void {
    if (this.news.size >= mostNews) {
      const [oldest] = this.news;
      if (oldest !== undefined) this.remove(oldest);
      this.beyond += 1;
    }
    const { event, id } = notice;
    const episode: Episode = {
      ...{ key: `news/${id}`, state: 'news', event, latest: event, since: now, openedAt: now, asOf: 0, resolvedAt: 0 },
      ...{ flaps: 0, heard: this.sets.none, settled: this.sets.none, batches: new Set(), text: textOf(notice) },
      ...{ size: 0, saidSize: 0, worseAt: 0, unaware: this.sets.none },
    };
    this.news.add(episode);
    this.episodes.set(episode.key, episode);
    this.changed(episode, now + gatherMilliseconds);
  }

  /** News of the key of a trouble that has opened since end nothing. Those on their way come first. */
  private supersede(news: Episode, trouble: Episode): void {
    if (news.text?.key !== trouble.key) return;
    news.text = { ...news.text, key: undefined };
    for (const number of news.batches) {
      trouble.batches.add(number);
      this.members.get(number)?.add(trouble);
    }
  }

  private changed(episode: Episode, readyAt: number): void {
    this.pending.add(episode);
    this.wake(readyAt);
  }

  private wake(at: number): void {
    this.due = Math.min(this.due, at);
  }

  /** The messages that a receiver is to be told now; wakes us when the others are due. */
  private messagesFor(receiver: KnownReceiver, quietUntil: number, now: number): Telling[] {
    const wanted: Wanted[] = [];
    for (const episode of this.pending) {
      const one = this.isUnderWay(episode, receiver.name) ? null : wantedOf(episode, receiver, quietUntil);
      if (one !== null) wanted.push(one);
    }
    const kinds = (['opened', 'resolved', 'news'] as const).flatMap((transition) =>
      [true, false].map((isFirst) => ({ transition, isFirst })),
    );
    const messages = kinds.flatMap(({ transition, isFirst }): Telling[] => {
      const all = wanted.filter((one) => one.transition === transition && isCritical(one.episode.event) === isFirst);
      const isDue = all.some(({ readyAt }) => readyAt <= now);
      const isTold = ({ readyAt, joins }: Wanted) => readyAt <= now || (isDue && joins);
      for (const one of all) if (!isTold(one)) this.wake(one.readyAt);
      const told = all.filter(isTold).map(({ episode }) => episode);
      if (told.length === 0) return [];
      if (receiver.apart || told.length <= mostSingle) return told.map((one) => ({ transition, episodes: [one] }));
      return [{ transition, episodes: told }];
    });
    // What is critical, and its end; then the other ends.
    messages.sort((a, b) => rankOf(a) - rankOf(b));
    return [...messages, ...this.reminderFor(receiver, quietUntil, now)];
  }

  /** Of what it knows. What could not be told it is told anew. */
  private reminderFor(receiver: KnownReceiver, quietUntil: number, now: number): Telling[] {
    const { name, remindAt } = receiver;
    if (remindAt === null) return [];
    if ([...this.batches.values()].some(({ transition, to }) => transition === 'reminder' && to.has(name))) return [];
    const at = Math.max(remindAt, quietUntil);
    if (at > now) {
      this.wake(at);
      return [];
    }
    const open = [...this.episodes.values()].filter(({ state }) => state === 'open');
    for (const episode of open.filter(({ settled }) => settled.names.has(name))) {
      episode.settled = this.sets.without(episode.settled, name);
      this.changed(episode, now);
    }
    const episodes = open.filter(({ heard, event }) => heard.names.has(name) && hears(receiver, event));
    if (!receiver.byKey && episodes.length > 0) return [{ transition: 'reminder', episodes }];
    this.know(name, { remindAt: null });
    return [];
  }

  /** Takes in whom the fleet file of a worker has. Whoever is new is told of what is open. */
  private meet(receivers: readonly AlertReceiver[], now: number): void {
    for (const one of receivers) {
      const known = this.receivers.get(one.name);
      if (known === undefined || String(known.events) !== String(one.events))
        for (const episode of this.episodes.values()) this.pending.add(episode);
      const { room, at, remindAt } = known ?? { room: mostMessagesOf(one), at: now, remindAt: null };
      this.receivers.set(one.name, { ...one, room, at, remindAt, missingSince: null });
    }
    const names = new Set(receivers.map(({ name }) => name));
    for (const { name, missingSince } of [...this.receivers.values()]) {
      if (names.has(name)) continue;
      const since = missingSince ?? now;
      if (now - since >= goneMilliseconds) this.forgetReceiver(name);
      else {
        this.know(name, { missingSince: since });
        this.wake(since + goneMilliseconds);
      }
    }
  }

  private get isOpen(): boolean {
    for (const { state } of this.episodes.values()) if (state === 'open') return true;
    return false;
  }

  private know(name: string, more: Partial<KnownReceiver>): void {
    const known = this.receivers.get(name);
    if (known !== undefined) this.receivers.set(name, { ...known, ...more });
  }

  private forgetReceiver(name: string): void {
    this.receivers.delete(name);
    for (const { number, to } of [...this.batches.values()])
      if (to.delete(name) && to.size === 0) this.dropBatch(number);
    for (const episode of this.episodes.values()) {
      episode.heard = this.sets.without(episode.heard, name);
      episode.settled = this.sets.without(episode.settled, name);
      episode.unaware = this.sets.without(episode.unaware, name);
      this.pending.add(episode);
    }
  }

  /** What was put off until now. */
  private triedAgain(now: number): Delivery[] {
    return [...this.putOffs.values()].flatMap(({ delivery, until }) => {
      const { id, batch, receiver } = delivery;
      const isLeft = this.batches.get(batch)?.to.has(receiver) === true;
      if (isLeft && until > now) {
        this.wake(until);
        return [];
      }
      this.putOffs.delete(id);
      return isLeft ? [delivery] : [];
    });
  }

  private underWayTo(receiver: string): number {
    let underWay = 0;
    for (const { number, to } of this.batches.values())
      if (to.has(receiver) && (this.putOffs.get(deliveryId(number, receiver))?.problem ?? null) === null) underWay += 1;
    return underWay;
  }

  private begin(transition: Transition, episodes: readonly Episode[], now: number): Batch {
    const { subject, message, ...words } = wordsOf(this.fleet, transition, episodes);
    let underWay = 0;
    for (const batch of this.batches.values()) underWay += bytesOf(batch.message.message);
    const most = underWay > mostBytes.underWay ? mostCharacters.shortMessage : mostCharacters.message;
    const batch = {
      ...{ number: this.nextBatch, transition, count: episodes.length, begunAt: now, to: new Set<string>() },
      message: {
        ...words,
        fleet: this.fleet,
        id: this.newId(),
        time: iso(now),
        subject: shortened(subject, mostCharacters.subject),
        message: shortened(message, most),
      } satisfies Message,
    };
    this.nextBatch += 1;
    this.batches.set(batch.number, batch);
    if (transition === 'reminder') return batch;
    this.members.set(batch.number, new Set(episodes));
    for (const episode of episodes) {
      episode.batches.add(batch.number);
      if (transition === 'opened') episode.saidSize = episode.size;
    }
    return batch;
  }

  private delivered(batch: Batch & { readonly to: Set<string> }, receiver: string, now: number): void {
    batch.to.delete(receiver);
    if (batch.to.size === 0) this.dropBatch(batch.number);
    this.wake(now);
  }

  private dropBatch(number: number): void {
    for (const episode of this.membersOf(number)) episode.batches.delete(number);
    this.batches.delete(number);
    this.members.delete(number);
  }

  private remindLater(receiver: string, now: number): void {
    const remindAt = this.receivers.get(receiver)?.remindAt ?? now + day;
    this.know(receiver, { remindAt });
    this.wake(remindAt);
  }

  /** What everybody has heard who is to hear it needs no look any more; what is over is forgotten. */
  private forgetTold(): void {
    const receivers = [...this.receivers.values()];
    for (const episode of this.pending) {
      if (episode.batches.size > 0) continue;
      if (receivers.some((receiver) => wantedOf(episode, receiver, 0) !== null)) continue;
      this.pending.delete(episode);
      if (episode.state === 'open') continue;
      if (episode.state === 'resolved') {
        const { key, event, since, resolvedAt, asOf, flaps } = episode;
        this.ended = [...this.ended, { key, event, since, resolvedAt, asOf, flaps }].slice(-mostEnded);
      }
      this.remove(episode);
    }
  }

  private remove(episode: Episode): void {
    this.news.delete(episode);
    this.episodes.delete(episode.key);
    this.pending.delete(episode);
    for (const number of episode.batches) this.members.get(number)?.delete(episode);
  }

  private endedLately(key: string, now: number): EndedEpisode | undefined {
    return this.ended.findLast((one) => one.key === key && now - one.resolvedAt <= flapMilliseconds);
  }

  private isUnderWay({ batches }: Episode, receiver: string): boolean {
    for (const number of batches) if (this.batches.get(number)?.to.has(receiver)) return true;
    return false;
  }

  private membersOf(number: number): ReadonlySet<Episode> {
    return this.members.get(number) ?? new Set();
  }

  /** The less, the sooner it is let go where there is no room. */
  private worthOf(episode: Episode): number {
    if (episode.state === 'resolved') return worths.over;
    if (episode.key.startsWith(beyondFolder)) return Infinity;
    return (this.pending.has(episode) ? worths.untold : 0) + (isCritical(episode.event) ? 1 : 0);
  }

  private packed(): CarriedAlerts {
    const sets = new PackedSets();
    const episodes = packedEpisodes(this.episodes.values(), sets);
    const texts: Record<string, EpisodeText> = {};
    let left = mostBytes.texts;
    const newestFirst = [...this.episodes.values()].reverse();
    for (const isPending of [true, false])
      for (const episode of newestFirst) {
        if (episode.text === null || this.pending.has(episode) !== isPending) continue;
        const bytes = bytesOf(episode.text) + bytesOf(episode.key);
        if (bytes > left) continue;
        left -= bytes;
        texts[episode.key] = episode.text;
      }
    return {
      episodes,
      texts,
      batches: [...this.batches.values()].map((batch) => packedBatch(batch, sets, this.sets)),
      names: sets.names,
      sets: sets.sets,
      nextBatch: this.nextBatch,
      receivers: [...this.receivers.values()],
      ended: this.ended,
      lost: this.lost,
      seen: [...this.seen].join(''),
      beyond: this.beyond,
    };
  }

  private restore(carried: CarriedAlerts): void {
    const { episodes, texts, batches, names, sets, receivers, seen } = carried;
    const setAt = (index: number): NameSet => this.sets.of((sets[index] ?? []).flatMap((i) => names[i] ?? []));
    for (const batch of batches) {
      const to = new Set(setAt(batch.to).names);
      if (to.size > 0)
        this.batches.set(batch.number, { ...batch, to, message: { ...batch.message, fleet: this.fleet } });
    }
    for (const episode of episodes.flatMap((group) => unpackedEpisodes(group, setAt))) {
      episode.text = Object.hasOwn(texts, episode.key) ? (texts[episode.key] ?? null) : null;
      for (const number of episode.batches) {
        const members = this.members.get(number) ?? new Set();
        if (this.batches.has(number)) this.members.set(number, members.add(episode));
        else episode.batches.delete(number);
      }
      if (episode.state === 'news') this.news.add(episode);
      this.episodes.set(episode.key, episode);
      this.pending.add(episode);
    }
    for (const one of receivers) this.receivers.set(one.name, one);
    for (let i = 0; i < seen.length; i += seenCharacters) this.seen.add(seen.slice(i, i + seenCharacters));
    this.ended = [...carried.ended];
    this.lost = [...carried.lost];
    this.beyond = carried.beyond;
    this.nextBatch = carried.nextBatch;
    this.due = this.episodes.size === 0 && this.receivers.size === 0 ? Infinity : 0;
  }
}

/** What a receiver is to hear of an episode that it has not; null: nothing. */
function wantedOf(episode: Episode, receiver: AlertReceiver, quietUntil: number): Wanted | null {
  const { state, event, latest, heard, settled, unaware, openedAt, worseAt, resolvedAt, text } = episode;
  if (settled.names.has(receiver.name)) return null;
  const isHeard = heard.names.has(receiver.name);
  switch (state) {
    case 'open': {
      if ((isHeard && !unaware.names.has(receiver.name)) || !hears(receiver, event)) return null;
      const readyAt = Math.max((isHeard ? worseAt : openedAt) + gatherMilliseconds, isCritical(event) ? 0 : quietUntil);
      return { episode, transition: 'opened', readyAt, joins: isCritical(event) || quietUntil === 0 };
    }
    case 'resolved': {
      // Whoever shows it as open must hear of its end; whoever never heard of it hears that it was, unless it was a moment only.
      if (isHeard ? !receiver.byKey && !hears(receiver, latest) : !isNewsTo(receiver, episode)) return null;
      const readyAt = Math.max(resolvedAt + holdOf(episode), receiver.byKey ? 0 : quietUntil);
      const joins = episode.flaps === 0 && (receiver.byKey || quietUntil === 0);
      return { episode, transition: 'resolved', readyAt, joins };
    }
    case 'news': {
      const isNothing = receiver.byKey && text?.key === undefined && text?.state !== 'open';
      if (isNothing || !hears(receiver, event)) return null;
      const readyAt = Math.max(openedAt + gatherMilliseconds, quietUntil);
      return { episode, transition: 'news', readyAt, joins: quietUntil === 0 };
    }
  }
}

function isNewsTo(receiver: AlertReceiver, { event, latest, openedAt, resolvedAt }: Episode): boolean {
  const wasShort = resolvedAt - openedAt < gatherMilliseconds;
  return !receiver.byKey && !wasShort && hears(receiver, event) && hears(receiver, latest);
}

/** Whether the episode is still as the message tells it. */
function isOf({ transition, begunAt }: Batch, { state, openedAt, worseAt, resolvedAt }: Episode): boolean {
  switch (transition) {
    case 'opened':
      return state === 'open' && openedAt <= begunAt && worseAt <= begunAt;
    case 'resolved':
      return state === 'resolved' && resolvedAt <= begunAt;
    default:
      return state === transition;
  }
}

const hears = ({ events }: AlertReceiver, event: NotificationEvent) => events === null || events.includes(event);
const holdOf = ({ flaps }: Episode) => (flaps === 0 ? gatherMilliseconds : flapMilliseconds);
const mostMessagesOf = ({ apart }: AlertReceiver) => (apart ? mostMessages.machines : mostMessages.people);

function roomOf(receiver: KnownReceiver, now: number): number {
  const most = mostMessagesOf(receiver);
  return Math.min(most, receiver.room + ((now - receiver.at) * most) / hour);
}

/** What is critical comes first, then ends, which nobody is to look at in vain. */
function rankOf({ transition, episodes }: Telling): number {
  if (transition === 'opened' && episodes.every(({ event }) => isCritical(event))) return 0;
  return ['resolved', 'opened', 'news', 'reminder'].indexOf(transition) + 1;
}

const byAge = (a: Episode, b: Episode) => a.since - b.since || (a.key < b.key ? -1 : 1);
/** No later than now, whatever is said: what is of the future could not end. */
const asOfOf = ({ asOf }: AlertNotice, now: number) =>
  asOf === undefined ? undefined : Math.max(0, Math.min(now, Date.parse(asOf)));
const deliveryId = (batch: number, receiver: string) => `${batch}/${receiver}`;

function deliveryOf({ number, message, begunAt }: Batch, receiver: string): Delivery {
  const id = deliveryId(number, receiver);
  return { id, batch: number, receiver, message, until: begunAt + triedMilliseconds };
}

function textOf({ subject, message, key, state }: AlertNotice): EpisodeText {
  return {
    ...{ key, state, subject: shortened(subject, mostCharacters.subject) },
    message: shortened(message, mostCharacters.message),
  };
}

function isSound(carried: CarriedAlerts): boolean {
  let isTaken = true;
  carriedAlerts(carried, '', () => (isTaken = false));
  return isTaken;
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const iso = (time: number) => new Date(time).toISOString();
