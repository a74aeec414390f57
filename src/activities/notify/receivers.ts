import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { type PlainHttp } from '../../clouds/plainHttp';
import { type Channel, type Environment, type Fleet, secretsIn, type SmtpChannel, uses, valueOf } from '../../config';
import { type NotificationEvent } from '../../core/notification';
import { channelCall, fromEnvironment, secretsOfUrl } from './channelCall';
import { sendMail } from './mail';
import { type Message } from '../../core/notification';
import { pagerDutyPost } from './pagerduty';
import { post, type Post } from './post';
import { slackPost } from './slack';
import { publish } from './topic';
import { webhookPost } from './webhook';

/** Whoever is told by itself, and remembered to have heard it. */
export interface Receiver {
  /** The topic's ARN, the channel's name, or of mail `{channel}/{address}`. */
  readonly name: string;
  /** As the fleet file has it: a topic's ARN, or a channel's name. */
  readonly channel: string;
  readonly type: 'sns' | Channel['type'];
  /** Null: all. */
  readonly events: readonly NotificationEvent[] | null;
  /** @throws ApplicationFailure */
  readonly tell: (message: Message, signal: AbortSignal) => Promise<void>;
}

/** The part of the clouds' clients that reaches receivers. */
export type Reach = Pick<AwsAccess, 'sns'> & { readonly plainHttp: Pick<PlainHttp, 'send'> };

const limitSeconds = { post: 20, mail: 30 } as const;

/** Everybody who hears of a fleet. Variables are looked up when somebody is told. */
export function receiversOf(
  { snsTopics, channels }: Pick<Fleet, 'snsTopics' | 'channels'>,
  access: Reach,
  environment: Environment,
): readonly Receiver[] {
  return [
    ...snsTopics.map((topic): Receiver => ({
      ...{ name: topic, channel: topic, type: 'sns', events: null },
      tell: (message, signal) => publish(topic, message, access, signal),
    })),
    ...channels.flatMap((channel) => receiversOfChannel(channel, access.plainHttp, environment)),
  ];
}

function receiversOfChannel(
  channel: Channel,
  http: Pick<PlainHttp, 'send'>,
  environment: Environment,
): readonly Receiver[] {
  const { name, type, events } = channel;
  const receiver = { name, channel: name, type, events };
  if (channel.type === 'smtp')
    return channel.to.map((address) => ({
      ...receiver,
      name: `${name}/${address}`,
      tell: (message, signal) => mail(channel, address, message, environment, signal),
    }));
  return [
    {
      ...receiver,
      tell: async (message, signal) => {
        const { sent, where, secrets } = fromEnvironment(() => postOf(channel, message, environment));
        if (sent === null) return;
        const subject = `channel ${name}${where === null ? '' : ` (${where})`}`;
        await channelCall({ subject, secrets, limitSeconds: limitSeconds.post }, signal, (within) =>
          post(http, sent, within),
        );
      },
    },
  ];
}

interface Sending {
  /** Null: there is nothing to tell. */
  readonly sent: Post | null;
  /** Null: it is a secret. */
  readonly where: string | null;
  readonly secrets: readonly string[];
}

function postOf(channel: Exclude<Channel, SmtpChannel>, message: Message, environment: Environment): Sending {
  switch (channel.type) {
    case 'webhook': {
      const { url } = channel;
      const secrets = secretsIn(valueOf(uses.secret(channel), environment));
      return { sent: webhookPost(url, message, secrets, Date.now()), where: new URL(url).host, secrets };
    }
    case 'slack': {
      const url = valueOf(uses.url(channel), environment);
      return { sent: slackPost(url, message), where: null, secrets: secretsOfUrl(url) };
    }
    case 'pagerduty': {
      const { url } = channel;
      const key = valueOf(uses.routingKey(channel), environment);
      return { sent: pagerDutyPost(url, key, message), where: new URL(url).host, secrets: [key] };
    }
  }
}

async function mail(
  channel: SmtpChannel,
  address: string,
  message: Message,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { name, host, port, credentials } = channel;
  const login =
    credentials === null
      ? null
      : fromEnvironment(() => ({
          user: valueOf(uses.user(channel, credentials), environment),
          pass: valueOf(uses.password(channel, credentials), environment),
        }));
  const call = {
    subject: `channel ${name} (${host}:${port}), ${address}`,
    // Both as they are sent to log in.
    secrets: login === null ? [] : [login.user, login.pass, `\u0000${login.user}\u0000${login.pass}`],
    limitSeconds: limitSeconds.mail,
  };
  await channelCall(call, signal, (within) => sendMail(channel, login, address, message, within));
}
