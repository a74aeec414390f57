import { type Message, type Notification, type NotificationEvent } from '../notification';
import { type NameSet } from './nameSet';

/** Input of the workflow `alerts`. */
export interface AlertsInput {
  readonly version: 1;
  readonly fleet: string;
  /** Carried over from the run before; null in the first. */
  readonly state: CarriedAlerts | null;
}

/** A notification, handed over by a workflow to be told. */
export interface AlertNotice extends Omit<Notification, 'fleet' | 'id' | 'state'> {
  /** Of this notification over all tries to hand it over: {@link Message.id}. */
  readonly id: string;
  readonly state: 'open' | 'resolved';
}

/** Who hears of a fleet, as the fleet file of a worker has it now. */
export interface AlertSettings {
  readonly receivers: readonly AlertReceiver[];
  /** When the quiet time ends that there is now; null: there is none. ISO 8601. */
  readonly quietUntil: string | null;
  /** Whether the fleet keeps a ledger. */
  readonly ledger: boolean;
}

export interface AlertReceiver {
  readonly name: string;
  /** Null: all. */
  readonly events: readonly NotificationEvent[] | null;
  /** A machine: it is told of each trouble by itself, however many there are. */
  readonly apart: boolean;
  /** It shows what is open by its key until it is told of the end. */
  readonly byKey: boolean;
}

/** A receiver, and how often it may be told something. Times are epoch milliseconds. */
export interface KnownReceiver extends AlertReceiver {
  /** Messages that it may be told at once. */
  readonly room: number;
  /** When that was so. */
  readonly at: number;
  /** When it is reminded of what is open; null: nothing is. */
  readonly remindAt: number | null;
  /** Since when a worker's fleet file does not have it; null: it does. */
  readonly missingSince: number | null;
}

/** A trouble of one key from its opening to its end; or news, which have no end. */
export interface Episode {
  /** Of a trouble what it is about; of news an id. */
  readonly key: string;
  state: 'open' | 'resolved' | 'news';
  /** The event that opened it. */
  event: NotificationEvent;
  /** The event of the present state. */
  latest: NotificationEvent;
  /** When it opened for the first time: epoch milliseconds, as all times here. */
  since: number;
  /** When it opened, or opened again. */
  openedAt: number;
  /** What its latest opening is about; 0 where nothing says so. */
  asOf: number;
  /** How large it is; 0 where nothing says so. */
  size: number;
  /** How large it was when it was told last. */
  saidSize: number;
  /** When it became much larger than that; 0: never. */
  worseAt: number;
  /** 0 while it has not ended. */
  resolvedAt: number;
  /** How often it has opened again. */
  flaps: number;
  /** Who knows that it is open. */
  heard: NameSet;
  /** Who knows that it is open, and not how large it has become. */
  unaware: NameSet;
  /** Who is told no more of the present state. */
  settled: NameSet;
  /** Messages under way that it is in, by their numbers. */
  readonly batches: Set<number>;
  /** The words of its latest notification; null: only the key is left of it. */
  text: EpisodeText | null;
}

export interface EpisodeText {
  readonly subject: string;
  readonly message: string;
  /** Of news: what they are about, if PagerDuty may have something open of it. */
  readonly key?: string | undefined;
  readonly state: 'open' | 'resolved';
}

export type Transition = 'opened' | 'resolved' | 'news' | 'reminder';

/** A message under way: the same words and id for all who are to hear it, over all tries. */
export interface Batch {
  readonly number: number;
  readonly transition: Transition;
  readonly message: Message;
  /** How many episodes it tells of. */
  readonly count: number;
  readonly begunAt: number;
  /** Who has not heard it yet. */
  readonly to: ReadonlySet<string>;
}

/** One message to one receiver. */
export interface Delivery {
  /** Unique in the workflow: `7/mail/dba@example.com`. */
  readonly id: string;
  readonly batch: number;
  readonly receiver: string;
  readonly message: Message;
  /** When it is given up: epoch milliseconds. */
  readonly until: number;
}

/** A message that a receiver could not be told in a week. */
export interface LostDelivery {
  readonly receiver: string;
  readonly subject: string;
  readonly count: number;
  /** ISO 8601. */
  readonly since: string;
  readonly givenUpAt: string;
  readonly problem: string;
}

/** A trouble that is over. */
export interface EndedEpisode {
  readonly key: string;
  readonly event: NotificationEvent;
  readonly since: number;
  readonly resolvedAt: number;
  /** As of {@link Episode}. */
  readonly asOf: number;
  readonly flaps: number;
}

/** Episodes that differ in the last part of their keys, and in their times: `packedAlerts.ts` has the form of the rows. */
export interface PackedEpisodes {
  readonly in: string;
  readonly rows: string;
  readonly state: Episode['state'];
  readonly event: NotificationEvent;
  readonly latest: NotificationEvent;
  /** What the times in the rows are counted from: minutes since the epoch. */
  readonly from: number;
  /** The same of their ends. */
  readonly endsFrom: number;
  readonly asOf: number;
  readonly size: number;
  readonly saidSize: number;
  readonly worseAt: number;
  readonly flaps: number;
  /** Indexes of {@link CarriedAlerts.sets}. */
  readonly heard: number;
  readonly settled: number;
  readonly unaware: number;
  readonly batches: readonly number[];
}

export interface CarriedBatch extends Omit<Batch, 'to' | 'message'> {
  readonly message: Omit<Message, 'fleet'>;
  /** Index of {@link CarriedAlerts.sets}. */
  readonly to: number;
}

/** What the entity carries from run to run: below 256 KiB as JSON. */
export interface CarriedAlerts {
  /** Names of receivers, as lists of {@link names}. */
  readonly sets: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly episodes: readonly PackedEpisodes[];
  readonly texts: Readonly<Record<string, EpisodeText>>;
  readonly batches: readonly CarriedBatch[];
  readonly nextBatch: number;
  readonly receivers: readonly KnownReceiver[];
  readonly ended: readonly EndedEpisode[];
  readonly lost: readonly LostDelivery[];
  /** The beginnings of ids that came lately, oldest first, one behind the other. */
  readonly seen: string;
  /** Troubles and news that there was no room for. */
  readonly beyond: number;
}

/** What the query answers: a page of what is open, and all else. */
export interface ShownAlerts {
  readonly total: number;
  /** Where the page begins; behind it the next one does. */
  readonly from: number;
  readonly open: readonly ShownEpisode[];
  readonly ended: readonly ShownEnd[];
  readonly underWay: readonly ShownDelivery[];
  readonly lost: readonly LostDelivery[];
  readonly beyond: number;
}

export interface ShownEpisode {
  readonly key: string;
  readonly event: NotificationEvent;
  readonly since: string;
  readonly subject: string;
  /** Names of those who know. */
  readonly heard: readonly string[];
  readonly timesReopened: number;
}

export interface ShownEnd {
  readonly key: string;
  readonly event: NotificationEvent;
  readonly since: string;
  readonly resolvedAt: string;
  readonly timesReopened: number;
}

export interface ShownDelivery {
  readonly id: string;
  readonly receiver: string;
  readonly subject: string;
  readonly count: number;
  readonly since: string;
  readonly until: string;
  /** What the receiver has refused in it; null: nothing is known. */
  readonly problem: string | null;
  /** When one that was put off is tried again; null: it is being tried. ISO 8601. */
  readonly next: string | null;
}
