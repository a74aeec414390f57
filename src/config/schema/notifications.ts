import { z } from 'zod';
import { notificationEvents } from '../../core/notification';
import { timePattern, timezone } from './schedule';
import { environmentVariable, name } from './scalars';

const topicPattern = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/;
const snsTopic = z.string().regex(topicPattern, 'not the ARN of an SNS topic');

const ofEveryChannel = {
  name: name.meta({ description: 'Stands in messages and logs, and is what `farcopy alert test --channel` takes.' }),
  events: z
    .array(z.enum(notificationEvents))
    .min(1)
    .optional()
    .meta({ description: 'What it hears of. Default: all.' }),
};

const address = z
  .string()
  .regex(
    /^(?=.{3,254}$)[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    'not an address like `dba@example.com`',
  );

const smtp = z.strictObject({
  ...ofEveryChannel,
  type: z.literal('smtp'),
  server: z
    .string()
    .regex(
      /^smtps?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/,
      'not a mail server like `smtp://mail.example.com:587`; `smtps://` is for TLS from the first byte on, and credentials have a key of their own',
    )
    .meta({ examples: ['smtp://mail.example.com:587', 'smtps://mail.example.com:465'] }),
  from: address,
  to: z.array(address).min(1).max(20).meta({ description: 'Each is told by itself.' }),
  credentials: z
    .strictObject({ user: environmentVariable, password: environmentVariable })
    .optional()
    .meta({ description: 'The environment variables that hold them. Default: nobody logs in.' }),
  tls: z
    .enum(['required', 'none'])
    .default('required')
    .meta({ description: '`none` sends over `smtp://` in the clear; else a server without STARTTLS is told nothing.' }),
});

/** With a scheme, a host, and no credentials. */
const urlPattern = /^https?:\/\/[^\s/?#@\\]+([/?][^\s#]*)?$/;
const url = z
  .string()
  .regex(urlPattern, 'not a URL like `https://tickets.example.com/farcopy`, without credentials')
  .refine((text) => URL.canParse(text), 'not a URL');

const webhook = z.strictObject({
  ...ofEveryChannel,
  type: z.literal('webhook'),
  url: url.meta({ examples: ['https://tickets.example.com/farcopy'] }),
  secret: environmentVariable.meta({
    description: 'The environment variable that holds what messages are signed with: `whsec_…`.',
  }),
});

const slack = z.strictObject({
  ...ofEveryChannel,
  type: z.literal('slack'),
  url: environmentVariable.meta({
    description: 'The environment variable that holds the URL of the incoming webhook: whoever has it can write there.',
  }),
});

const pagerduty = z.strictObject({
  ...ofEveryChannel,
  type: z.literal('pagerduty'),
  routingKey: environmentVariable.meta({
    description: 'The environment variable that holds the integration key of a service (Events API v2).',
  }),
  url: url.default('https://events.pagerduty.com/v2/enqueue').meta({
    description: 'For the service region of the EU, or a relay.',
    examples: ['https://events.eu.pagerduty.com/v2/enqueue'],
  }),
});

const channel = z.discriminatedUnion('type', [smtp, webhook, slack, pagerduty], {
  error: ({ input }) =>
    typeof input === 'object' && input !== null && !Array.isArray(input)
      ? 'must be `smtp`, `webhook`, `slack` or `pagerduty`'
      : undefined,
});

const endPattern = new RegExp(`${timePattern.source}|^24:00$`);
const timeRule = 'not a time like `22:00`';
const quietHours = z
  .strictObject({
    from: z.string().regex(timePattern, timeRule),
    to: z.string().regex(endPattern, timeRule).meta({ description: 'One that is not later is of the next day.' }),
    timezone: timezone.default('UTC'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'is when they begin' })
  .meta({ description: 'Each day, only missed RPOs are told in this time, and the rest at its end.' });

/** As a cron expression of Temporal's can say them. */
const rhythms = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const;
const heartbeat = z.strictObject({
  url: environmentVariable.meta({
    description: 'The environment variable that holds the URL: whoever has it can feign that all is well.',
  }),
  everyMinutes: z
    .literal(rhythms)
    .default(5)
    .meta({ description: 'How often it is asked for. Let the service alarm after three times as long.' }),
});

export const notifications = z.strictObject({
  snsTopics: z.array(snsTopic).default([]),
  channels: z
    .array(channel)
    .max(50)
    .default([])
    .meta({ description: 'Who hears of outcomes beside the topics; secrets come from the environment.' }),
  quietHours: quietHours.optional(),
  heartbeat: heartbeat.optional().meta({
    description: 'A service outside that alarms once it hears nothing: it notices that Farcopy itself is silent.',
  }),
});
