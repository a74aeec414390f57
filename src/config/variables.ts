import {
  type Channel,
  type Heartbeat,
  type PagerDutyChannel,
  type SlackChannel,
  type SmtpChannel,
  type Variable,
  type WebhookChannel,
} from './channel';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A place of the fleet file that takes its value from the environment. */
export interface VariableUse extends Variable {
  /** Where it is used: `roles.externalId`. */
  readonly at: string;
  /** In words, behind "set it to": `the external id that the roles demand`. */
  readonly holds: string;
  /** Whether a value can be what is needed. Default: any is. */
  readonly fits?: (value: string) => boolean;
}

/** Variables that the fleet file names are not set, or hold what cannot be right. No value is told. */
export class VariableError extends Error {
  override readonly name = 'VariableError';

  constructor(
    /** One at least. */
    readonly unusable: readonly UnusableVariable[],
  ) {
    super(unusable.map(({ at, problem }) => `${at}: ${problem}`).join('; '));
  }

  /** What to do about it. */
  get hint(): string {
    return this.unusable.map(({ env, holds }) => `set ${env} to ${holds}`).join('; ');
  }
}

export interface UnusableVariable extends VariableUse {
  readonly problem: string;
}

/** @throws VariableError */
export function valueOf(use: VariableUse, environment: Environment): string {
  const problem = problemOf(use, environment);
  if (problem !== null) throw new VariableError([{ ...use, problem }]);
  return environment[use.env] ?? '';
}

/** Those that cannot be used as they are. */
export function unusableVariables(
  variables: readonly VariableUse[],
  environment: Environment,
): readonly UnusableVariable[] {
  return variables.flatMap((use) => {
    const problem = problemOf(use, environment);
    return problem === null ? [] : [{ ...use, problem }];
  });
}

function problemOf({ env, fits = () => true }: VariableUse, environment: Environment): string | null {
  const value = environment[env];
  if (value === undefined || value === '') return `the environment variable ${env} is not set`;
  return fits(value) ? null : `what the environment variable ${env} holds cannot be right`;
}

type Credentials = NonNullable<SmtpChannel['credentials']>;

/** How each secret of a channel is used, by its key in the fleet file. */
export const uses = {
  user: (channel: SmtpChannel, { user }: Credentials) =>
    use(channel, 'credentials.user', user, 'the name that logs in', isLine),
  password: (channel: SmtpChannel, { password }: Credentials) =>
    use(channel, 'credentials.password', password, 'its password', isLine),
  secret: (channel: WebhookChannel) =>
    use(channel, 'secret', channel.secret, 'what the receiver has: `whsec_` and 24 to 64 bytes in base64', (value) =>
      secretsIn(value).every(isSigningSecret),
    ),
  url: (channel: SlackChannel) => use(channel, 'url', channel.url, 'the URL of an incoming webhook', isUrl),
  routingKey: (channel: PagerDutyChannel) =>
    use(channel, 'routingKey', channel.routingKey, 'the integration key of a service of PagerDuty', isToken),
};

function use(
  { name }: Channel,
  key: string,
  { env }: Variable,
  holds: string,
  fits: (value: string) => boolean,
): VariableUse {
  return { at: `channel ${name}, ${key}`, env, holds, fits };
}

/** Every variable that a channel takes a secret from. */
export function variablesOf(channel: Channel): readonly VariableUse[] {
  switch (channel.type) {
    case 'smtp':
      return channel.credentials === null
        ? []
        : [uses.user(channel, channel.credentials), uses.password(channel, channel.credentials)];
    case 'webhook':
      return [uses.secret(channel)];
    case 'slack':
      return [uses.url(channel)];
    case 'pagerduty':
      return [uses.routingKey(channel)];
  }
}

/** The variable that a heartbeat takes its URL from. */
export function heartbeatUse({ url: { env } }: Heartbeat): VariableUse {
  return { at: 'notifications.heartbeat.url', env, holds: 'the URL that is asked for', fits: isUrl };
}

/** Several, with spaces between them, while one takes the place of another: receivers take a message if one signature fits. */
export function secretsIn(value: string): readonly string[] {
  return value.trim().split(/\s+/);
}

/** Standard Webhooks: between 24 and 64 bytes. */
function isSigningSecret(secret: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64;
}

function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

const isLine = (text: string) => !/\p{Cc}/u.test(text);
const isToken = (text: string) => /^[\x21-\x7e]{1,256}$/.test(text);
