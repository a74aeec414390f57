import { quoted } from '../reading/quoted';
import { check } from './check';

/** What has heard a notification is remembered by its name. */
export const channelsAreToldApart = check(['notifications'], ({ notifications: { channels } }, report) => {
  channels.forEach(({ name }, i) => {
    const first = channels.findIndex((one) => one.name === name);
    if (first < i)
      report.error(
        ['notifications', 'channels', i, 'name'],
        `${quoted(name)} is already the name of notifications.channels[${first}]`,
      );
  });
});

export const channelsAreEncrypted = check(['notifications'], ({ notifications: { channels } }, report) => {
  channels.forEach((channel, i) => {
    const path = ['notifications', 'channels', i];
    const inTheClear = 'whoever is on the way can read it and change it';
    if (channel.type === 'smtp') {
      const isImplicit = channel.server.startsWith('smtps:');
      if (channel.tls !== 'none') return;
      if (isImplicit)
        report.error(
          [...path, 'tls'],
          '`smtps://` is TLS from the first byte on',
          'take `tls` out, or write `smtp://`',
        );
      else
        report.warn(
          [...path, 'tls'],
          `mail is sent in the clear: ${inTheClear}${channel.credentials === undefined ? '' : ', the password included'}`,
        );
    } else if (channel.type !== 'slack' && channel.url.startsWith('http:'))
      report.warn(
        [...path, 'url'],
        `messages are sent in the clear: ${inTheClear}${channel.type === 'pagerduty' ? ', the routing key included' : ''}`,
        'write `https://` unless a relay of your own takes it',
      );
  });
});

export const endsAreHeardOf = check(['notifications'], ({ notifications: { channels } }, report) => {
  channels.forEach(({ events, type }, i) => {
    // PagerDuty hears of the end of whatever it has opened.
    if (type === 'pagerduty' || events === undefined) return;
    if (events.includes('rpo-missed') && !events.includes('rpo-met'))
      report.warn(
        ['notifications', 'channels', i, 'events'],
        'it hears that an RPO is missed, and never that it is met again',
        'add `rpo-met`',
      );
  });
});
