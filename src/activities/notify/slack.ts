import { type Message } from '../../core/notification';
import { type Post } from './post';

/** Slack cuts longer ones, and others that take its JSON refuse them. */
const mostCharacters = 4000;

/** A message for an incoming webhook of Slack, or of what takes the same JSON. */
export function slackPost(url: string, { subject, message }: Message): Post {
  const words = `*${plain(subject)}*\n${plain(message)}`;
  return {
    url,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ text: words.length > mostCharacters ? `${words.slice(0, mostCharacters - 1)}…` : words }),
  };
}

/** What others have written mentions nobody, and makes no link: Slack's control characters, and names behind an @ elsewhere. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('@', '@\u200b');
}
