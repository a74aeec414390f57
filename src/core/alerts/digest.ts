import { type Message, type NotificationEvent } from '../notification';
import { shortened } from '../plainText';
import { type Episode, type EpisodeText, type Transition } from './alert';

/** A digest names so many. */
const named = 20;
/** Of an episode's words, as a line of a digest. */
const lineCharacters = 100;

/** Behind it, a trouble of all those of an event that there was no room for. */
export const beyondFolder = 'alerts/beyond/';

/** Of so many more troubles, that nobody could be told by name. */
export function beyondText(event: NotificationEvent, size: number): EpisodeText {
  const subject =
    size === 0
      ? `what there was no room for is over: ${counted[event].over(size)}`
      : `${counted[event].open(size)}, for which there was no room among the alerts`;
  return {
    state: size === 0 ? 'resolved' : 'open',
    subject,
    message: `${subject}; \`farcopy status\` shows what is so`,
  };
}

/** Which troubles are told in quiet hours, too, and before all others. */
export const isCritical = (event: NotificationEvent): boolean => event === 'rpo-missed';

const worstFirst = (a: Episode, b: Episode) =>
  Number(isCritical(b.event)) - Number(isCritical(a.event)) || a.since - b.since || (a.key < b.key ? -1 : 1);

/** The words of a message about one episode or several. */
export type Words = Pick<Message, 'event' | 'subject' | 'message' | 'key' | 'state'>;

interface Counted {
  readonly open: (n: number) => string;
  readonly over: (n: number) => string;
}
const ofRpo: Counted = {
  open: (n) => `${n} ${n === 1 ? 'resource has' : 'resources have'} no complete recovery point within the RPO`,
  over: (n) => `${n} ${n === 1 ? 'resource is' : 'resources are'} within the RPO again`,
};
const ofRetention: Counted = {
  open: () => 'retention has problems',
  over: () => 'retention has no problems any more',
};
const counted: Readonly<Record<NotificationEvent, Counted>> = {
  'rpo-missed': ofRpo,
  'rpo-met': ofRpo,
  'fleet-backup-ended': {
    open: (n) => `rounds of ${n} ${n === 1 ? 'tier' : 'tiers'} fail`,
    over: (n) => `rounds of ${n} ${n === 1 ? 'tier' : 'tiers'} complete again`,
  },
  'drill-ended': {
    open: (n) => `${n} ${n === 1 ? 'drill fails' : 'drills fail'}`,
    over: (n) => `${n} ${n === 1 ? 'drill passes' : 'drills pass'} again`,
  },
  'prune-marked': ofRetention,
  'prune-ended': ofRetention,
};

/**
 * What is told of episodes together. One alone is told in its own words.
 */
export function wordsOf(fleet: string, transition: Transition, episodes: readonly Episode[]): Words {
  const [only] = episodes;
  const isOver = transition === 'resolved';
  if (only !== undefined && episodes.length === 1) return ownWords(only, transition);
  const events = new Set(episodes.map((one) => (isOver ? one.latest : one.event)));
  const [event = 'digest' as const] = events.size === 1 ? events : [];
  const lines = [...episodes].sort(worstFirst).slice(0, named);
  return {
    event,
    state: transition === 'opened' || transition === 'reminder' ? 'open' : 'resolved',
    subject: `fleet ${fleet}: ${subjectOf(transition, episodes)}`,
    message: [
      ...lines.map((one) => lineOf(one, transition)),
      ...(episodes.length > named
        ? [`and ${episodes.length - named} more: \`farcopy alerts --all\` shows what is open`]
        : []),
    ].join('\n'),
  };
}

function ownWords(episode: Episode, transition: Transition): Words {
  const { key, event, latest, since, text } = episode;
  const subject = subjectOfEpisode(episode);
  switch (transition) {
    case 'opened':
      return { event, key, state: 'open', subject, message: text?.message ?? subject };
    case 'reminder': {
      const still = `still open since ${iso(since)}: ${subject}`;
      return { event, key, state: 'open', subject: still, message: text?.message ?? still };
    }
    case 'resolved': {
      const message = `${text?.message ?? subject}\nIt was not so since ${iso(since)}.`;
      return { event: latest, key, state: 'resolved', subject, message };
    }
    case 'news':
      return {
        ...{ event, subject, message: text?.message ?? subject, state: text?.state ?? 'resolved' },
        ...(text?.key === undefined ? {} : { key: text.key }),
      };
  }
}

function subjectOf(transition: Transition, episodes: readonly Episode[]): string {
  if (transition === 'news') return `${episodes.length} notices`;
  const numbers = new Map<NotificationEvent, number>();
  for (const { event, key, size } of episodes)
    numbers.set(event, (numbers.get(event) ?? 0) + (key.startsWith(beyondFolder) ? size : 1));
  const parts = [...numbers].map(([event, n]) => counted[event][transition === 'resolved' ? 'over' : 'open'](n));
  return `${transition === 'reminder' ? 'still open: ' : ''}${parts.join(', ')}`;
}

function lineOf(episode: Episode, transition: Transition): string {
  const { key, since, resolvedAt, text } = episode;
  const words = text === null ? `${subjectOfEpisode(episode)} (${key})` : text.subject;
  const line = shortened(words, lineCharacters);
  switch (transition) {
    case 'news':
      return line;
    case 'resolved':
      return `${line} (since ${iso(resolvedAt)}; it was not since ${iso(since)})`;
    default:
      return `${line} (since ${iso(since)})`;
  }
}

/** What an episode is, whether its words are still there or not. */
export function subjectOfEpisode({
  text,
  key,
  event,
  latest,
  state,
}: Pick<Episode, 'text' | 'key' | 'event' | 'latest' | 'state'>): string {
  if (text !== null) return text.subject;
  return `${state === 'resolved' ? latest : event}: ${key.slice(key.indexOf('/') + 1)}`;
}

const iso = (time: number) => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
