import { type Message, type Notification } from '../notification';
import { printable, printableLines, shortened } from '../plainText';
import { type AlertNotice } from './alert';

const most = { subject: 1000, message: 10_000, key: 900 } as const;

/**
 * A notification as it is handed over. Whatever is in its words, it can be read there, and obeyed by nothing.
 *
 * @param id of the notification, over all tries
 */
export function noticeOf(notification: Notification, { id }: Pick<Message, 'id'>): AlertNotice {
  const { event, subject, message, key, state = 'resolved', asOf, size, quietly, retired } = notification;
  const given = <K extends string>(name: K, value: string | undefined) =>
    (value === undefined ? {} : { [name]: shortened(printable(value), most.key) }) as Partial<Record<K, string>>;
  return {
    id,
    event,
    state,
    subject: shortened(printable(subject), most.subject) || event,
    message: shortened(printableLines(message), most.message),
    ...given('key', key),
    ...given('retired', retired),
    ...(asOf === undefined ? {} : { asOf }),
    ...(size === undefined ? {} : { size }),
    ...(quietly === undefined ? {} : { quietly }),
  };
}
