import {
  type AlertNotice,
  type CarriedAlerts,
  type CarriedBatch,
  type EndedEpisode,
  type EpisodeText,
  type KnownReceiver,
  type LostDelivery,
  type PackedEpisodes,
} from '../alerts/alert';
import { type Message, notificationEvents } from '../notification';
import { printable, printableLines, shortened } from '../plainText';
import {
  anyText,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  text,
  time,
} from './shape';
import { count } from './shapes';

/** What the entity of alerts is told, and what it carries. */

const event = oneOf(...notificationEvents);
const openOrResolved = oneOf('open', 'resolved');
const noticeId = text(32, /^[0-9a-f]{32}$/, 'an id of 32 hexadecimal digits');
/** What it calls its own news begins otherwise. */
const key = text(1024, /^(?!news\/)\P{Cc}+$/u, 'what the notification is about');
const receiver = text(600, /^\P{Cc}+$/u, 'the name of a receiver');
const mostReceivers = 5000;

/** Whoever has sent it, it can be read, and no receiver takes offence at what is in it. */
const shown =
  (shape: Shape<string>, most: number, show: (text: string) => string): Shape<string> =>
  (value, at, wrong) => {
    const given: unknown = shape(value, at, wrong);
    return typeof given === 'string' ? shortened(show(given), most) : '';
  };
const subject = shown(text(2000), 2000, printable);

export const alertNotice = object<AlertNotice>({
  id: noticeId,
  event,
  subject,
  message: shown(anyText(20_000), 20_000, printableLines),
  key: optional(key),
  state: openOrResolved,
  asOf: optional(time),
  size: optional(count),
  quietly: optional(flag),
  retired: optional(text(1024)),
});

/** Whose times can be written down. */
const moment = number(0, 4e12);
const index = number(0, 1e6);
const packed = object<PackedEpisodes>({
  in: anyText(1024),
  rows: text(2_000_000),
  state: oneOf<PackedEpisodes['state']>('open', 'resolved', 'news'),
  event,
  latest: event,
  from: number(0, 5e7),
  endsFrom: number(0, 5e7),
  asOf: moment,
  size: count,
  saidSize: count,
  worseAt: moment,
  flaps: count,
  heard: index,
  settled: index,
  unaware: index,
  batches: list(count, 10_000),
});
const episodeText = object<EpisodeText>({
  subject: text(2000),
  message: anyText(10_000),
  key: optional(key),
  state: openOrResolved,
});
/** A message for one receiver. */
export const toldMessage = object<Omit<Message, 'fleet'>>({
  id: noticeId,
  event: oneOf<Message['event']>(...notificationEvents, 'digest', 'test'),
  subject,
  message: shown(anyText(10_000), 10_000, printableLines),
  key: optional(text(1100)),
  state: optional(openOrResolved),
  time,
});
const batch = object<CarriedBatch>({
  number: count,
  transition: oneOf<CarriedBatch['transition']>('opened', 'resolved', 'news', 'reminder'),
  message: toldMessage,
  count,
  begunAt: moment,
  to: index,
});

export const carriedAlerts = object<CarriedAlerts>({
  sets: list(list(index, mostReceivers), 100_000),
  names: list(receiver, mostReceivers),
  episodes: list(packed, 20_000),
  texts: record(episodeText, 20_000),
  batches: list(batch, 10_000),
  nextBatch: count,
  receivers: list(
    object<KnownReceiver>({
      name: receiver,
      events: nullable(list(event, 100)),
      apart: flag,
      byKey: flag,
      room: number(0, 1e6),
      at: moment,
      remindAt: nullable(moment),
      missingSince: nullable(moment),
    }),
    mostReceivers,
  ),
  ended: list(
    object<EndedEpisode>({ key: text(1100), event, since: moment, resolvedAt: moment, asOf: moment, flaps: count }),
    1000,
  ),
  lost: list(
    object<LostDelivery>({
      receiver,
      subject: text(2000),
      count,
      since: time,
      givenUpAt: time,
      problem: anyText(2000),
    }),
    1000,
  ),
  seen: anyText(100_000),
  beyond: count,
});
