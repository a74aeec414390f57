import { type Message, type Notification } from '../notification';
import { beginning, printable } from '../plainText';
import { type AlertNotice } from './alert';

const most = { subject: 1000, message: 10_000, key: 900, heard: 50 } as const;

/**
 * A notification as it is handed over. Whatever is in its words, it can be read there: half characters are replaced.
 *
 * @param id of the notification, over all tries
 */
export function noticeOf(
  notification: Notification,
  { id }: Pick<Message, 'id'>,
  heard: readonly string[],
): AlertNotice {
  const { event, subject, message, key, state = 'resolved', asOf, quietly, retired } = notification;
  const given = <K extends string>(name: K, value: string | undefined) =>
    (value === undefined ? {} : { [name]: beginning(printable(value), most.key) }) as Partial<Record<K, string>>;
  return {
    id,
    event,
    state,
    subject: beginning(whole(subject), most.subject) || event,
    message: beginning(whole(message), most.message),
    ...given('key', key),
    ...given('retired', retired),
    ...(asOf === undefined ? {} : { asOf }),
    ...(quietly === undefined ? {} : { quietly }),
    heard: heard.slice(0, most.heard),
  };
}

const whole = (text: string) => text.replace(/\p{Surrogate}/gu, '\uFFFD');
